"""Routes of pauses (api.md "The day in the centre"): one call each, and again without harm."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from booking_svc.pauses import handlers
from booking_svc.pauses.domain import Area, Pause, Scope
from booking_svc.pauses.handlers import Standing
from booking_svc.pauses.schemas import CentrePause, PausePost, Pauses, PausesEnd, PausesPost, PauseView
from services.auth import Principal
from services.context import Ctx, role
from services.idempotency import IdempotentRoute

router = APIRouter(prefix="/api/v1", route_class=IdempotentRoute, tags=["pauses"])
Staff = Annotated[Principal, role("manager", "system")]


@router.post("/centres/{centre}/pause")
async def pause(centre: str, body: PausePost, context: Ctx, by: Staff) -> CentrePause:
    """Nobody is called and nobody becomes a no-show until it is resumed."""
    return one(await handlers.pause(context, Area(Scope.CENTRE, centre), body.reason, by=by))


@router.post("/centres/{centre}/resume")
async def resume(centre: str, context: Ctx, by: Staff) -> CentrePause:
    """The queue goes on at the very place where it stopped."""
    return one(await handlers.resume(context, Area(Scope.CENTRE, centre), by=by))


@router.post("/pauses")
async def pause_many(body: PausesPost, context: Ctx, by: Staff) -> Pauses:
    """A region or an organisation at once; centres in shelters go on during an alert."""
    return many(await handlers.pause(context, body.area, body.reason, by=by))


@router.post("/pauses/end")
async def resume_many(body: PausesEnd, context: Ctx, by: Staff) -> Pauses:
    """All that is paused there goes on; with a `reason`, only what was paused for it."""
    return many(await handlers.resume(context, body.area, by=by, reason=body.reason))


def one(standing: Standing) -> CentrePause:
    return many(standing).items[0]


def many(standing: Standing) -> Pauses:
    return Pauses(
        items=[CentrePause(centre=centre.id, paused=shown(found)) for centre, found in standing.pauses],
        changed=standing.changed,
        working=[centre.id for centre in standing.working],
    )


def shown(found: Pause | None) -> PauseView | None:
    return PauseView(reason=found.reason, since=found.since) if found else None
