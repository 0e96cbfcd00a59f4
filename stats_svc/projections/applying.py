"""A batch of events enters: figures, then names of places, then the revision, in this order for all who write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services import inbox
from services.consumer import Told
from services.contracts import Event
from services.contracts.catalogue import OrganisationChanged
from services.contracts.places import CentreChanged, Known, ServiceChanged
from stats_svc.projections import storing
from stats_svc.projections.counting import LOCAL, RULES, Zones, add_up

PLACES = (CentreChanged, OrganisationChanged, ServiceChanged)
FIGURES: tuple[type[Event], ...] = tuple(RULES)
EVENTS: tuple[type[Event], ...] = (*FIGURES, *PLACES)
NETWORK = ZoneInfo("Europe/Kyiv")
"""The zone of a centre that nobody has told of."""


class Named(dict[str, ZoneInfo]):
    def __missing__(self, _: str) -> ZoneInfo:
        return NETWORK


async def apply(session: AsyncSession, told: Sequence[Told], *, now: datetime) -> None:
    """The batch handler. While the figures are made anew, they are counted there too, each also once."""
    figures = [item for item in told if isinstance(item.event, FIGURES)]
    if figures:
        await count(session, figures)
    if await storing.rebuilding(session):
        await count_in_shadow(session, told, now=now)
    await learn(session, [item.event for item in told])
    await storing.revise(session)


async def count_in_shadow(session: AsyncSession, told: Sequence[Told], *, now: datetime) -> int:
    """Into the tables that are being made anew, what they do not have yet; how many these were."""
    async with storing.shadow(session):
        new = await inbox.first_time(session, [item.id for item in told], now=now)
        fresh = {item.id: item for item in told if item.id in new and isinstance(item.event, FIGURES)}
        if fresh:
            await count(session, list(fresh.values()))
    return len(fresh)


async def count(session: AsyncSession, told: Sequence[Told]) -> None:
    events = [item.event for item in told]
    await storing.store(session, add_up(events, await zones(session, events)))


async def zones(session: AsyncSession, events: Sequence[Event]) -> Zones:
    named = {event.centre for event in events if isinstance(event, LOCAL)}
    known = await storing.time_zones(session, named) if named else {}
    return Named({code: ZoneInfo(zone) for code, zone in known.items()})


async def learn(session: AsyncSession, events: Sequence[Event]) -> None:
    """Names, regions, zones: of two states the one with the later version stays."""
    centres = [event for event in events if isinstance(event, CentreChanged)]
    services = [event for event in events if isinstance(event, ServiceChanged)]
    organisations = [event for event in events if isinstance(event, OrganisationChanged) and event.name]
    if centres or services or organisations:
        await storing.learn(session, centres, services, organisations)


async def learn_all(session: AsyncSession, known: Known) -> None:
    """What was asked for, see `services.contracts.places.Places`."""
    await storing.learn(session, known.centres, known.services, known.organisations)
    await storing.revise(session)
