"""A session is opened: by a desk's code, or about the booking system by a citizen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
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
from feedback_svc.sessions.secrets import once_keys, session_keys, session_secret
from services.auth import Principal
from services.context import Context
from services.errors import Forbidden, Unauthenticated
from services.privacy import person


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
    secret = session_secret(session_id, context.privacy)
    async with context.db.begin() as session:
        if wish.about is About.VISIT:
            place = await _place(session, wish)
            values = _at_desk(place, wish)
        else:
            place, values = None, await _of_citizen(session, context, by)
        return await _store(session, context, values | {"language": language}, secret=secret, place=place)


async def _place(session: AsyncSession, wish: Opening) -> Place:
    place = await places.by_code(session, read_code(wish.feedback_code or ""))
    if place is None:
        raise UnknownCode
    return place


def _at_desk(place: Place, wish: Opening) -> dict[str, Any]:
    return {
        "about": About.VISIT,
        "organisation": place.organisation,
        "centre": place.centre,
        "desk": place.desk,
        "region": place.region,
        "time_zone": place.time_zone,
        "channel": Channel(wish.channel),
    }


async def _of_citizen(session: AsyncSession, context: Context, by: Principal | None) -> dict[str, Any]:
    """Nothing of the person but a hash of this month, and nothing of a booking."""
    if by is None:
        raise Unauthenticated
    if not by.has("citizen") or not (by.number or by.document):
        raise Forbidden
    keys = once_keys(person(by.number, by.document), month_of(context.clock.now().date()), context.privacy)
    if await repository.is_spent(session, keys):
        raise AskedAlready
    return {"about": About.BOOKING_SYSTEM, "time_zone": "UTC", "channel": Channel.BOOKING, "once_key": keys[0]}


async def _store(
    session: AsyncSession, context: Context, values: dict[str, Any], *, secret: str, place: Place | None
) -> Opened:
    now = context.clock.now()
    today = now.astimezone(ZoneInfo(place.time_zone) if place else UTC).date()
    organisation = place.organisation if place else EVERYBODY
    policy = await policies.in_force(session, organisation, today)
    asked = await questionnaires.in_force(session, organisation, values["about"], day=today)
    row = await repository.open_session(
        session,
        values
        | {
            "key": session_keys(secret, context.privacy)[0],
            "owner": asked.owner_at(organisation),
            "questionnaire": asked.id,
            "questionnaire_version": asked.version,
            "opened_at": now,
            "expires_at": now + policy.session,
        },
    )
    return Opened(secret, row.expires_at, place, asked)
