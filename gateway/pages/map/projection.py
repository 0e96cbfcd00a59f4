"""Where a place on the globe lies on the sheet: a conic projection, as for maps of countries at these latitudes."""

from __future__ import annotations

from math import cos, log, pi, radians, sin, tan

EARTH_RADIUS_KM = 6371.0
SOUTH, NORTH = radians(46), radians(52)
"""The parallels that keep their length: between them lies what is drawn, and shapes stay as they are known."""
MIDDLE = radians(28)
"""The meridian that stands upright."""


def _widening(latitude: float) -> float:
    return tan(pi / 4 + latitude / 2)


CONE = log(cos(SOUTH) / cos(NORTH)) / log(_widening(NORTH) / _widening(SOUTH))
SCALE = EARTH_RADIUS_KM * cos(SOUTH) * _widening(SOUTH) ** CONE / CONE
ORIGIN = SCALE / _widening(radians(49)) ** CONE


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Kilometres to the east and to the south of 49° N, 28° E, from degrees (Lambert's conformal conic projection)."""
    distance = SCALE / _widening(radians(latitude)) ** CONE
    angle = CONE * (radians(longitude) - MIDDLE)
    return distance * sin(angle), distance * cos(angle) - ORIGIN
