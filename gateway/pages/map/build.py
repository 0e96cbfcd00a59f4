"""Draws `lands.json` anew: `python -m gateway.pages.map.build world_map.gpkg UA PL`. See README.md for the source."""

from __future__ import annotations

import json
import sqlite3
import struct
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import dist, hypot
from pathlib import Path

from gateway.pages.map.projection import project

Point = tuple[float, float]
Line = tuple[Point, ...]

TOLERANCE_KM = 1.6
"""How far a drawn line may be from the true one: less than a pixel on a phone."""
SMALLEST_KM2 = 40.0
"""Smaller islands would be specks."""
CLAIMED = {"UA": ("Crimea", "Sevastopol")}
"""What the source files under another state, against the internationally recognised borders (UN resolution 68/262)."""
REGIONS = "SELECT geom FROM states_provinces WHERE iso_a2 = ? OR name IN (SELECT value FROM json_each(?))"


def regions(file: Path, country: str) -> Iterator[list[Point]]:
    """The rings of a country's regions, in kilometres on the sheet."""
    with sqlite3.connect(file) as database:
        for (blob,) in database.execute(REGIONS, (country, json.dumps(CLAIMED.get(country, ())))):
            for ring in rings(blob):
                yield [project(latitude, longitude) for longitude, latitude in ring]


def rings(blob: bytes) -> Iterator[list[Point]]:
    """Of a multipolygon in GeoPackage's binary form, little-endian; each ring ends where it began."""
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[blob[3] >> 1 & 7]
    at = 8 + envelope + 5

    def count() -> int:
        nonlocal at
        at += 4
        return int(struct.unpack_from("<I", blob, at - 4)[0])

    for _ in range(count()):
        at += 5
        for _ in range(count()):
            size = count()
            flat = struct.unpack_from(f"<{2 * size}d", blob, at)
            at += 16 * size
            # rounded, so that neighbours' corners are the same corner
            yield [(round(x, 5), round(y, 5)) for x, y in zip(flat[::2], flat[1::2], strict=True)]


def arcs(country: Iterable[list[Point]]) -> Counter[Line]:
    """The lines between corners where regions meet; twice: a border between two of them, once: the country's edge."""
    found = list(country)
    edges = Counter(frozenset(edge) for ring in found for edge in pairwise(ring))
    degrees = Counter(point for edge in edges for point in edge)
    # the country's edge also begins and ends where a border reaches it
    corners = {point for point, degree in degrees.items() if degree != 2}
    counted: Counter[Line] = Counter()
    for ring in found:
        for arc in cut(ring[:-1], corners):
            counted[min(arc, arc[::-1])] += 1
    return counted


def cut(ring: list[Point], corners: set[Point]) -> Iterator[Line]:
    begin = next((number for number, point in enumerate(ring) if point in corners), ring.index(min(ring)))
    turned = [*ring[begin:], *ring[:begin], ring[begin]]
    line = turned[:1]
    for point in turned[1:]:
        line.append(point)
        if point in corners:
            yield tuple(line)
            line = [point]
    if len(line) > 1:
        yield tuple(line)


def simplified(line: Line) -> Line:
    """Douglas and Peucker's way: of what lies too far off the straight line, the farthest point stays."""
    first, last = line[0], line[-1]
    offs = [_off(point, first, last) for point in line[1:-1]]
    if not offs or max(offs) <= TOLERANCE_KM:
        return first, last
    farthest = offs.index(max(offs)) + 1
    return (*simplified(line[: farthest + 1]), *simplified(line[farthest:])[1:])


def _off(point: Point, first: Point, last: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, first, last
    if first == last:
        return dist(point, first)
    return abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / hypot(x2 - x1, y2 - y1)


def joined(lines: list[Line]) -> list[Line]:
    """Lines that end where others begin, as rings."""
    rest, found = list(lines), []
    while rest:
        ring = list(rest.pop())
        while ring[0] != ring[-1]:
            index = next(i for i, line in enumerate(rest) if ring[-1] in (line[0], line[-1]))
            line = rest.pop(index)
            ring.extend((line if line[0] == ring[-1] else line[::-1])[1:])
        if area(ring) >= SMALLEST_KM2:
            found.append(tuple(ring))
    return sorted(found, key=area, reverse=True)


def area(ring: Iterable[Point]) -> float:
    points = list(ring)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(points))) / 2


def path(lines: list[Line], *, end: str = "") -> str:
    """SVG path data in whole kilometres, each step from the point before."""
    return "".join(_steps([(round(x), round(y)) for x, y in line], end) for line in lines)


def _steps(points: list[tuple[int, int]], end: str) -> str:
    moves = [(x - before[0], y - before[1]) for before, (x, y) in pairwise(points)]
    told = [f"{x} {y}" for x, y in moves[: -1 if end else None] if (x, y) != (0, 0)]
    return f"M{points[0][0]} {points[0][1]}l" + " ".join(told).replace(" -", "-") + end


def land(file: Path, country: str) -> dict[str, str]:
    found = arcs(regions(file, country))
    outline = joined([simplified(line) for line, times in found.items() if times == 1])
    borders = [simplified(line) for line, times in found.items() if times == 2]
    return {"outline": path(outline, end="z"), "borders": path(sorted(borders))}


if __name__ == "__main__":
    drawn = {country: land(Path(sys.argv[1]), country) for country in sys.argv[2:]}
    Path(__file__).with_name("lands.json").write_text(json.dumps(drawn, indent=1) + "\n")
