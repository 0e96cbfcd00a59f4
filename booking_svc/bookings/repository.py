"""Every SQL statement of bookings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings.domain import GIVEN_BACK, Status, first_ticket, moved_cooldown
from booking_svc.bookings.models import booking, ticket_counter
from booking_svc.moves.domain import Place
from services.db import Db

Booking = Row[Any]
"""One row of the table `booking`."""


class NewHold(NamedTuple):
    """The columns of one hold as the statement takes them, in this order."""

    id: UUID
    slot_id: int
    organisation: str
    centre: str
    service: str
    starts_at: datetime
    visit_date: date
    channel: str
    applicant_kind: str
    applicant_key: str
    person_key: str
    names: bytes
    priority: str | None
    quota: str
    expires_at: datetime
    created_by: str
    event_id: UUID
    envelope: str
    created_at: datetime
    cooldown_until: date | None
    contact: bytes | None
    language: str


class Guard(NamedTuple):
    """One of the keys of a person whom a cool-down or the one priority of a day may refuse; `place` in the batch,
    from 1.
    """

    place: int
    person_key: str


COLLISIONS = (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError)
"""Another transaction has just made what a constraint of the table `booking` excludes beside this."""


class SlotNews(NamedTuple):
    """A slot as it stands after a change."""

    slot_id: int
    free: int
    version: int


# One batch, one statement, one commit. Slots are locked in the order of their ids; a place is won by the order in
# the batch; who does not win leaves nothing behind. An id that is already known (a repeated request, a tombstone)
# wins nothing; one that becomes known meanwhile breaks the primary key.
# `locked` is the row as it is now. The row that the update finds is as old as the statement, and PostgreSQL checks the
#          constraints on what is made of that before it looks for a newer one: so the update writes what was locked.
# `guard`  is empty but for services with a cool-down and for priority. What such a person has already is looked up
#          under each of their keys; what another transaction makes meanwhile breaks a constraint of the table.
#          `OFFSET 0` and `coalesce` keep PostgreSQL from reading a partial index whole (tests/proof/test_plans.py).
# `alone`  lets one transaction at a time insert for such a person, in the order of keys and always after the slots:
#          two that both insert first and then compare would wait for each other.
HOLD = """
WITH item AS (
    SELECT * FROM unnest(
        $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::date[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::bytea[], $14::text[], $15::text[], $16::timestamptz[],
        $17::text[], $18::uuid[], $19::text[], $20::timestamptz[], $21::date[], $22::bytea[], $23::text[]
    ) WITH ORDINALITY AS t (
        id, slot_id, organisation, centre, service, starts_at, visit_date, channel, applicant_kind, applicant_key,
        person_key, names, priority, quota, expires_at, created_by, event_id, envelope, created_at,
        cooldown_until, contact, language, place
    )
), known AS (
    SELECT id FROM booking WHERE id = ANY($2)
), guard AS (
    SELECT item.id, item.service, item.visit_date, item.priority, item.cooldown_until, own.person_key
    FROM unnest($24::bigint[], $25::text[]) AS own (place, person_key) JOIN item USING (place)
), cooling AS (
    SELECT guard.id, max(other.cooldown_until) AS until
    FROM guard CROSS JOIN LATERAL (
        SELECT cooldown_until FROM booking
        WHERE person_key = guard.person_key AND service = guard.service AND guard.cooldown_until IS NOT NULL
            AND coalesce(cooldown_until, '-infinity') >= guard.visit_date OFFSET 0
    ) AS other
    GROUP BY guard.id
), preferred AS (
    SELECT DISTINCT guard.id
    FROM guard CROSS JOIN LATERAL (
        SELECT id FROM booking
        WHERE person_key = guard.person_key AND service = guard.service AND visit_date = guard.visit_date
            AND guard.priority IS NOT NULL AND priority IS NOT NULL
            AND status NOT IN ('cancelled', 'expired', 'void') OFFSET 0
    ) AS other
), fresh AS (
    SELECT * FROM item WHERE $1 < expires_at AND $1 < starts_at AND id NOT IN (SELECT id FROM known)
        AND id NOT IN (SELECT id FROM cooling) AND id NOT IN (SELECT id FROM preferred)
), locked AS (
    SELECT id, capacity, taken, version FROM slot
    WHERE id IN (SELECT slot_id FROM fresh) ORDER BY id FOR UPDATE
), won AS (
    SELECT ranked.* FROM (
        SELECT *, row_number() OVER (PARTITION BY slot_id ORDER BY place) AS rank FROM fresh
    ) AS ranked JOIN locked ON locked.id = ranked.slot_id AND ranked.rank <= locked.capacity - locked.taken
), claimed AS (
    UPDATE slot SET capacity = locked.capacity, taken = locked.taken + wins.places, version = locked.version + 1
    FROM locked JOIN (SELECT slot_id, count(*)::int AS places FROM won GROUP BY slot_id) AS wins ON slot_id = locked.id
    WHERE slot.id = locked.id
    RETURNING slot.id, slot.capacity - slot.taken AS free, slot.version
), alone AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtextextended(person_key, 0)) FROM (
        SELECT DISTINCT person_key FROM guard WHERE id IN (SELECT id FROM won) ORDER BY person_key
    ) AS winner
), kept AS (
    INSERT INTO booking (
        id, status, created_at, slot_id, organisation, centre, service, starts_at, visit_date, channel,
        applicant_kind, applicant_key, person_key, names, priority, quota, expires_at, created_by, cooldown_until,
        contact, language
    )
    SELECT id, 'held', created_at, slot_id, organisation, centre, service, starts_at, visit_date, channel,
        applicant_kind, applicant_key, person_key, names, priority, quota::jsonb, expires_at, created_by,
        cooldown_until, contact, language
    FROM won WHERE (SELECT count(*) FROM alone) >= 0
), told AS (
    INSERT INTO outbox (event_id, subject, envelope, created_at)
    SELECT event_id, 'booking.held.v1', envelope, $1 FROM won
), shown AS (
    SELECT pg_notify('slots', json_agg(json_build_array(id, free, version))::text) FROM claimed HAVING count(*) > 0
)
SELECT item.id, won.id IS NOT NULL AS held, known.id IS NOT NULL AS known, claimed.id AS slot_id, claimed.free,
    claimed.version, cooling.until AS cooling_until, preferred.id IS NOT NULL AS priority_used,
    (SELECT count(*) FROM shown) AS shown
FROM item LEFT JOIN won USING (id) LEFT JOIN known USING (id) LEFT JOIN cooling USING (id)
    LEFT JOIN preferred USING (id) LEFT JOIN claimed ON claimed.id = item.slot_id
"""


async def hold(
    db: Db, holds: Sequence[NewHold], guards: Sequence[Guard], *, now: datetime
) -> dict[UUID, asyncpg.Record]:
    """One row per hold: `held`, `known`, why it was not (`cooling_until`, `priority_used`, else the slot is full),
    and the slot's `free` and `version` where it changed. Raises one of `COLLISIONS`, and has done nothing then.
    """
    columns = [list(column) for column in zip(*holds, strict=True)]
    guarded = [guard.place for guard in guards], [guard.person_key for guard in guards]
    return {row["id"]: row for row in await db.hot(HOLD, now, *columns, *guarded)}


async def get(session: AsyncSession, booking_id: UUID, *, lock: bool = False) -> Booking | None:
    statement = select(booking).where(booking.c.id == booking_id, booking.c.status != Status.VOID)
    return (await session.execute(statement.with_for_update() if lock else statement)).one_or_none()


async def get_for_update(session: AsyncSession, booking_id: UUID) -> Booking | None:
    return await get(session, booking_id, lock=True)


async def of_person(
    session: AsyncSession, person_keys: Sequence[str], applicant_keys: Sequence[str], *, before: UUID | None, limit: int
) -> Sequence[Booking]:
    """The person's bookings for this applicant, the newest first."""
    statement = select(booking).where(
        booking.c.person_key.in_(person_keys), booking.c.applicant_key.in_(applicant_keys)
    )
    if before:
        statement = statement.where(booking.c.id < before)
    return (await session.execute(statement.order_by(booking.c.id.desc()).limit(limit))).all()


async def store_confirmed(session: AsyncSession, found: Booking, *, now: datetime) -> Booking:
    """Confirms and gives the next ticket number of the centre and day."""
    checked_in_at = None if found.channel == "online" else now
    values = {
        "status": Status.CONFIRMED,
        "confirmed_at": now,
        "checked_in_at": checked_in_at,
        "ticket_number": await _next_ticket(session, found, found.visit_date),
    }
    return await _store(session, found.id, values)


async def _next_ticket(session: AsyncSession, found: Booking, day: date) -> int:
    first = first_ticket(found.priority)
    statement = upsert(ticket_counter).values(
        centre=found.centre, visit_date=day, priority=found.priority is not None, last=first
    )
    statement = statement.on_conflict_do_update(
        index_elements=["centre", "visit_date", "priority"], set_={"last": ticket_counter.c.last + 1}
    )
    number: int = (await session.execute(statement.returning(ticket_counter.c.last))).scalar_one()
    return number


async def store_cancelled(session: AsyncSession, found: Booking, *, by: str, now: datetime) -> Booking:
    values = {"status": Status.CANCELLED, "cancelled_by": by, "ended_at": now, "cooldown_until": None}
    return await _store(session, found.id, values)


async def store_expired(session: AsyncSession, found: Booking, *, now: datetime) -> Booking:
    return await _store(session, found.id, {"status": Status.EXPIRED, "ended_at": now, "cooldown_until": None})


async def store_contact(session: AsyncSession, found: Booking, contact: bytes | None) -> Booking:
    return await _store(session, found.id, {"contact": contact})


async def store_moved(session: AsyncSession, found: Booking, to: Place, *, displaced_at: datetime | None) -> Booking:
    """At its new time, not yet checked in and never called; another day gives another ticket number."""
    values = dict.fromkeys(("checked_in_at", "skipped_at", "desk", "called_at", "call_id", "recall_id"))
    values |= {"calls": 0, "slot_id": to.slot_id, "starts_at": to.starts_at, "visit_date": to.day}
    values |= {"displaced_at": displaced_at}
    if to.day != found.visit_date:
        values["ticket_number"] = await _next_ticket(session, found, to.day)
        values["cooldown_until"] = moved_cooldown(found.cooldown_until, found.visit_date, to.day)
    return await _store(session, found.id, values)


async def _store(session: AsyncSession, booking_id: UUID, values: dict[str, Any]) -> Booking:
    statement = update(booking).where(booking.c.id == booking_id).values(**values).returning(booking)
    stored: Booking = (await session.execute(statement)).one()
    return stored


EXPIRE = text(
    """
    UPDATE booking SET status = 'expired', ended_at = :now, cooldown_until = NULL
    WHERE id IN (
        SELECT id FROM booking WHERE status = 'held' AND expires_at <= :now
        ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING *
    """
)


async def expire(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Booking]:
    """Marks the holds that have run out."""
    return (await session.execute(EXPIRE, {"now": now, "limit": limit})).all()


# A place that goes back to a slot whose schedule shrank meanwhile does not open again (slots/models.py).
GIVE_BACK = text(
    """
    WITH returned AS (
        SELECT id, count(*)::int AS places FROM unnest(CAST(:slot_ids AS bigint[])) AS t (id) GROUP BY id
    ), locked AS (
        SELECT slot.id, scheduled, taken - places AS taken, version FROM slot JOIN returned USING (id)
        ORDER BY slot.id FOR UPDATE OF slot
    ), changed AS (
        UPDATE slot SET taken = locked.taken, capacity = greatest(locked.scheduled, locked.taken),
            version = locked.version + 1
        FROM locked WHERE slot.id = locked.id
        RETURNING slot.id, slot.capacity - slot.taken AS free, slot.version
    )
    SELECT id, free, version, (SELECT pg_notify('slots', json_agg(json_build_array(id, free, version))::text)
        FROM changed)
    FROM changed
    """
)


async def give_back(session: AsyncSession, slot_ids: Sequence[int]) -> list[SlotNews]:
    """One place of each named slot is free again; a slot may be named several times."""
    if not slot_ids:
        return []
    rows = await session.execute(GIVE_BACK, {"slot_ids": list(slot_ids)})
    return [SlotNews(row.id, row.free, row.version) for row in rows]


async def bury(session: AsyncSession, booking_ids: Sequence[UUID], *, now: datetime) -> None:
    """Writes a tombstone under every id that is not a booking; waits for transactions that are about to make it one."""
    rows = [{"id": booking_id, "status": Status.VOID, "created_at": now} for booking_id in sorted(booking_ids)]
    await session.execute(upsert(booking).values(rows).on_conflict_do_nothing())


async def standings(session: AsyncSession, booking_ids: Sequence[UUID]) -> Sequence[Row[Any, Any, Any, Any]]:
    columns = (booking.c.id, booking.c.status, booking.c.cancelled_by, booking.c.confirmed_at)
    return (await session.execute(select(*columns).where(booking.c.id.in_(booking_ids)))).all()


WRONG_SLOTS = text(
    """
    SELECT slot.id, slot.taken, count(booking.id) AS bookings
    FROM slot LEFT JOIN booking ON booking.slot_id = slot.id AND NOT booking.status = ANY(:given_back)
    GROUP BY slot.id HAVING slot.taken <> count(booking.id) ORDER BY slot.id LIMIT 20
    """
)
STUCK_HOLDS = text("SELECT count(*) FROM booking WHERE status = 'held' AND expires_at < :before")


async def wrong_slots(session: AsyncSession) -> Sequence[Row[Any]]:
    """Slots whose `taken` is not the number of bookings that take a place."""
    return (await session.execute(WRONG_SLOTS, {"given_back": [str(status) for status in GIVEN_BACK]})).all()


async def stuck_holds(session: AsyncSession, *, before: datetime) -> int:
    number: int = (await session.execute(STUCK_HOLDS, {"before": before})).scalar_one()
    return number
