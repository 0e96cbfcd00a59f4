"""What booking_svc tells about centres. Owner: booking_svc."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from services.contracts import Event


class CentreEvent(Event):
    """Common to all: which centre, and where. `region` is its КАТОТТГ or TERYT code."""

    organisation: str
    centre: str
    region: str
    at: datetime


class CentrePaused(CentreEvent):
    """Nobody is called and nobody becomes a no-show until it is resumed. `scope`: what the same call paused."""

    subject: ClassVar[str] = "centre.paused.v1"
    pause_id: UUID
    reason: Literal["air_raid", "power", "other"]
    scope: Literal["centre", "region", "organisation"]


class CentreResumed(CentreEvent):
    """The queue goes on at the very place where it stopped. The pause lasted from `since` to `at`."""

    subject: ClassVar[str] = "centre.resumed.v1"
    pause_id: UUID
    reason: Literal["air_raid", "power", "other"]
    since: datetime
