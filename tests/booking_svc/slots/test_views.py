"""The answers about free places: what they say, and how long their bytes hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
import pytest

from booking_svc.catalogue.domain import Centre, Desk, Organisation, Queue, Service, Snapshot
from booking_svc.slots.domain import slots_of
from booking_svc.slots.memory import FreeSlots
from booking_svc.slots.timeline import Rendered
from booking_svc.slots.views import Availability, slots

NAME = {"uk": "Назва", "en": "Name", "pl": "Nazwa"}
HOURS = ((540, 600),)
EIGHT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
"""08:00 in Kyiv on a Tuesday."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Show = Callable[..., Rendered]


def snapshot(**rules: Any) -> Snapshot:
    """Centres `a` and `b`, each open 09:00–10:00 every day, a slot each half an hour."""
    organisation = Organisation("city", NAME, "Europe/Kyiv", **{"window_days": 3, "opens_at": time(6), **rules})
    return Snapshot({"city": organisation}, {"photo": Service("photo", NAME, 30)}, {key: centre(key) for key in "ab"})


def centre(key: str) -> Centre:
    return Centre(
        id=key,
        organisation="city",
        name=NAME,
        region_code="UA07",
        region_name=NAME,
        territory="UA07",
        address=NAME,
        latitude=50.0,
        longitude=25.0,
        time_zone="Europe/Kyiv",
        hours=(HOURS,) * 7,
        desks=(Desk(f"{key}-1", 1, ("photo",)),),
        queues=(Queue(f"{key}-photo", key, "photo", ("photo",), 30, 1),),
    )


CITY = snapshot()


def row(key: str, first_id: int) -> dict[str, Any]:
    """Both slots of each of the next five days, one place in each."""
    zone = CITY.centres[key].zone
    days = [date(2026, 11, 24) + n * DAY for n in range(5)]
    starts = [(day, start) for day in days for start in slots_of(day, HOURS, 30, zone)]
    return {
        "queue": f"{key}-photo",
        "ids": list(range(first_id, first_id + len(starts))),
        "starts": [int(start.timestamp()) for _, start in starts],
        "days": [day.toordinal() for day, _ in starts],
        "free": [1] * len(starts),
        "versions": [0] * len(starts),
    }


@pytest.fixture
def memory() -> FreeSlots:
    memory = FreeSlots()
    memory.read([row("a", 1), row("b", 101)])
    return memory


@pytest.fixture
def show(memory: FreeSlots) -> Show:
    """The slots of centre a on a day, as they are answered at a moment."""

    def shown(day: int = 24, now: datetime = EIGHT, city: Snapshot = CITY) -> Rendered:
        one = city.centres["a"]
        return slots(city, memory, (one, one.queues[0], date(2026, 11, day)), now=now)

    return shown


def items(rendered: Rendered) -> list[Any]:
    document = orjson.loads(rendered.body)
    assert document["next"] is None
    found: list[Any] = document["items"]
    return found


def test_a_day_shows_its_times_with_the_offset_of_the_centre(show: Show) -> None:
    """In order, with the free places."""
    assert items(show()) == [
        {"starts_at": "2026-11-24T09:00:00+02:00", "free": 1},
        {"starts_at": "2026-11-24T09:30:00+02:00", "free": 1},
    ]


def test_a_full_slot_is_shown_with_nothing_free(show: Show, memory: FreeSlots) -> None:
    """And a closed one is not shown."""
    memory.apply([(1, 0, 1)])
    assert [item["free"] for item in items(show())] == [0, 1]
    memory.read([{**row("a", 1), "free": [0, -1] + [1] * 8}], ["a-photo"])
    assert [item["free"] for item in items(show())] == [0]


def test_a_slot_is_shown_until_it_begins(show: Show) -> None:
    """At 09:00:00 the slot of nine o'clock is gone."""
    nine = EIGHT + 60 * MINUTE
    assert len(items(show(now=nine - timedelta(microseconds=1)))) == 2
    assert len(items(show(now=nine))) == 1
    assert items(show(now=nine + 30 * MINUTE)) == []


@pytest.mark.parametrize(("day", "count"), [(23, 0), (24, 2), (26, 2), (27, 0)])
def test_only_days_of_the_window_are_shown(show: Show, day: int, count: int) -> None:
    """Three days, today being the first, though the rows of the fourth are there already."""
    assert len(items(show(day))) == count


def test_the_farthest_day_appears_at_six(show: Show) -> None:
    """To the microsecond, from the same rows."""
    six = EIGHT + DAY - 120 * MINUTE
    assert items(show(27, now=six - timedelta(microseconds=1))) == []
    assert len(items(show(27, now=six))) == 2


def test_the_bytes_are_made_once(show: Show, memory: FreeSlots) -> None:
    """As long as nothing changes the very same object is answered; news of another day do not matter."""
    first = show()
    assert show(now=EIGHT + MINUTE) is first
    memory.apply([(3, 0, 1)])
    assert show() is first
    memory.apply([(2, 0, 1)])
    assert show() is not first
    assert show().etag != first.etag


def test_the_same_places_have_the_same_etag(show: Show, memory: FreeSlots) -> None:
    """Taken and given back: whoever kept the answer may keep it on."""
    first = show().etag
    memory.apply([(1, 0, 1)])
    assert show().etag != first
    memory.apply([(1, 1, 2)])
    assert show().etag == first


class Watch:
    """Real time, standing still."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def free(rendered: Rendered) -> dict[str, int]:
    return {item["centre"]: item["free"] for item in items(rendered)}


def test_the_map_counts_the_window_of_every_centre(memory: FreeSlots) -> None:
    """All its days with their free places, and the first free time."""
    memory.apply([(1, 0, 1)])
    found = items(Availability(memory, Watch()).of(CITY, "photo", now=EIGHT))
    assert found[0] == {
        "centre": "a",
        "free": 5,
        "first_free_at": "2026-11-24T09:30:00+02:00",
        "days": {"2026-11-24": 1, "2026-11-25": 2, "2026-11-26": 2},
    }
    assert free(Availability(memory, Watch()).of(CITY, "photo", now=EIGHT)) == {"a": 5, "b": 6}


def test_a_centre_without_free_places_is_on_the_map(memory: FreeSlots) -> None:
    """Grey, not missing: also one whose slots are not there yet."""
    memory.read([{**row("a", 1), "free": [0] * 10}], ["a-photo"])
    memory.read([], ["b-photo"])
    first, second = items(Availability(memory, Watch()).of(CITY, "photo", now=EIGHT))
    assert first["first_free_at"] is None
    assert set(first["days"].values()) == {0}
    assert second == {"centre": "b", "free": 0, "first_free_at": None, "days": {}}


def test_a_change_is_seen_at_once_when_it_is_quiet(memory: FreeSlots) -> None:
    """The map is older than a quarter of a second, so it is made anew."""
    watch = Watch()
    map_of = Availability(memory, watch)
    map_of.of(CITY, "photo", now=EIGHT)
    watch.seconds += 0.25
    memory.apply([(1, 0, 1)])
    assert free(map_of.of(CITY, "photo", now=EIGHT)) == {"a": 5, "b": 6}


def test_under_load_the_map_is_made_four_times_a_second(memory: FreeSlots) -> None:
    """In between it may be that much behind; promised is a second (api.md)."""
    watch = Watch()
    map_of = Availability(memory, watch)
    first = map_of.of(CITY, "photo", now=EIGHT)
    memory.apply([(1, 0, 1)])
    assert map_of.of(CITY, "photo", now=EIGHT) is first
    watch.seconds += 0.26
    assert map_of.of(CITY, "photo", now=EIGHT) is not first


def test_the_clock_goes_before_the_quarter_of_a_second(memory: FreeSlots) -> None:
    """A slot that has begun, or a day that opens, is never shown wrong, however the clock is shifted."""
    map_of = Availability(memory, Watch())
    counts = [
        free(map_of.of(CITY, "photo", now=now))["a"]
        for now in (EIGHT, EIGHT + 60 * MINUTE, EIGHT + 90 * MINUTE, EIGHT + DAY - 121 * MINUTE, EIGHT + DAY)
    ]
    assert counts == [6, 5, 4, 4, 6]


def test_another_catalogue_makes_another_map(memory: FreeSlots) -> None:
    """A centre that was switched off is gone at once."""
    map_of = Availability(memory, Watch())
    map_of.of(CITY, "photo", now=EIGHT)
    fewer = Snapshot(CITY.organisations, CITY.services, {"b": CITY.centres["b"]})
    assert free(map_of.of(fewer, "photo", now=EIGHT)) == {"b": 6}
