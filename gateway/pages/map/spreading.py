"""Marks that would lie on one another are moved apart, each as little as it takes; names stand where there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

ROUNDS = 120
"""More than any arrangement of marks took that a country has."""
NEARLY = 0.01


def spread(points: Sequence[Point], distance: float, *, within: Box) -> list[Point]:
    """The points, at least `distance` from one another where the box has room for that.

    Two on the same spot end one above the other, in the order given; all others keep the direction between them.
    """
    places = [_inside(point, within) for point in points]
    for _ in range(ROUNDS):
        close = list(_close(places, distance - NEARLY))
        if not close:
            break
        for one, other in close:
            places[one], places[other] = _apart(places[one], places[other], distance)
        places = [_inside(place, within) for place in places]
    return places


def _close(places: Sequence[Point], distance: float) -> Iterator[tuple[int, int]]:
    """Pairs nearer than that, the earlier one first; only neighbours from west to east are looked at."""
    order = sorted(range(len(places)), key=lambda number: (places[number], number))
    for position, one in enumerate(order):
        for other in order[position + 1 :]:
            if places[other][0] - places[one][0] >= distance:
                break
            if hypot(places[other][0] - places[one][0], places[other][1] - places[one][1]) < distance:
                yield min(one, other), max(one, other)


def _apart(one: Point, other: Point, distance: float) -> tuple[Point, Point]:
    x, y = other[0] - one[0], other[1] - one[1]
    length = hypot(x, y)
    if length < NEARLY:
        x, y, length = 0.0, 1.0, 1.0
    push = max(0.0, distance - hypot(other[0] - one[0], other[1] - one[1])) / 2
    x, y = x / length * push, y / length * push
    return (one[0] - x, one[1] - y), (other[0] + x, other[1] + y)


def _inside(point: Point, box: Box) -> Point:
    left, top, right, bottom = box
    return min(max(point[0], left), right), min(max(point[1], top), bottom)


def sides(places: Sequence[Point], widths: Sequence[float], *, gap: float, height: float, within: Box) -> list[str]:
    """For each name of that width "right" or "left" of its mark, or "" where it would hide others.

    Earlier names choose first.
    """
    taken = [_around(place, gap) for place in places]
    found = []
    for (x, y), width in zip(places, widths, strict=True):
        boxes = {"right": (x + gap, y - height / 2, x + gap + width, y + height / 2)}
        boxes["left"] = (x - gap - width, y - height / 2, x - gap, y + height / 2)
        side = next((side for side, box in boxes.items() if width and _fits(box, taken, within)), "")
        found.append(side)
        taken += [boxes[side]] if side else []
    return found


def _around(place: Point, reach: float) -> Box:
    return place[0] - reach, place[1] - reach, place[0] + reach, place[1] + reach


def _fits(box: Box, taken: Sequence[Box], within: Box) -> bool:
    left, top, right, bottom = box
    inside = within[0] <= left and right <= within[2]
    return inside and not any(left < b[2] and b[0] < right and top < b[3] and b[1] < bottom for b in taken)
