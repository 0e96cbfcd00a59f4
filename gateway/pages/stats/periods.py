"""Which days the figures are of: a year, a quarter, or any days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

Step = Literal["day", "month", "year"]
STEPS: tuple[str, ...] = get_args(Step)
MOST_BY_DAY, MOST_BY_MONTH = 62, 5 * 366
"""Days that are drawn one by one, or month by month, when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Period:
    """`first` and `last` are included. `year` and `quarter` where it is exactly one; `by`: of the trend, if asked."""

    first: date
    last: date
    year: int | None = None
    quarter: int | None = None
    by: str = ""

    @classmethod
    def whole(cls, year: int, quarter: int | None = None) -> Period:
        month = 3 * quarter if quarter else 12
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month - 2 if quarter else 1, 1), following - timedelta(days=1), year, quarter)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def step(self) -> str:
        """Of the trend."""
        if self.by:
            return self.by
        return "day" if self.days <= MOST_BY_DAY else "month" if self.days <= MOST_BY_MONTH else "year"

    @property
    def query(self) -> dict[str, str]:
        """As an address names it."""
        if self.year:
            return {"year": str(self.year)} | ({"quarter": str(self.quarter)} if self.quarter else {})
        return {"from": str(self.first), "to": str(self.last)} | ({"by": self.by} if self.by else {})

    @property
    def report(self) -> str:
        """The report that has these days: of the quarter, else of the year in which they end."""
        return f"{self.year}-Q{self.quarter}" if self.quarter else str(self.last.year)

    def keys(self, until: date) -> list[str]:
        """All steps of the trend, as the API names them; none lies wholly after `until`."""
        width = {"day": 10, "month": 7, "year": 4}[self.step]
        last = min(self.last, until)
        found = dict.fromkeys(str(self.first + timedelta(days=n))[:width] for n in range((last - self.first).days + 1))
        return list(found)


def day_of(key: str) -> date:
    """The day that a step begins with."""
    return date.fromisoformat(key + "0000-01-01"[len(key) :])
