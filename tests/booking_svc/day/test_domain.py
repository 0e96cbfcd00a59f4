"""The figures of a day, made of its bookings."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from booking_svc.day.domain import Entry, Hour, at_desks, counts, figures, hours, line

KYIV = ZoneInfo("Europe/Kyiv")
TODAY = date(2026, 11, 24)


def at(hour, minute=0):
    return datetime(2026, 11, 24, hour, minute, tzinfo=KYIV).astimezone(UTC)


def entry(number=1, status="confirmed", *, hour=10, **more):
    values = {
        "id": UUID(int=number),
        "status": status,
        "centre": "town",
        "service": "passport",
        "starts_at": at(hour),
        "visit_date": TODAY,
        "ticket_number": 999 + number,
        "calls": 0,
        **more,
    }
    return Entry(**{name: values.get(name) for name in Entry._fields})


def test_the_line_is_who_is_here_and_then_who_is_to_come():
    """In the order of calls, and in the order of times; other services and other states are left out."""
    here = [entry(3, hour=12, checked_in_at=at(9)), entry(1, checked_in_at=at(9))]
    awaited = [entry(5, hour=15), entry(4, hour=11)]
    others = [entry(6, service="photo", checked_in_at=at(9)), entry(7, "called", desk="town-1", checked_in_at=at(9))]
    found = line([*here, *awaited, *others], ["passport", "permit"])
    assert (found.here, found.awaited) == (here, awaited[::-1])


def test_who_is_at_a_desk():
    """Called or served there; who was there is not."""
    called, serving = entry(1, "called", desk="town-1"), entry(2, "serving", desk="town-2")
    assert at_desks([called, serving, entry(3, "finished", desk="town-3")]) == {"town-1": called, "town-2": serving}


def test_the_figures_of_a_desk():
    """By outcome; a skipped visitor was called, too; the mean is of its own services only."""
    entries = [
        entry(1, "finished", desk="a", outcome="served", serving_seconds=300, called_to=["a"]),
        entry(2, "finished", desk="a", outcome="failed", serving_seconds=601, called_to=["b", "a"]),
        entry(3, "finished", desk="b", outcome="served", serving_seconds=5000, called_to=["a", "b"]),
        entry(4, "missed", desk="a", called_to=["a"]),
        entry(5, "missed"),
        entry(6, "refused", desk="a", called_to=["a"]),
        entry(7, "serving", desk="a", called_to=["a"]),
        entry(8, "finished", desk="a", outcome="missing_documents", serving_seconds=0, called_to=["a"]),
    ]
    own = figures(entries, "a")
    assert (own.called, own.served, own.failed, own.missing_documents) == (7, 1, 1, 1)
    assert (own.refused, own.missed, own.finished, own.mean_serving_seconds) == (1, 1, 3, 300)
    assert figures([], "a").mean_serving_seconds is None


def test_the_counts_of_a_day():
    """The cancelled stand apart; who came is counted whatever became of the visit."""
    entries = [
        entry(1),
        entry(2, checked_in_at=at(9)),
        entry(3, "called", checked_in_at=at(9)),
        entry(4, "missed"),
        entry(5, "cancelled", checked_in_at=at(9)),
        entry(6, "finished", checked_in_at=at(9), outcome="served"),
    ]
    assert counts(entries) == {
        "booked": 5,
        "checked_in": 3,
        "waiting": 1,
        "called": 1,
        "serving": 0,
        "finished": 1,
        "refused": 0,
        "missed": 1,
        "cancelled": 1,
    }


def test_the_hours_of_a_day():
    """By the centre's clock, without gaps, from the first slot or whatever came before it."""
    entries = [
        entry(1, "finished", checked_in_at=at(8, 59), ended_at=at(11, 5)),
        entry(2, "missed", hour=12, ended_at=at(12, 16)),
        entry(3, "cancelled", hour=17),
    ]
    found = hours(entries, [at(9), at(13) + timedelta(minutes=40)], KYIV)
    assert found == [Hour(8, 0, 1, 0), Hour(9, 0, 0, 0), Hour(10, 1, 0, 0), Hour(11, 0, 0, 1), Hour(12, 1, 0, 0),
                     Hour(13, 0, 0, 0)]  # fmt: skip
    assert hours([], [], KYIV) == []
