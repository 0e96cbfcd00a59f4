"""Figures as a person reads them, in the reader's language."""

from __future__ import annotations

from babel.numbers import format_decimal

from stats_svc.reports.domain import Kind, Value

NOTHING = "–"
PATTERNS: dict[Kind, str] = {"count": "#,##0", "mean": "0.00", "minutes": "#,##0.0", "share": "0.0"}


def written(value: Value, kind: Kind, language: str) -> str:
    """A dash for what is not shown."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    return format_decimal(value * 100 if kind == "share" else value, format=PATTERNS[kind], locale=language)


def changed(value: Value, language: str) -> str:
    """With its sign."""
    if not isinstance(value, int | float):
        return NOTHING
    return format_decimal(value, format="+0.0;-0.0", locale=language)
