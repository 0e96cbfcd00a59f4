"""What is answered about a desk that is opened or closed (api.md "The day in the centre")."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class DeskView(BaseModel):
    """How a desk stands; times in the centre's zone."""

    desk: str
    number: int
    centre: str
    services: list[str]
    open: bool
    closed_since: datetime | None = Field(description="null: it is open")
