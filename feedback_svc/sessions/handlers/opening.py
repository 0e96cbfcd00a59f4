"""A session is opened: by a desk's code, or about the booking system by a citizen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.places import repository as places
from feedback_svc.places.domain import Place, UnknownCode, read_code
from feedback_svc.policies import repository as policies
from feedback_svc.policies.domain import EVERYBODY
from feedback_svc.questionnaires import repository as questionnaires
from feedback_svc.questionnaires.domain import About, Questionnaire
from feedback_svc.ratings.domain import Channel
from feedback_svc.sessions import repository
from feedback_svc.sessions.domain import AskedAlready, month_of
from feedback_svc.sessions.schemas import Opening
from feedback_svc.sessions.secrets import digest, once_keys, session_keys, session_secret
from services.auth import Principal
from services.context import Context
from services.errors import Forbidden, Unauthenticated
from services.privacy import person


@dataclass(frozen=True)
class Wanted:
    """What is to be rated, and how that comes in. `reader`: only what this organisation asks itself."""

    about: About
    channel: Channel
    organisation: str | None = None
    centre: str | None = None
    desk: str | None = None
    region: str | None = None
    time_zone: str = "UTC"
    once_key: str | None = None
    reader: str | None = None


@dataclass(frozen=True)
class Opened:
    """A session as its visitor gets it. `secret` is nowhere else."""

    secret: str
    expires_at: datetime
    place: Place | None
    questionnaire: Questionnaire


async def open_session(
    context: Context, wish: Opening, *, session_id: UUID, by: Principal | None, language: str
) -> Opened:
    """Raises `UnknownCode`; about the booking system `Unauthenticated`, `Forbidden`, `AskedAlready`."""
    secret, place = session_secret(session_id, context.privacy), None
    async with context.db.begin() as session:
        if wish.about is About.VISIT:
            place = await _place(session, wish)
            wanted = _at_desk(place, Channel(wish.channel))
        else:
            wanted = await _of_citizen(session, context, by)
        expires_at, asked = await store(session, context, wanted, secret=secret, language=language)
    return Opened(secret, expires_at, place, asked)


async def store(
    session: AsyncSession, context: Context, wanted: Wanted, *, secret: str, language: str
) -> tuple[datetime, Questionnaire]:
    """Stores the session; of a repeated request it is there already. Gives when it ends, and what it asks."""
    now = context.clock.now()
    today = now.astimezone(ZoneInfo(wanted.time_zone)).date()
    organisation = wanted.organisation or EVERYBODY
    policy = await policies.in_force(session, organisation, today)
    asked = await questionnaires.in_force(session, organisation, wanted.about, day=today, reader=wanted.reader)
    values = {name: value for name, value in asdict(wanted).items() if name != "reader"} | {
        "key": session_keys(secret, context.privacy)[0],
        "owner": asked.owner_at(organisation),
        "questionnaire": asked.id,
        "questionnaire_version": asked.version,
        "language": language,
        "opened_at": now,
        "expires_at": now + policy.session,
    }
    return (await repository.open_session(session, values)).expires_at, asked


async def _place(session: AsyncSession, wish: Opening) -> Place:
    """The desk that is to be rated. A token that was used, or is too old, leads nowhere, like a revoked code."""
    if wish.visit_token is None:
        place = await places.by_code(session, read_code(wish.feedback_code or ""))
    else:
        desk = await repository.desk_of_token(session, digest(wish.visit_token))
        place = await places.get(session, desk) if desk else None
    if place is None:
        raise UnknownCode
    return place


def _at_desk(place: Place, channel: Channel) -> Wanted:
    return Wanted(
        about=About.VISIT,
        channel=channel,
        organisation=place.organisation,
        centre=place.centre,
        desk=place.desk,
        region=place.region,
        time_zone=place.time_zone,
    )


async def _of_citizen(session: AsyncSession, context: Context, by: Principal | None) -> Wanted:
    """Nothing of the person but a hash of this month, and nothing of a booking."""
    if by is None:
        raise Unauthenticated
    if not by.has("citizen") or not (by.number or by.document):
        raise Forbidden
    keys = once_keys(person(by.number, by.document), month_of(context.clock.now().date()), context.privacy)
    if await repository.is_spent(session, keys):
        raise AskedAlready
    return Wanted(about=About.BOOKING_SYSTEM, channel=Channel.BOOKING, once_key=keys[0])
