"""Response bodies of retention."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field


class RuleView(BaseModel):
    organisation: str
    retention_days: int | None = Field(description="null: everything is kept")
    kept_since: date | None = Field(description="the first visit date whose names and contacts are kept")


class DueView(RuleView):
    due: int = Field(description="bookings whose names and contacts would be erased now")
    unfinished: int = Field(description="bookings as old that never ended: they are not erased")


class ErasedView(RuleView):
    erased: int
    remaining: int = Field(description="due and not erased by this call: call again")


class DueList(BaseModel):
    items: list[DueView]


class ErasedList(BaseModel):
    items: list[ErasedView]
