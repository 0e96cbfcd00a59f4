"""Writing the catalogue: by import or part by part, checked as a whole, in effect at once (api.md "Catalogue")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.catalogue import convert, repository, telling
from booking_svc.catalogue.domain import Centre, Member, Snapshot
from booking_svc.catalogue.drafts import Changes, compare
from booking_svc.catalogue.edits import Build, Edit
from booking_svc.catalogue.permissions import may_change
from booking_svc.catalogue.schemas import Counts, Imported, Sent
from booking_svc.catalogue.validation import Flaw, flaws
from booking_svc.slots.handlers import resync
from booking_svc.slots.listener import Listener
from booking_svc.slots.repository import tell_catalogue
from services import audit
from services.auth import Principal
from services.context import Context
from services.contracts.catalogue import ImportDocument, PoliciesImported
from services.errors import AlreadyExists, Forbidden, InvalidRequest
from services.outbox import emit
from services.privacy import Privacy


async def create(context: Context, build: Build, resource: str, *, by: Principal, repeated: bool) -> None:
    """A part that is not there yet. `repeated`: the request came before, so what is there is its own work.

    Raises `AlreadyExists` and what `put` raises.
    """
    await change(context, build, "create", resource, by=by, new=not repeated)


async def put(context: Context, build: Build, resource: str, *, by: Principal) -> bool:
    """Creates or replaces a part; true if it was created. Raises `Forbidden`, `InvalidRequest`, `NotFound`."""
    return not (await change(context, build, "put", resource, by=by)).known


async def remove(context: Context, build: Build, resource: str, *, by: Principal) -> None:
    """Switches a part off: no new bookings; those that there are stay."""
    await change(context, build, "remove", resource, by=by)


async def change(
    context: Context, build: Build, action: str, resource: str, *, by: Principal, new: bool = False
) -> Edit:
    now = context.clock.now()
    async with context.db.begin() as session:
        await repository.lock(session)
        before = await repository.load(session)
        edit = build(before)
        if not may_change(by, edit.draft, before):
            raise Forbidden
        if new and edit.known:
            raise AlreadyExists
        refuse(flaws(edit.draft, before), edit.at)
        queues = await write(session, compare(before, edit.draft), now=now)
        await audit.record(session, by, f"catalogue.{action}", resource, now=now)
    await context.get(Listener).catch_up(queues)
    return edit


async def load(context: Context, document: ImportDocument, *, by: Principal) -> Imported:
    """The whole document or nothing; the same document again changes nothing. Raises `InvalidRequest`."""
    now = context.clock.now()
    async with context.db.begin() as session:
        await repository.lock(session)
        before = await repository.load(session)
        draft = convert.draft(document, before)
        refuse(flaws(draft, before, document.policies))
        changes = compare(before, draft, await known_staff(session, draft.staff, context.privacy))
        queues = await write(session, changes, now=now)
        await repository.store_staff(session, [sealed(member, context.privacy) for member in changes.staff])
        if document.policies:
            await emit(session, PoliciesImported(policies=list(document.policies)), now=now)
        result = imported(changes, policies=len(document.policies))
        await audit.record(session, by, "catalogue.import", "catalogue", now=now, details=result.model_dump())
    await context.get(Listener).catch_up(queues)
    return result


async def write(session: AsyncSession, changes: Changes, *, now: datetime) -> list[str]:
    """Stores the changes, brings the coming slots in line, tells; returns the queues whose slots were touched."""
    centres = rescheduled(changes)
    await repository.store(session, changes)
    await resync(session, changes.after, centres, now=now)
    version = await repository.next_version(session)
    await emit(session, *telling.news(changes, version), now=now)
    await tell_catalogue(session)
    return [queue.id for centre in centres for queue in centre.queues]


def rescheduled(changes: Changes) -> list[Centre]:
    """The centres whose slots may be others now."""
    before, after = changes.before, changes.after
    return [centre for key, centre in after.centres.items() if schedule(before, key) != schedule(after, key)]


def schedule(snapshot: Snapshot, key: str) -> Any:
    """All that decides on the slots of a centre, for comparison."""
    if (centre := snapshot.centres.get(key)) is None:
        return None
    rules = snapshot.organisation_of(centre)
    queues = [(queue.id, queue.slot_minutes, queue.capacity, queue.active) for queue in centre.queues]
    own = (centre.active, centre.time_zone, centre.hours, centre.calendar, queues)
    return own, (rules.active, rules.window_days, rules.opens_at, rules.calendar)


def refuse(found: Sequence[Flaw], at: str = "") -> None:
    """Raises `InvalidRequest` if there are flaws, their fields as seen from the part that stands at `at`."""
    if found:
        raise InvalidRequest([{"field": seen_from(at, flaw.field), "reason": flaw.reason} for flaw in found])


def seen_from(at: str, field: str) -> str:
    """`centres[0].desks[3].number` is `number` for who writes the desk, `queues[0].capacity` stays as it is."""
    whole = at.split(".")[0]
    return field.removeprefix(f"{at}.").removeprefix(f"{whole}.") if at else field


async def known_staff(session: AsyncSession, members: Sequence[Member], privacy: Privacy) -> dict[str, Member]:
    """These members as they are stored, their names opened."""
    rows = await repository.sealed_names(session, [member.id for member in members])
    return {row["id"]: opened(dict(row), privacy) for row in rows}


def opened(row: dict[str, Any], privacy: Privacy) -> Member:
    name = privacy.open(row.pop("sealed_name"), context=place(row["id"]))
    return Member(**row, name=name.decode())


def sealed(member: Member, privacy: Privacy) -> dict[str, Any]:
    """The member's row: the name is personal data."""
    return {
        "id": member.id,
        "organisation": member.organisation,
        "centre": member.centre,
        "desk": member.desk,
        "role": member.role,
        "sealed_name": privacy.seal(member.name.encode(), context=place(member.id)),
    }


def place(member: str) -> bytes:
    return f"staff:{member}".encode()


def imported(changes: Changes, *, policies: int) -> Imported:
    counts = {kind: Counts(**vars(count)) for kind, count in changes.counts.items()}
    return Imported(**counts, policies=Sent(sent=policies))
