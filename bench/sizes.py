"""How much is measured: the whole bench, and the smallest one that still does everything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Numbers of requests per round unless said otherwise."""

    rounds: int = 3
    bookings: int = 3_000
    hot_bookings: int = 2_000
    orm_bookings: int = 300
    limit_bookings: int = 10_000
    hot_limit_bookings: int = 3_000
    bare_bookings: int = 6_000
    reads: int = 5_000
    citizens: int = 10_000
    """Who want one of the opening's 3,000 slots."""
    opening_centres: int = 25
    """With 120 slots each on the day that opens."""
    crowd: int = 1_000
    """Connections at the opening."""
    wide_centres: int = 20
    """With 96 slots a day each."""
    past_bookings: int = 1_000_000
    line: int = 5_000
    """Visitors who have checked in."""
    limit_calls: int = 1_000
    calls: int = 240
    visits: int = 48
    screens: int = 500
    shown_calls: int = 40
    ratings: int = 20_000
    """Past ratings of one import."""
    counted: int = 40_000
    """Events that stats_svc counts."""
    shown_ratings: int = 60
    past_centres: int = 490
    """With a year of 28 ratings a day: five million."""
    queries: int = 100


WHOLE = Size()
SMALLEST = Size(
    rounds=1,
    bookings=64,
    hot_bookings=64,
    orm_bookings=32,
    limit_bookings=128,
    hot_limit_bookings=128,
    bare_bookings=64,
    reads=64,
    citizens=400,
    opening_centres=1,
    crowd=50,
    wide_centres=2,
    past_bookings=2_000,
    line=200,
    limit_calls=32,
    calls=32,
    visits=16,
    screens=20,
    shown_calls=3,
    ratings=300,
    counted=600,
    shown_ratings=3,
    past_centres=5,
    queries=5,
)
