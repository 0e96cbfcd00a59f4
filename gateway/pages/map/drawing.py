"""What the template draws: the lands that centres lie in, and a mark for each centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from gateway.pages.map.lands import Land, land_of
from gateway.pages.map.projection import project
from gateway.pages.map.spreading import Box, Point, sides, spread

WIDTH_PX, HEIGHT_PX = 360, 240
"""The smallest sheet. A larger one has the same form, and marks of the same size farther apart."""
TARGET_PX = 24.0
"""WCAG 2.2, 2.5.8: the least size of what is touched."""
EDGE_PX = 14.0
LETTER_PX, LINE_PX = 3.9, 8.0
"""Of names, which are shown where the sheet is at least twice as wide."""
MIN_LAND_KM = 100.0


@dataclass(frozen=True, slots=True)
class Place:
    """A centre as the map is to show it; all texts in the reader's language."""

    latitude: float
    longitude: float
    href: str
    label: str
    """What the link is called: "Lutsk, 1364 free times, the first on 24 November"."""
    is_free: bool
    name: str = ""
    """Shown beside the mark where there is room: "Lutsk"."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a place's mark is drawn, in per cent of the sheet's width and height, and where the place itself lies."""

    place: Place
    x: float
    y: float
    true_x: float
    true_y: float
    side: str
    """Of the mark where the name stands: "right", "left", or "" where there is no room for it."""

    @property
    def is_moved(self) -> bool:
        return (self.x, self.y) != (self.true_x, self.true_y)


@dataclass(frozen=True, slots=True)
class Map:
    """A sheet of 3 to 2. Marks stand in the order of the places given."""

    view_box: str
    """Of the lands, in kilometres."""
    lands: tuple[Land, ...]
    marks: tuple[Mark, ...]
    reach: float
    """Half of what can be touched around a mark, in pixels: 12, less only where a country has hundreds of centres."""

    @classmethod
    def of(cls, places: Sequence[Place]) -> Map:
        """Draws the countries in which the places lie (none for places outside the packaged ones)."""
        sheet = _sheet(tuple((place.latitude, place.longitude) for place in places))
        widths = [len(place.name) * LETTER_PX for place in places]
        whole = (0.0, 0.0, float(WIDTH_PX), float(HEIGHT_PX))
        names = sides(sheet.marks, widths, gap=sheet.reach / 2, height=LINE_PX, within=whole)
        marks = [
            Mark(place, *_per_cent(mark), *_per_cent(true), side)
            for place, mark, true, side in zip(places, sheet.marks, sheet.points, names, strict=True)
        ]
        return cls(sheet.view_box, sheet.lands, tuple(marks), sheet.reach)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What depends on where the places lie alone, and so seldom changes. Points in pixels of the smallest sheet."""

    view_box: str
    lands: tuple[Land, ...]
    points: tuple[Point, ...]
    marks: tuple[Point, ...]
    reach: float


@lru_cache(maxsize=64)
def _sheet(positions: tuple[tuple[float, float], ...]) -> _Sheet:
    points = [project(latitude, longitude) for latitude, longitude in positions]
    shown = tuple({land.code: land for point in points if (land := land_of(point))}.values())
    left, top, scale = _frame([corner for land in shown for corner in land.corners] + points)
    placed = tuple(((x - left) / scale, (y - top) / scale) for x, y in points)
    distance = min(TARGET_PX, sqrt(WIDTH_PX * HEIGHT_PX / 3 / max(1, len(points))))
    inner: Box = (EDGE_PX, EDGE_PX, WIDTH_PX - EDGE_PX, HEIGHT_PX - EDGE_PX)
    marks = tuple(spread(placed, distance, within=inner))
    view_box = f"{left:.0f} {top:.0f} {WIDTH_PX * scale:.0f} {HEIGHT_PX * scale:.0f}"
    return _Sheet(view_box, shown, placed, marks, round(distance / 2, 1))


def _frame(points: Sequence[Point]) -> tuple[float, float, float]:
    """Left and top of the sheet and the kilometres of one pixel, so that all points lie in the middle with an edge."""
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    wide, high = max(MIN_LAND_KM, max(xs) - min(xs)), max(MIN_LAND_KM, max(ys) - min(ys))
    scale = max(wide / (WIDTH_PX - 2 * EDGE_PX), high / (HEIGHT_PX - 2 * EDGE_PX))
    return (min(xs) + max(xs) - WIDTH_PX * scale) / 2, (min(ys) + max(ys) - HEIGHT_PX * scale) / 2, scale


def _per_cent(point: Point) -> tuple[float, float]:
    return round(point[0] / WIDTH_PX * 100, 2), round(point[1] / HEIGHT_PX * 100, 2)
