"""What a query asks for, and how that is written in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from stats_svc.domain import Group, check_range

About = Literal["visit", "booking_system"]


@dataclass(frozen=True)
class Asked:
    """Days are included. `evaluator`: who asked; None: the organisation itself."""

    first: date
    last: date
    group: Group
    region: str | None = None
    organisation: str | None = None
    centre: str | None = None
    evaluator: str | None = None
    about: About = "visit"

    def check(self) -> Asked:
        """Raises `RangeReversed`, `RangeTooLong`."""
        check_range(self.first, self.last, self.group)
        return self

    def fields(self) -> dict[str, Any]:
        named = {"region": self.region, "organisation": self.organisation, "centre": self.centre}
        return {
            "first": self.first,
            "last": self.last,
            "evaluator": self.evaluator or "",
            **{name: value for name, value in named.items() if value is not None},
        }

    def conditions(self, table: str) -> str:
        """Of the days and places; the table of centres is `c`."""
        parts = [f"{table}.day BETWEEN :first AND :last"]
        if self.region is not None:
            parts.append("c.region = :region")
        if self.organisation is not None:
            parts.append("c.organisation = :organisation")
        if self.centre is not None:
            parts.append(f"{table}.centre = :centre")
        parts.append(f"{table}.centre <> ''" if self.about == "visit" else f"{table}.centre = ''")
        return " AND ".join(parts)


def key(group: Group, table: str) -> str:
    """The SQL of what figures are told apart by, a text."""
    match group:
        case Group.REGION | Group.ORGANISATION:
            return f"coalesce(c.{group.value}, '')"
        case Group.DAY:
            return f"CAST({table}.day AS text)"
        case Group.MONTH:
            return f"left(CAST({table}.day AS text), 7)"
        case Group.YEAR:
            return f"left(CAST({table}.day AS text), 4)"
        case _:
            return f"{table}.{group.value}"
