"""The plain way to write the same transaction: FastAPI and the SQLAlchemy ORM's unit of work, one request at a time.

The yardstick of what the hot path is for. Everything around it is the real thing: the chassis with login, privacy,
traces, outbox and relay, the tables with their constraints; only here both services' tables are in one database.
`python -m bench.orm` serves it, on HTTP and as `booking_svc` behind a gateway.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI
from pydantic_settings import SettingsConfigDict
from sqlalchemy import BigInteger, DateTime, Identity, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from booking_svc.bookings.applicants import Keys, Person, applicant_of, keys_of
from booking_svc.bookings.domain import Channel, QuotaExhausted, SlotFull
from booking_svc.bookings.models import booking
from booking_svc.bookings.schemas import ApplicantView, BookingView, QuotaView, Wish
from booking_svc.slots.models import slot
from quota_svc.domain import Period, period_label, period_start
from quota_svc.models import ledger, policy, reservation, usage
from services import outbox
from services.app import Service, create_app
from services.context import Context, Ctx, Who
from services.contracts.booking import BookingHeld
from services.errors import NotFound
from services.ids import uuid7
from services.server import main
from services.settings import DatabaseSettings

HOLD = timedelta(minutes=5)


class Settings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="ORM_")


class Base(DeclarativeBase):
    pass


class Slot(Base):
    __table__ = slot


class Policy(Base):
    __table__ = policy


class Usage(Base):
    __table__ = usage


class Reservation(Base):
    __table__ = reservation


class Entry(Base):
    __table__ = ledger


class Booking(Base):
    __table__ = booking


class Told(Base):
    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID]
    subject: Mapped[str]
    envelope: Mapped[str]
    created_at: Mapped[Any] = mapped_column(DateTime(timezone=True))


router = APIRouter()


@router.post("/api/v1/bookings", status_code=201)
async def hold(wish: Wish, context: Ctx, by: Who) -> BookingView:
    """Locks the slot's row and the usage's, decides, writes, commits."""
    person = applicant_of(by, wish.applicant, channel=Channel.ONLINE)
    keys = keys_of(person.identity, context.privacy)
    async with context.db.begin() as session:
        place = await _free_slot(session, wish)
        rule = await _policy(session, place)
        counted = await _count(session, rule, place, key=keys.applicant[0])
        made = _booking(context, wish, person, keys, place=place, counted=counted, by=by.sub)
        place.taken += 1
        place.version += 1
        session.add_all([made, *_reserved(made, rule, counted), _told(made)])
    return _view(made, person)


async def _free_slot(session: AsyncSession, wish: Wish) -> Any:
    wanted = select(Slot).where(slot.c.queue == f"{wish.centre}-main", slot.c.starts_at == wish.starts_at)
    place: Any = await session.scalar(wanted.with_for_update())
    if place is None:
        raise NotFound
    if place.taken >= place.capacity:
        raise SlotFull
    return place


async def _policy(session: AsyncSession, place: Any) -> Any:
    return await session.scalar(
        select(Policy).where(
            policy.c.organisation == "bench",
            policy.c.kind == "individual",
            policy.c.channel == "online",
            policy.c.valid_from <= place.visit_date,
            policy.c.valid_to.is_(None) | (policy.c.valid_to >= place.visit_date),
        )
    )


async def _count(session: AsyncSession, rule: Any, place: Any, *, key: str) -> Any:
    """One more in the usage's row. Raises `QuotaExhausted`."""
    first = period_start(Period(rule.period), place.visit_date)
    found: Any = await session.get(
        Usage, (key, "bench", "individual", "online", rule.period, first), with_for_update=True
    )
    if found is None:
        found = Usage(**_usage_key(key, rule, first), used=0)
        session.add(found)
    if found.used >= rule.max_bookings:
        raise QuotaExhausted(limit=rule.max_bookings, used=found.used)
    found.used += 1
    found.granted_limit = rule.max_bookings
    return found


def _usage_key(key: str, rule: Any, first: date) -> dict[str, Any]:
    names = ("applicant_key", "organisation", "kind", "channel", "period", "period_start")
    return dict(zip(names, (key, "bench", "individual", "online", rule.period, first), strict=True))


def _booking(context: Context, wish: Wish, person: Person, keys: Keys, *, place: Any, counted: Any, by: str) -> Any:
    now = context.clock.now()
    booking_id = uuid7(now)
    quota = QuotaView(
        organisation="bench",
        channel="online",
        limit=counted.granted_limit,
        used=counted.used,
        period=period_label(Period(counted.period), counted.period_start),
        renews_at=None,
    )
    return Booking(
        id=booking_id,
        status="held",
        created_at=now,
        slot_id=place.id,
        organisation="bench",
        centre=wish.centre,
        service=wish.service,
        starts_at=wish.starts_at,
        visit_date=place.visit_date,
        channel="online",
        applicant_kind="individual",
        applicant_key=keys.applicant[0],
        person_key=keys.person[0],
        names=context.privacy.seal(person.names(), context=booking_id.bytes),
        quota=quota.model_dump(mode="json"),
        expires_at=now + HOLD,
        created_by=by,
    )


def _reserved(made: Any, rule: Any, counted: Any) -> list[Any]:
    """The rows of the quota's side: the reservation and its line in the ledger."""
    key = _usage_key(counted.applicant_key, rule, counted.period_start)
    reserved = Reservation(
        booking_id=made.id,
        attempts=[made.id],
        **key,
        visit_date=made.visit_date,
        policy_id=rule.id,
        cancelled_counts=rule.cancelled_counts,
        state="reserved",
        expires_at=made.expires_at,
        ask_at=made.expires_at,
        created_at=made.created_at,
        changed_at=made.created_at,
    )
    return [reserved, Entry(booking_id=made.id, **key, delta=1, reason="reserved", at=made.created_at)]


def _told(made: Any) -> Told:
    event = BookingHeld(
        booking_id=made.id,
        organisation=made.organisation,
        centre=made.centre,
        service=made.service,
        channel="online",
        visit_date=made.visit_date,
        at=made.created_at,
        expires_at=made.expires_at,
    )
    row = outbox.row(event, now=made.created_at)
    return Told(event_id=row.event_id, subject=row.subject, envelope=row.envelope, created_at=made.created_at)


def _view(made: Any, person: Person) -> BookingView:
    return BookingView(
        id=made.id,
        status=made.status,
        expires_at=made.expires_at,
        centre=made.centre,
        service=made.service,
        organisation=made.organisation,
        starts_at=made.starts_at,
        channel=made.channel,
        applicant=ApplicantView(
            kind="individual",
            family_name=person.family_name,
            given_name=person.given_name,
            patronymic=person.patronymic,
        ),
        quota=QuotaView.model_validate(made.quota),
        checked_in=False,
        created_at=made.created_at,
    )


def create(settings: Settings | None = None) -> FastAPI:
    return create_app(settings or Settings(), Service(name="booking_svc", routers=[router]))


if __name__ == "__main__":
    main("orm", Settings(), create)
