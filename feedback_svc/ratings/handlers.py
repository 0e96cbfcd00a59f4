"""A rating that an operator takes down: a session that is opened and submitted at once, with the operator's channel."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.permissions import operate_in
from feedback_svc.places import repository as places
from feedback_svc.questionnaires.domain import About
from feedback_svc.ratings.domain import Channel
from feedback_svc.ratings.schemas import TakenDown
from feedback_svc.sessions.handlers import Submits
from feedback_svc.sessions.handlers.opening import Wanted, store
from feedback_svc.sessions.handlers.submitting import Submitted
from feedback_svc.sessions.secrets import session_secret
from services.auth import Principal
from services.context import Context
from services.errors import NotFound


async def take_down(context: Context, said: TakenDown, *, rating_id: UUID, repeated: bool, by: Principal) -> Submitted:
    """Raises `NotFound` for an unknown place, `Forbidden` for another organisation's, `InvalidRequest`."""
    secret = session_secret(rating_id, context.privacy)
    async with context.db.begin() as session:
        wanted = await _wanted(session, said, by)
        await store(session, context, wanted, secret=secret, language=said.language)
    submits = context.get(Submits)
    return await submits.submit(secret, said.submission(), rating_id=rating_id, repeated=repeated)


async def _wanted(session: AsyncSession, said: TakenDown, by: Principal) -> Wanted:
    """An operator asks what the own organisation asks, never in an evaluator's name."""
    if said.desk is not None:
        place = await places.get(session, said.desk)
        found = None if place is None else await places.centre_of(session, place.centre)
    else:
        found = await places.centre_of(session, said.centre or "")
    if found is None:
        raise NotFound
    operate_in(by, centre=found.id, organisation=found.organisation)
    return Wanted(
        about=About.VISIT,
        channel=Channel(said.channel),
        organisation=found.organisation,
        centre=found.id,
        desk=said.desk,
        region=found.region,
        time_zone=found.time_zone,
        reader=by.organisation or found.organisation,
    )
