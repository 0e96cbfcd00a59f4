"""What stands in the cells of a line."""

from __future__ import annotations

from stats_svc.reports import words
from stats_svc.reports.domain import Line, Section
from stats_svc.reports.numbers import changed, written

CHANGES = frozenset(words.CHANGE.values())


def cells(section: Section, line: Line, language: str) -> list[str]:
    """Of the columns after the first."""
    return [
        changed(value, language)
        if section.columns[place].title in CHANGES
        else written(value, section.kind(line, place), language)
        for place, value in enumerate(line.values, start=1)
    ]
