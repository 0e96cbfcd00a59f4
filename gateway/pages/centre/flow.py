"""The hours of a day as bars: the table beside them says the same in numbers."""

from __future__ import annotations

from typing import Any

KINDS = ("booked", "arrived", "served")
WIDTH = 100


def chart(hours: list[dict[str, int]]) -> dict[str, Any]:
    """Each hour with `bars`: lengths of its three figures, `WIDTH` being the largest figure of the day."""
    most = max((hour[kind] for hour in hours for kind in KINDS), default=0)
    return {"width": WIDTH, "hours": [{**hour, "bars": [length(hour[kind], most) for kind in KINDS]} for hour in hours]}


def length(figure: int, most: int) -> float:
    return round(WIDTH * figure / most, 1) if most else 0.0
