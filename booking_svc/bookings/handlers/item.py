"""One hold on its way: what it asks of quota_svc, what it writes, and what the caller is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from booking_svc.bookings.applicants import Keys, Person
from booking_svc.bookings.domain import BlockedForNoShows, Channel, Cooldown, PriorityUsed, QuotaExhausted, SlotFull
from booking_svc.bookings.repository import Guard, NewHold
from booking_svc.bookings.schemas import Contact
from booking_svc.catalogue.domain import Centre
from booking_svc.slots.timeline import Slot
from services import outbox
from services.contracts.quota import Blocked, Claim, Failed, Outcome, Refused
from services.errors import Unavailable

Granted = Mapping[UUID, dict[str, Any]]
"""The usage that each booking was granted."""


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
    cooldown_until: date | None
    contact: Contact | None
    sealed_contact: bytes | None
    language: str

    @property
    def guarded(self) -> bool:
        """Whether what the person has booked already may refuse it."""
        return self.cooldown_until is not None or self.person.priority is not None


class Held:
    """What the statement made of an item: the booking's own columns, for the answer."""

    def __init__(self, item: Item, quota: dict[str, Any]) -> None:
        self.item, self.quota = item, quota


def claim(item: Item, attempt: UUID) -> Claim:
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


def columns(item: Item, quota: dict[str, Any]) -> NewHold:
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
        cooldown_until=item.cooldown_until,
        contact=item.sealed_contact,
        language=item.language,
    )


def guards(items: Sequence[Item]) -> Iterator[Guard]:
    """Under which keys the statement looks at what these persons have booked, and which of the items it is for."""
    for place, item in enumerate(items, start=1):
        if item.guarded:
            yield from (Guard(place, key) for key in item.keys.person)


def result(item: Item, outcome: Outcome, row: asyncpg.Record | None, granted: Granted) -> Held | Exception | None:
    """None: the id is known already, the caller looks at what stands there."""
    if isinstance(outcome, Blocked):
        return BlockedForNoShows(**outcome.block.model_dump(mode="json"))
    if isinstance(outcome, Refused):
        refusal = outcome.refusal.model_dump(mode="json", exclude={"organisation", "channel"})
        return QuotaExhausted(**refusal)
    if isinstance(outcome, Failed) or row is None:
        return Unavailable()
    if row["held"]:
        return Held(item, granted[item.booking_id])
    return None if row["known"] else _refused(row)


def _refused(row: asyncpg.Record) -> Exception:
    if row["cooling_until"] is not None:
        return Cooldown(row["cooling_until"])
    return PriorityUsed() if row["priority_used"] else SlotFull()
