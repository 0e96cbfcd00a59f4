"""The hot path: a place in a slot is held for a few minutes (design.md §3).

Quota is reserved first, by request to quota_svc; then one statement claims the slots and inserts the bookings. Both
work in batches, and one batch of bookings asks quota_svc once. Whoever finds the slot full gives the reservation back
before the answer leaves; the outbox row is the safety net where quota_svc does not answer, and after a crash
quota_svc asks (`standing.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog

from booking_svc.bookings import repository
from booking_svc.bookings.applicants import Keys, Person, applicant_of, keys_of
from booking_svc.bookings.domain import (
    Channel,
    HoldExpired,
    OutsideWindow,
    QuotaExhausted,
    SlotFull,
    channel_of,
    check_window,
)
from booking_svc.bookings.handlers.giving_back import give_back_quota
from booking_svc.bookings.handlers.reading import get
from booking_svc.bookings.repository import Booking, NewHold
from booking_svc.bookings.schemas import Wish
from booking_svc.catalogue.domain import Centre, Organisation
from booking_svc.catalogue.memory import Catalogue
from booking_svc.slots.domain import opens_until
from booking_svc.slots.memory import FreeSlots
from booking_svc.slots.timeline import Slot
from services import outbox
from services.auth import Principal
from services.batching import Batcher
from services.context import Context
from services.contracts.booking import BookingHeld
from services.contracts.quota import Claim, Failed, GiveBack, Granted, Outcome, Refused, Reserve
from services.errors import Forbidden, NotFound, Unavailable
from services.ids import uuid7

log = structlog.get_logger()
BATCH = 32


@dataclass(frozen=True)
class Item:
    """One hold on its way through a batch."""

    booking_id: UUID
    slot: Slot
    centre: Centre
    service: str
    starts_at: datetime
    channel: Channel
    person: Person
    keys: Keys
    names: bytes
    created_at: datetime
    expires_at: datetime
    created_by: str
    told: outbox.Row


class Held:
    """What the statement made of an item: the booking's own columns, for the answer."""

    def __init__(self, item: Item, quota: dict[str, Any]) -> None:
        self.item, self.quota = item, quota


class Holds:
    """Holds places, many at a time."""

    def __init__(self, context: Context, *, quota_timeout_seconds: float) -> None:
        self._context, self._quota_timeout_seconds = context, quota_timeout_seconds
        self._catalogue, self._slots = context.get(Catalogue), context.get(FreeSlots)
        self._batcher: Batcher[Item, Held | None] = Batcher(
            self._hold_all, key=lambda item: item.keys.applicant[0], max_size=BATCH
        )

    async def hold(self, wish: Wish, *, by: Principal, booking_id: UUID, repeated: bool) -> Held | Booking:
        """The new hold; for a repeated request the booking that it made before, as it stands now.

        Raises `OutsideWindow`, `SlotFull`, `QuotaExhausted`, `NotYourIdentity`, `NotFound`, `Unavailable`.
        """
        if repeated and (made := await self._made_before(booking_id, by)):
            return made
        held = await self._batcher.do(self._item(wish, by, booking_id))
        if held is None and (made := await self._made_before(booking_id, by)):
            return made
        if held is None:
            raise HoldExpired  # a tombstone: this attempt came after its own end
        return held

    async def drain(self) -> None:
        await self._batcher.drain()

    async def _made_before(self, booking_id: UUID, by: Principal) -> Booking | None:
        try:
            return await get(self._context, booking_id, by=by)
        except NotFound:
            return None

    def _item(self, wish: Wish, by: Principal, booking_id: UUID) -> Item:
        now = self._context.clock.now()
        channel = channel_of(by.roles)
        person = applicant_of(by, wish.applicant, channel=channel)
        centre = self._centre(wish.centre, by, channel)
        slot = self._slot(wish, centre, channel, now)
        keys = keys_of(person.identity, self._context.privacy)
        held = BookingHeld(
            booking_id=booking_id,
            organisation=centre.organisation,
            centre=centre.id,
            service=wish.service,
            channel=channel.value,
            visit_date=slot.visit_date,
            at=now,
            expires_at=now + self._rules(centre).hold,
        )
        return Item(
            booking_id=booking_id,
            slot=slot,
            centre=centre,
            service=wish.service,
            starts_at=wish.starts_at,
            channel=channel,
            person=person,
            keys=keys,
            names=self._seal(person, booking_id),
            created_at=now,
            expires_at=held.expires_at,
            created_by=by.sub,
            told=outbox.row(held, now=now),
        )

    def _seal(self, person: Person, booking_id: UUID) -> bytes:
        return self._context.privacy.seal(person.names(), context=booking_id.bytes)

    def _centre(self, centre_id: str, by: Principal, channel: Channel) -> Centre:
        """The centre, if it exists; a terminal and an administrator book in their own only."""
        centre = self._catalogue.centre(centre_id)
        if centre is None:
            raise NotFound
        if channel is not Channel.ONLINE and by.centre != centre.id:
            raise Forbidden
        return centre

    def _slot(self, wish: Wish, centre: Centre, channel: Channel, now: datetime) -> Slot:
        """The slot of the queue that gives the service. Raises `NotFound`, `OutsideWindow`."""
        queue = self._catalogue.queue(centre.id, wish.service)
        if queue is None:
            raise NotFound
        until = self._bookable_until(centre, now)
        check_window(wish.starts_at, channel=channel, now=now, zone=centre.zone, until=until)
        slot = self._slots.find(queue.id, wish.starts_at)
        if slot is None:
            raise OutsideWindow("no_such_time", until=until)
        return slot

    def _rules(self, centre: Centre) -> Organisation:
        return self._catalogue.snapshot.organisation_of(centre)

    def _bookable_until(self, centre: Centre, now: datetime) -> date:
        rules = self._rules(centre)
        return opens_until(now, centre.zone, window_days=rules.window_days, opens_at=rules.opens_at)

    async def _hold_all(self, items: list[Item]) -> list[Held | Exception | None]:
        """One attempt, under an id of its own: run again, it must not give back what an earlier one has booked."""
        attempt = uuid7(self._context.clock.now())
        outcomes = await self._reserve(items, attempt)
        granted = {
            item.booking_id: outcome.usage.model_dump(mode="json")
            for item, outcome in zip(items, outcomes, strict=True)
            if isinstance(outcome, Granted)
        }
        rows = await self._claim([item for item in items if item.booking_id in granted], granted)
        results = [
            _result(item, outcome, rows.get(item.booking_id), granted)
            for item, outcome in zip(items, outcomes, strict=True)
        ]
        unused = [
            GiveBack(booking_id=item.booking_id, attempt=attempt)
            for item, outcome, result in zip(items, outcomes, results, strict=True)
            if not isinstance(outcome, Refused) and not isinstance(result, Held)
        ]
        if unused:
            await give_back_quota(self._context, unused)
        return results

    async def _reserve(self, items: list[Item], attempt: UUID) -> list[Outcome]:
        reserve = Reserve(claims=[_claim(item, attempt) for item in items])
        return (await self._context.bus.ask(reserve, timeout_seconds=self._quota_timeout_seconds)).results

    async def _claim(self, items: list[Item], granted: dict[UUID, dict[str, Any]]) -> dict[UUID, asyncpg.Record]:
        if not items:
            return {}
        now = self._context.clock.now()
        rows = await repository.hold(
            self._context.db, [_columns(item, granted[item.booking_id]) for item in items], now=now
        )
        changed = {row["slot_id"]: row for row in rows.values() if row["slot_id"] is not None}
        self._slots.apply([(row["slot_id"], row["free"], row["version"]) for row in changed.values()])
        return rows


def _claim(item: Item, attempt: UUID) -> Claim:
    return Claim(
        booking_id=item.booking_id,
        attempt=attempt,
        organisation=item.centre.organisation,
        kind=item.person.identity.kind,
        channel="online" if item.channel is Channel.ONLINE else "terminal",
        keys=item.keys.applicant,
        visit_date=item.slot.visit_date,
        expires_at=item.expires_at,
    )


def _columns(item: Item, quota: dict[str, Any]) -> NewHold:
    return NewHold(
        id=item.booking_id,
        slot_id=item.slot.id,
        organisation=item.centre.organisation,
        centre=item.centre.id,
        service=item.service,
        starts_at=item.starts_at,
        visit_date=item.slot.visit_date,
        channel=item.channel.value,
        applicant_kind=item.person.identity.kind,
        applicant_key=item.keys.applicant[0],
        person_key=item.keys.person[0],
        names=item.names,
        priority=item.person.priority,
        quota=orjson.dumps(quota).decode(),
        expires_at=item.expires_at,
        created_by=item.created_by,
        event_id=item.told.event_id,
        envelope=item.told.envelope,
        created_at=item.created_at,
    )


def _result(
    item: Item, outcome: Outcome, row: asyncpg.Record | None, granted: dict[UUID, dict[str, Any]]
) -> Held | Exception | None:
    """None: the id is known already, the caller looks at what stands there."""
    if isinstance(outcome, Refused):
        refusal = outcome.refusal.model_dump(mode="json", exclude={"organisation", "channel"})
        return QuotaExhausted(**refusal)
    if isinstance(outcome, Failed) or row is None:
        return Unavailable()
    if row["held"]:
        return Held(item, granted[item.booking_id])
    return None if row["known"] else SlotFull()
