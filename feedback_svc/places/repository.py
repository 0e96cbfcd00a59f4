"""Every SQL statement of places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.places.domain import Place
from feedback_svc.places.models import centre, code, desk, organisation
from services.contracts import places as contract


async def put_organisation(session: AsyncSession, item: contract.Organisation) -> None:
    """Nothing where a newer state is known."""
    values = item.model_dump()
    statement = insert(organisation).values(values)
    known = statement.on_conflict_do_update(
        index_elements=[organisation.c.code], set_=values, where=organisation.c.version <= item.version
    )
    await session.execute(known)


async def put_centre(session: AsyncSession, item: contract.Centre) -> bool:
    """The centre and its desks; false where a newer state is known."""
    values = item.model_dump(exclude={"centre", "desks", "region_name", "territory"}) | {"id": item.centre}
    statement = insert(centre).values(values)
    stored = statement.on_conflict_do_update(
        index_elements=[centre.c.id], set_=values, where=centre.c.version <= item.version
    ).returning(centre.c.id)
    if (await session.execute(stored)).first() is None:
        return False
    if item.desks:
        rows = [one.model_dump() | {"centre": item.centre} for one in item.desks]
        desks = insert(desk).values(rows)
        changed = {"desk_number": desks.excluded.desk_number, "active": desks.excluded.active}
        await session.execute(desks.on_conflict_do_update(index_elements=[desk.c.id], set_=changed))
    return True


WITHOUT_CODE = text("""
SELECT id FROM desk
WHERE active AND NOT EXISTS (SELECT FROM code WHERE code.desk = desk.id AND revoked_at IS NULL) ORDER BY id
""")


async def without_code(session: AsyncSession) -> Sequence[str]:
    """Active desks that no visitor can rate yet."""
    return (await session.execute(WITHOUT_CODE)).scalars().all()


async def give_codes(session: AsyncSession, rows: Sequence[tuple[UUID, str, str]], *, now: datetime) -> None:
    """`rows`: id, code, desk. Nothing where the desk has one already."""
    if rows:
        values = [{"id": key, "code": made, "desk": of, "made_at": now} for key, made, of in rows]
        await session.execute(insert(code).values(values).on_conflict_do_nothing())


REVOKE = text("UPDATE code SET revoked_at = :now WHERE desk = :desk AND revoked_at IS NULL")


async def revoke(session: AsyncSession, desk_id: str, *, now: datetime) -> None:
    await session.execute(REVOKE, {"desk": desk_id, "now": now})


async def has_code(session: AsyncSession, code_id: UUID) -> bool:
    statement = text("SELECT EXISTS (SELECT FROM code WHERE id = :id)")
    return bool((await session.execute(statement, {"id": code_id})).scalar_one())


PLACE = """
SELECT desk.id AS desk, desk.desk_number, centre.id AS centre, centre.organisation, centre.name, centre.address,
    centre.region, centre.time_zone, code.code
FROM desk JOIN centre ON centre.id = desk.centre
LEFT JOIN code ON code.desk = desk.id AND code.revoked_at IS NULL
"""
BY_DESK = text(f"{PLACE} WHERE desk.id = :desk")
LOCK_DESK = text("SELECT id FROM desk WHERE id = :desk FOR UPDATE")
BY_CODE = text(f"{PLACE} WHERE code.code = :code AND desk.active AND centre.active")
OF_CENTRE = text(f"{PLACE} WHERE centre.id = :centre AND desk.active ORDER BY desk.desk_number")
CENTRE = text("SELECT id, organisation, name, address, region, time_zone FROM centre WHERE id = :centre")


async def get(session: AsyncSession, desk_id: str) -> Place | None:
    return _place((await session.execute(BY_DESK, {"desk": desk_id})).first())


async def get_for_update(session: AsyncSession, desk_id: str) -> Place | None:
    """Nobody else gives this desk a code meanwhile."""
    await session.execute(LOCK_DESK, {"desk": desk_id})
    return await get(session, desk_id)


async def by_code(session: AsyncSession, written: str) -> Place | None:
    """The desk that shows this code now; None for a code that was revoked or whose desk was taken away."""
    return _place((await session.execute(BY_CODE, {"code": written})).first())


async def of_centre(session: AsyncSession, centre_id: str) -> list[Place]:
    rows = await session.execute(OF_CENTRE, {"centre": centre_id})
    return [Place(**row._mapping) for row in rows]


async def centre_of(session: AsyncSession, centre_id: str) -> Row[Any] | None:
    return (await session.execute(CENTRE, {"centre": centre_id})).first()


async def organisation_of(session: AsyncSession, organisation_code: str) -> Row[Any] | None:
    statement = text("SELECT * FROM organisation WHERE code = :code")
    return (await session.execute(statement, {"code": organisation_code})).first()


def _place(row: Row[Any] | None) -> Place | None:
    return Place(**row._mapping) if row else None
