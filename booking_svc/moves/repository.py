"""The SQL statements of moving bookings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings.repository import Booking, SlotNews
from booking_svc.pauses.repository import touching

# Both slots are locked in the order of their ids, as every claim does, and what was locked is written, as in
# `bookings.repository.HOLD`; without a free place nothing changes.
MOVE_PLACE = text(
    """
    WITH locked AS (
        SELECT id, scheduled, capacity, taken, version FROM slot
        WHERE id IN (CAST(:old AS bigint), CAST(:new AS bigint)) ORDER BY id FOR UPDATE
    ), changed AS (
        UPDATE slot SET
            taken = CASE WHEN slot.id = :new THEN locked.taken + 1 ELSE locked.taken - 1 END,
            capacity = CASE WHEN slot.id = :new THEN locked.capacity
                ELSE greatest(locked.scheduled, locked.taken - 1) END,
            version = locked.version + 1
        FROM locked
        WHERE slot.id = locked.id AND EXISTS (SELECT FROM locked WHERE id = :new AND taken < capacity)
        RETURNING slot.id, slot.capacity - slot.taken AS free, slot.version
    )
    SELECT id, free, version, (SELECT pg_notify('slots', json_agg(json_build_array(id, free, version))::text)
        FROM changed)
    FROM changed
    """
)


async def move_place(session: AsyncSession, old: int, new: int) -> list[SlotNews]:
    """Takes a place of the new slot and gives the old one's back; nothing when the new one is full."""
    rows = await session.execute(MOVE_PLACE, {"old": old, "new": new})
    return [SlotNews(row.id, row.free, row.version) for row in rows]


class Others(NamedTuple):
    """What the same person has booked for the same service beside this."""

    cooling_until: date | None
    priority_used: bool


# The same lock as in `bookings.repository.HOLD`, and like there after the slots.
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:person_key, 0))")
OTHERS = text(
    """
    SELECT
        max(cooldown_until) FILTER (
            WHERE daterange(visit_date, cooldown_until, '[]') && daterange(:day, CAST(:until AS date), '[]')
                AND cooldown_until IS NOT NULL
        ) AS cooling_until,
        coalesce(bool_or(
            visit_date = :day AND priority IS NOT NULL AND status NOT IN ('cancelled', 'expired', 'void')
        ), false) AS priority_used
    FROM booking WHERE person_key = :person_key AND service = :service AND id <> :id
    """
)


async def others_of_person(session: AsyncSession, found: Booking, day: date, until: date | None) -> Others:
    """What is in the way of that day, with a cool-down until then; until the commit nothing is added to it."""
    await session.execute(ALONE, {"person_key": found.person_key})
    fields = {"person_key": found.person_key, "service": found.service, "id": found.id, "day": day, "until": until}
    row = (await session.execute(OTHERS, fields)).one()
    return Others(row.cooling_until, row.priority_used)


# Until when a pause takes a booking's time away, as in `pauses.handlers.took_away`.
LAST_TOUCH = """greatest(
    booking.starts_at + make_interval(mins => organisation.grace_minutes),
    CASE WHEN booking.checked_in_at IS NOT NULL
        THEN CAST(booking.visit_date + 1 AS timestamp) AT TIME ZONE centre.time_zone END
)"""
# The centre gave the time up, or chose it without asking.
GIVEN_UP = "(slot.scheduled = 0 OR booking.displaced_at IS NOT NULL)"
DISTURBED = text(
    f"""
    SELECT booking.id, {touching(LAST_TOUCH)} AS by_alert, {GIVEN_UP} AS by_centre
    FROM booking JOIN slot ON slot.id = booking.slot_id
    JOIN organisation ON organisation.code = booking.organisation
    JOIN centre ON centre.id = booking.centre
    WHERE booking.id = ANY(CAST(:ids AS uuid[]))
    """  # noqa: S608 (of constants only)
)


async def disturbed(session: AsyncSession, booking_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, str]:
    """Those of the bookings whose time was taken from their owners, and by what: `alert`, a pause of any reason, or
    `centre`, which gave the time up or has moved it to this one.
    """
    rows = await session.execute(DISTURBED, {"ids": list(booking_ids), "now": now})
    return {row.id: "alert" if row.by_alert else "centre" for row in rows if row.by_alert or row.by_centre}


# The status and the time are looked at again once the row is locked: it may have moved meanwhile.
LAPSE = text(
    f"""
    WITH past AS (
        SELECT id FROM booking WHERE status = 'confirmed' AND checked_in_at IS NULL AND starts_at <= :before
        UNION ALL
        SELECT id FROM booking WHERE status = 'confirmed' AND checked_in_at IS NOT NULL AND starts_at <= :before
    ), disturbed AS (
        SELECT booking.id, {touching(LAST_TOUCH)} AS by_alert, {GIVEN_UP} AS by_centre
        FROM past JOIN booking USING (id) JOIN slot ON slot.id = booking.slot_id
        JOIN organisation ON organisation.code = booking.organisation
        JOIN centre ON centre.id = booking.centre
        WHERE booking.starts_at <= CAST(:now AS timestamptz) - make_interval(days => organisation.window_days)
    ), due AS (
        SELECT booking.id, by_alert FROM booking JOIN disturbed USING (id)
        WHERE booking.status = 'confirmed' AND booking.starts_at <= :before AND (by_alert OR by_centre)
        ORDER BY booking.starts_at LIMIT :limit FOR UPDATE OF booking SKIP LOCKED
    )
    UPDATE booking SET status = 'cancelled', cancelled_by = CASE WHEN by_alert THEN 'alert' ELSE 'centre' END,
        ended_at = :now, cooldown_until = NULL
    FROM due WHERE booking.id = due.id
    RETURNING booking.*
    """  # noqa: S608 (of constants only)
)


async def lapse(session: AsyncSession, *, before: datetime, now: datetime, limit: int) -> Sequence[Booking]:
    """Cancels what a pause or the centre took away and nobody moved within the organisation's window of days. Nothing
    later than `before` is looked at.
    """
    rows: Sequence[Booking] = (await session.execute(LAPSE, {"before": before, "now": now, "limit": limit})).all()
    return rows
