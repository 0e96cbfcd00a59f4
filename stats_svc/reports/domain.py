"""Which days a report is about, and what it is made of. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

NAME = re.compile(r"(20\d\d)(?:-Q([1-4]))?(?:\.(html|pdf|xlsx))?")
Form = Literal["json", "html", "pdf", "xlsx"]
FORMS: dict[str | None, Form] = {None: "json", "html": "html", "pdf": "pdf", "xlsx": "xlsx"}
Kind = Literal["count", "share", "mean", "minutes", "words"]
Value = int | float | str | None


@dataclass(frozen=True)
class Period:
    """A year, or a quarter of it."""

    year: int
    quarter: int | None = None

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.quarter - 2 if self.quarter else 1, 1)

    @property
    def last(self) -> date:
        """Included."""
        if self.quarter in (None, 4):
            return date(self.year, 12, 31)
        assert self.quarter
        return date(self.year, 3 * self.quarter + 1, 1) - timedelta(days=1)

    @property
    def before(self) -> Period:
        """What it is compared with: the same of the year before."""
        return Period(self.year - 1, self.quarter)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.quarter}" if self.quarter else str(self.year)


@dataclass(frozen=True)
class Column:
    title: str
    kind: Kind


@dataclass(frozen=True)
class Line:
    """What it is about, and a value per column after the first; None: hidden, or there is none."""

    title: str
    values: Sequence[Value]
    kind: Kind | None = None
    """Of all its values, where not the columns say it."""


@dataclass(frozen=True)
class Section:
    title: str
    columns: Sequence[Column]
    lines: Sequence[Line]

    def kind(self, line: Line, place: int) -> Kind:
        return line.kind or self.columns[place].kind


@dataclass(frozen=True)
class Report:
    title: str
    subtitle: str
    notes: Sequence[str]
    sections: Sequence[Section]


def named(name: str) -> tuple[Period, Form] | None:
    """`2025`, `2025-Q1`, with `.html`, `.pdf` or `.xlsx`; None for anything else."""
    found = NAME.fullmatch(name)
    if not found:
        return None
    year, quarter, suffix = found.groups()
    return Period(int(year), int(quarter) if quarter else None), FORMS[suffix]
