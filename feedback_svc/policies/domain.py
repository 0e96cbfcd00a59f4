"""What an organisation decides about feedback, by the days from which it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

EVERYBODY = "*"
"""In place of an organisation: what holds where an organisation has decided nothing itself."""


@dataclass(frozen=True)
class Policy:
    """In force from `valid_from` until the next one begins.

    A remark is due after `remark_hours`. More than `burst_ratings` within `burst_minutes` at one desk are more than
    its visits could give.
    """

    organisation: str
    valid_from: date
    session_minutes: int
    remark_hours: int
    burst_ratings: int
    burst_minutes: int

    @property
    def session(self) -> timedelta:
        return timedelta(minutes=self.session_minutes)

    @property
    def reaction(self) -> timedelta:
        return timedelta(hours=self.remark_hours)
