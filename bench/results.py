"""The rows of the table, what they are held against, and how they are shown and kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- table -->", "<!-- end -->"


@dataclass(frozen=True)
class Target:
    """Of the ratio where there is a baseline, else of the value."""

    sign: str
    bound: float

    def holds(self, figure: float) -> bool:
        return figure >= self.bound if self.sign == "≥" else figure <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


def at_least(bound: float) -> Target:
    return Target("≥", bound)


def at_most(bound: float) -> Target:
    return Target("≤", bound)


@dataclass(frozen=True)
class Row:
    """One figure; what it is divided by stands in its name."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def held(self) -> bool | None:
        if self.target is None:
            return None
        return self.target.holds(self.value if self.ratio is None else round(self.ratio, 3))

    def document(self) -> dict[str, Any]:
        """As in `bench.json`."""
        return {
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "baseline": None if self.baseline is None else rounded(self.baseline),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "target": None if self.target is None else str(self.target),
            "held": self.held,
        }


@dataclass
class Results:
    """All rows, in the order of the table, and what is to be said below it."""

    machine: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, rows: Iterable[Row], *, notes: Sequence[str] = ()) -> None:
        """`notes`: where the time went, to be shown when one of these rows misses its target."""
        added = list(rows)
        self.rows.extend(added)
        if any(row.held is False for row in added):
            self.notes.extend(notes)

    def markdown(self) -> str:
        head = "| what | value | baseline | ratio | target | held |\n|---|--:|--:|--:|--:|---|"
        lines = "\n".join(map(_line, sorted(self.rows, key=lambda row: row.name[:3])))
        return "\n\n".join([self.machine, f"{head}\n{lines}", *self.notes])


def rounded(value: float) -> float:
    """Three digits that say something."""
    return round(value) if abs(value) >= 100 else round(value, 1 if abs(value) >= 10 else 2)


def _line(row: Row) -> str:
    shown = row.document()
    cells = [
        row.name,
        f"{shown['value']:,} {row.unit}",
        "" if row.baseline is None else f"{shown['baseline']:,}",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.target is None else str(row.target),
        {True: "yes", False: "**no**", None: ""}[row.held],
    ]
    return f"| {' | '.join(cells)} |"


def write_json(rows: Sequence[Row], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([row.document() for row in rows], ensure_ascii=False, indent=1) + "\n")


def write_readme(table: str, file: Path = README) -> None:
    """Between the markers; the words around them are written by hand."""
    before, _, rest = file.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    file.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")
