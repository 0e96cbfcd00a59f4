"""The packaged outlines of countries. Where they come from: README.md."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

Point = tuple[float, float]

FILE = Path(__file__).with_name("lands.json")
NEAR_KM = 6.0


@dataclass(frozen=True, slots=True)
class Land:
    """A country in its internationally recognised borders, in kilometres on the sheet (`projection.project`)."""

    code: str
    """ISO 3166-1, of two letters."""
    outline: str
    """SVG path data, closed."""
    borders: str
    """SVG path data of the lines between its regions, open."""
    rings: tuple[tuple[Point, ...], ...]
    """The outline as corners, the mainland first; islands after it."""

    @property
    def corners(self) -> list[Point]:
        return [corner for ring in self.rings for corner in ring]

    def contains(self, point: Point) -> bool:
        """True inside the outline: a ray to the east leaves it an odd number of times."""
        x, y = point
        return any(sum(_crosses(ring, number, x, y) for number in range(len(ring))) % 2 for ring in self.rings)


def land_of(point: Point) -> Land | None:
    """The country in which a point lies. The outlines are simplified: a port may lie a little outside of them."""
    x, y = point
    around = [point, *((x + east, y + south) for east in (-NEAR_KM, 0, NEAR_KM) for south in (-NEAR_KM, 0, NEAR_KM))]
    return next((land for near in around for land in lands() if land.contains(near)), None)


def _crosses(ring: tuple[Point, ...], number: int, x: float, y: float) -> bool:
    (x1, y1), (x2, y2) = ring[number - 1], ring[number]
    return (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1


@cache
def lands() -> tuple[Land, ...]:
    """All that are packaged; read once."""
    drawn: dict[str, dict[str, str]] = json.loads(FILE.read_text())
    return tuple(Land(code, one["outline"], one["borders"], _rings(one["outline"])) for code, one in drawn.items())


def _rings(outline: str) -> tuple[tuple[Point, ...], ...]:
    return tuple(_corners(ring) for ring in outline.split("z") if ring)


def _corners(ring: str) -> tuple[Point, ...]:
    numbers = [int(number) for number in re.findall(r"-?\d+", ring)]
    steps = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple(accumulate(steps, lambda at, step: (at[0] + step[0], at[1] + step[1])))
