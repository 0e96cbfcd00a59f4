"""Ids are UUIDs of version 7: they sort by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.ids import uuid7

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1)))  # noqa: DTZ001 (hypothesis wants naive bounds)
def test_version_variant_and_time_are_where_the_rfc_puts_them(moment: datetime) -> None:
    """RFC 9562 §5.7: 48 bits of milliseconds, version 7, variant 10."""
    moment = moment.replace(tzinfo=UTC)
    made = uuid7(moment)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(moment.timestamp() * 1000)


def test_later_ids_are_greater() -> None:
    """Ids of different milliseconds sort by their time, as UUIDs and as text."""
    made = [uuid7(NOW + timedelta(milliseconds=step)) for step in range(500)]
    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_ids_of_one_instant_differ() -> None:
    """74 random bits."""
    assert len({uuid7(NOW) for _ in range(10_000)}) == 10_000
