"""The hot path: a place in a slot is held for a few minutes (design.md §3).

Quota is reserved first, by request to quota_svc; then one statement claims the slots and inserts the bookings. Both
work in batches, and one batch of bookings asks quota_svc once. Whoever finds the slot full, or is refused by what the
person has booked already, gives the reservation back before the answer leaves; the outbox row is the safety net where
quota_svc does not answer, and after a crash quota_svc asks (`standing.py`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

from booking_svc.bookings import contacts, repository
from booking_svc.bookings.applicants import Person, applicant_of, keys_of
from booking_svc.bookings.domain import (
    Channel,
    HoldExpired,
    channel_of,
    cooldown_until,
)
from booking_svc.bookings.handlers.giving_back import give_back_quota
from booking_svc.bookings.handlers.item import Held, Item, claim, columns, guards, result
from booking_svc.bookings.handlers.reading import get
from booking_svc.bookings.handlers.refusals import Refusals
from booking_svc.bookings.handlers.times import slot_at
from booking_svc.bookings.repository import COLLISIONS, Booking
from booking_svc.bookings.schemas import Wish
from booking_svc.catalogue.domain import Centre, Organisation
from booking_svc.catalogue.memory import Catalogue
from booking_svc.slots.memory import FreeSlots
from services import outbox
from services.auth import Principal
from services.batching import Batcher
from services.context import Context
from services.contracts.booking import BookingHeld
from services.contracts.quota import Blocked, GiveBack, Granted, Outcome, Refused, Reserve
from services.errors import Forbidden, NotFound
from services.ids import uuid7

BATCH = 32
ATTEMPTS = 3
"""How often one hold is tried that collides with what others make at the same moment."""


class Holds:
    """Holds places, many at a time."""

    def __init__(self, context: Context, *, quota_timeout_seconds: float) -> None:
        self._context, self._quota_timeout_seconds = context, quota_timeout_seconds
        self._catalogue, self._slots = context.get(Catalogue), context.get(FreeSlots)
        self._batcher: Batcher[Item, Held | None] = Batcher(
            self._hold_all, key=lambda item: item.keys.applicant[0], max_size=BATCH
        )

    async def hold(
        self, wish: Wish, *, by: Principal, booking_id: UUID, repeated: bool, language: str
    ) -> Held | Booking:
        """The new hold; for a repeated request the booking that it made before, as it stands now.

        Raises `OutsideWindow`, `SlotFull`, `QuotaExhausted`, `BlockedForNoShows`, `Cooldown`, `PriorityUsed`,
        `NotYourIdentity`, `NotFound`, `Unavailable`.
        """
        if repeated and (made := await self._made_before(booking_id, by)):
            return made
        held = await self._batcher.do(self._item(wish, by, booking_id, language))
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

    def _item(self, wish: Wish, by: Principal, booking_id: UUID, language: str) -> Item:
        now = self._context.clock.now()
        channel = channel_of(by.roles)
        person = applicant_of(by, wish.applicant, channel=channel)
        centre = self._centre(wish.centre, by, channel)
        slot = slot_at(self._context, centre, wish.service, wish.starts_at, channel=channel, now=now)
        keys = keys_of(person.identity, self._context.privacy)
        contact = contacts.contact_of(wish.contact, centre.zone)
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
            cooldown_until=cooldown_until(slot.visit_date, days=self._catalogue.cooldown_days(wish.service)),
            contact=contact,
            sealed_contact=contacts.seal(contact, booking_id, self._context.privacy),
            language=language,
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

    def _rules(self, centre: Centre) -> Organisation:
        return self._catalogue.snapshot.organisation_of(centre)

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
            result(item, outcome, rows.get(item.booking_id), granted)
            for item, outcome in zip(items, outcomes, strict=True)
        ]
        unused = [
            GiveBack(booking_id=item.booking_id, attempt=attempt)
            for item, outcome, told in zip(items, outcomes, results, strict=True)
            if not isinstance(outcome, Refused | Blocked) and not isinstance(told, Held)
        ]
        if unused:
            await give_back_quota(self._context, unused)
        self._context.get(Refusals).note(items, results)
        return results

    async def _reserve(self, items: list[Item], attempt: UUID) -> list[Outcome]:
        reserve = Reserve(claims=[claim(item, attempt) for item in items])
        return (await self._context.bus.ask(reserve, timeout_seconds=self._quota_timeout_seconds)).results

    async def _claim(self, items: list[Item], granted: dict[UUID, dict[str, Any]]) -> dict[UUID, asyncpg.Record]:
        """All together; one by one where that breaks a constraint: a refusal of one is not the others'."""
        if not items:
            return {}
        try:
            return await self._insert(items, granted)
        except COLLISIONS:
            return {item.booking_id: row for item in items if (row := await self._claim_alone(item, granted))}

    async def _claim_alone(self, item: Item, granted: dict[UUID, dict[str, Any]]) -> asyncpg.Record | None:
        """What it collided with is seen by the next attempt, and refuses it. None: somebody was faster every time."""
        for _ in range(ATTEMPTS):
            with suppress(*COLLISIONS):
                return (await self._insert([item], granted))[item.booking_id]
        return None

    async def _insert(self, items: list[Item], granted: dict[UUID, dict[str, Any]]) -> dict[UUID, asyncpg.Record]:
        holds = [columns(item, granted[item.booking_id]) for item in items]
        now = self._context.clock.now()
        rows = await repository.hold(self._context.db, holds, list(guards(items)), now=now)
        changed = {row["slot_id"]: row for row in rows.values() if row["slot_id"] is not None}
        self._slots.apply([(row["slot_id"], row["free"], row["version"]) for row in changed.values()])
        return rows
