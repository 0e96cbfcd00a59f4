"""Charts as geometry: pure functions on figures. The templates draw them, style sheets colour them.

Across, everything is in per cent of the sheet; down, in pixels: letters and lines keep their size at any width. Nothing
is told by colour alone, and beside every chart the same figures stand in a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT_PX, TOP_PX, BOTTOM_PX = 220.0, 20.0, 190.0
"""Of the sheet, and of the plot in it."""
LEFT = 13.0
"""Where the plot begins: to the left of it stand the figures of the scale."""
LETTERS, LETTERS_NARROW = 66, 34
"""That have room under the plot where it is half a page wide, and where it is as narrow as a phone."""
GAP_LETTERS = 1.5
MOST_POINTS = 62
"""More are drawn as a line only."""
COLUMN = 0.7
"""Of the room that a column has."""
FINEST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Scale:
    """From the first tick to the last one; both are round numbers."""

    ticks: tuple[float, ...]

    @property
    def low(self) -> float:
        return self.ticks[0]

    @property
    def high(self) -> float:
        return self.ticks[-1]

    def share(self, value: float) -> float:
        """How far along, 0 to 1."""
        return (value - self.low) / (self.high - self.low)

    def down(self, value: float) -> float:
        """Where it lies on the sheet, in pixels from the top."""
        return round(BOTTOM_PX - self.share(value) * (BOTTOM_PX - TOP_PX), 1)


def ticks(low: float, high: float, *, finest: float = 0.0, about: int = 4) -> tuple[float, ...]:
    """Round numbers around `low` and `high`, about so many steps of 1, 2 or 5 times a power of ten apart, at least
    `finest`.
    """
    step = max(finest, _round_up((high - low) / about))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(step * number, 10) for number in range(first, max(last, first + 1) + 1))


def _round_up(step: float) -> float:
    if step <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(step) + 1e-9)
    return next(round(power * times, 10) for times in (1, 2, 5, 10) if power * times >= step * (1 - 1e-9))


def counts(values: Sequence[int | None]) -> Scale:
    """From nothing on: lengths that are compared begin there."""
    return Scale(ticks(0, max((value for value in values if value), default=1), finest=1))


def shares(values: Sequence[float]) -> Scale:
    """Only as far as the shares reach, for they lie close together; the page says so. Never over 0 to 1."""
    found = ticks(min(values, default=0.0), max(values, default=1.0), finest=FINEST_SHARE)
    return Scale(found) if found[-1] <= 1 else Scale(ticks(found[0] - FINEST_SHARE, 1.0, finest=FINEST_SHARE))


@dataclass(frozen=True, slots=True)
class Label:
    """Under the plot. `everywhere`: also where the sheet is as narrow as a phone."""

    x: float
    text: str
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Column:
    """`is_hidden`: its figure is not shown to this reader."""

    x: float
    y: float
    width: float
    height: float
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    scale: Scale
    columns: tuple[Column, ...]
    labels: tuple[Label, ...]

    @classmethod
    def of(cls, values: Sequence[int | None], names: Sequence[str]) -> Columns:
        """A column for each value; None is hidden."""
        scale, room = counts(values), (100 - LEFT) / max(1, len(values))
        columns = [_column(scale, LEFT + room * place, room, value) for place, value in enumerate(values)]
        return cls(scale, tuple(columns), labels(names))


def _column(scale: Scale, left: float, room: float, value: int | None) -> Column:
    x, width = round(left + room * (1 - COLUMN) / 2, 2), round(room * COLUMN, 2)
    y = scale.down(value or 0)
    return Column(x, y, width, round(BOTTOM_PX - y, 1), value is None)


@dataclass(frozen=True, slots=True)
class Share:
    """What was seen, and where the true one lies."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """`path` is in a box of 1000 to 1000 that is stretched over the plot; it is broken where a figure is missing."""

    scale: Scale
    points: tuple[Point, ...]
    path: str
    labels: tuple[Label, ...]

    @property
    def has_points(self) -> bool:
        return len(self.points) <= MOST_POINTS

    @classmethod
    def of(cls, values: Sequence[Share | None], names: Sequence[str]) -> Line:
        scale = shares([end for value in values if value for end in (value.low, value.high)])
        places = middles(len(values))
        points = [_point(scale, x, value) if value else None for x, value in zip(places, values, strict=True)]
        return cls(scale, tuple(point for point in points if point), _path(points), labels(names))


def _point(scale: Scale, x: float, value: Share) -> Point:
    return Point(x, scale.down(value.value), scale.down(value.low), scale.down(value.high))


def _path(points: Sequence[Point | None]) -> str:
    before: Point | None = None
    parts = []
    for point in points:
        if point:
            x = (point.x - LEFT) / (100 - LEFT) * 1000
            y = (point.y - TOP_PX) / (BOTTOM_PX - TOP_PX) * 1000
            parts.append(f"{'L' if before else 'M'}{x:.0f} {y:.0f}")
        before = point
    return "".join(parts)


def middles(count: int) -> list[float]:
    """Where things stand that share the plot, in per cent of the sheet."""
    room = (100 - LEFT) / max(1, count)
    return [round(LEFT + room * (place + 0.5), 2) for place in range(count)]


def labels(names: Sequence[str]) -> tuple[Label, ...]:
    """As many as have room: every first, second, third, …"""
    needed = len(names) * (max(map(len, names), default=0) + GAP_LETTERS)
    wide, narrow = (max(1, math.ceil(needed / room)) for room in (LETTERS, LETTERS_NARROW))
    narrow = math.ceil(narrow / wide) * wide
    chosen = [(place, x) for place, x in enumerate(middles(len(names))) if place % wide == 0]
    return tuple(Label(x, names[place], place % narrow == 0) for place, x in chosen)


def bar(value: float | None, most: float) -> float:
    """Its length in per cent of the longest one's; what is there at all can be seen."""
    return max(0.6, round(100 * value / most, 2)) if value and most else 0.0


@dataclass(frozen=True, slots=True)
class Whisker:
    """A share on a scale that lies: its point and the ends of its interval, in per cent of the width."""

    x: float
    low: float
    high: float

    @classmethod
    def of(cls, share: Share, scale: Scale) -> Whisker:
        return cls(*(round(100 * scale.share(value), 2) for value in (share.value, share.low, share.high)))
