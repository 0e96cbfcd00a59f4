"""Events become figures: each once, in any order, on their own day, many at a time."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.contracts import Event, booking, centres, feedback, visits
from services.outbox import pack, row
from services.testing import eventually
from stats_svc.models import PROJECTIONS
from stats_svc.projections.applying import Named
from stats_svc.projections.counting import add_up
from tests.stats_svc.conftest import DAY, World, centre, finished, rated, visit

NOON = datetime.fromisoformat("2026-11-24T12:00:00+02:00")


def remark(kind: type[feedback.RemarkEvent], *, at: str = "hsc-0741", opened: datetime = NOON, **more: Any) -> Any:
    standard = {
        "remark_id": uuid4(),
        "organisation": "hsc",
        "centre": at,
        "desk": None,
        "evaluator": None,
        "opened_at": opened,
        "due_at": opened + timedelta(hours=2),
    }
    return kind(**(standard | more))


def refusals(because: str, n: int, **more: Any) -> booking.RefusalsCounted:
    """Told by booking_svc."""
    standard = {"organisation": "hsc", "centre": "hsc-0741", "service": "licence-exchange", "channel": "online"}
    fields = standard | {"visit_date": DAY, "because": because, "refusals": n} | more
    return booking.RefusalsCounted(**fields)


def some_of_all() -> list[Event]:
    """At least one of every event that is counted, of two centres and several days."""
    stamp = {"starts_at": NOON, "moved_from": NOON, "moved_from_date": DAY}
    events: list[Event] = [centre("hsc-0741"), centre("lublin-bom-main", zone="Europe/Warsaw")]
    for at in ("hsc-0741", "lublin-bom-main"):
        for day in (DAY, DAY + timedelta(days=3)):
            events += [visit(kind, at=at, day=day) for kind in PLAIN for _ in range(3)]
            events += [visit(visits.VisitCalled, at=at, day=day, waiting_seconds=5)]
            events += [visit(visits.VisitRecalled, at=at, day=day, calls=2)]
            events += [visit(visits.VisitMissed, at=at, day=day, because="did_not_come", desk=f"{at}-1")]
            events += [visit(booking.BookingCancelled, at=at, day=day, by="centre", was="confirmed")]
            events += [visit(booking.BookingMoved, at=at, day=day + timedelta(days=1), **stamp)]
            events += [finished(seconds, at=at, day=day) for seconds in (0, 1, 300, 301, 5000)]
            events += [rated(value, at=at, day=day, verified=value > 2) for value in (1, 2, 3, 4, 4)]
    events += [visit(visits.VisitRefused, because="identity_mismatch"), refusals("quota_exhausted", 9)]
    events += [remark(feedback.RemarkOpened, negative=True, commented=True)]
    late = NOON + timedelta(hours=3)
    events += [remark(feedback.RemarkAnswered, answered_at=late, told=False, at="lublin-bom-main")]
    pause: dict[str, Any] = {"organisation": "hsc", "centre": "hsc-0741", "region": "UA07", "reason": "air_raid"}
    return [*events, centres.CentreResumed(**pause, pause_id=uuid4(), since=NOON, at=late)]


PLAIN = (
    booking.BookingHeld,
    booking.BookingConfirmed,
    booking.BookingExpired,
    visits.VisitCheckedIn,
    visits.VisitSkipped,
    visits.VisitStarted,
)
ALL = some_of_all()


async def figures(world: World, schema: str = "public") -> dict[str, Counter[Any]]:
    """All rows of all projections."""
    return {
        table.name: Counter(tuple(found) for found in await world.store.fetch(f"SELECT * FROM {schema}.{table.name}"))
        for table in PROJECTIONS
    }


def expected(events: list[Event]) -> dict[str, Counter[Any]]:
    """What the events add up to in memory."""
    counted = [event for event in events if not event.subject.endswith("_changed.v1")]
    return {name: Counter(rows) for name, rows in add_up(counted, Named()).rows()}


@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_order_of_events_and_their_batches_do_not_matter(chance: random.Random, parts: int) -> None:
    """Sums of any batches in any order are the sums of all at once."""
    events = [event for event in ALL if not event.subject.endswith("_changed.v1")]
    chance.shuffle(events)
    together: dict[str, Counter[Any]] = {}
    for part in range(parts):
        for name, rows in add_up(events[part::parts], Named()).rows():
            width = {"duration": 2, "rating": 6}.get(name, 1)
            for entry in rows:
                sums = together.setdefault(name, Counter())
                sums.update({(entry[:-width], place): value for place, value in enumerate(entry[-width:])})
    for name, rows in expected(ALL).items():
        width = {"duration": 2, "rating": 6}.get(name, 1)
        once = {(entry[:-width], place): value for entry in rows for place, value in enumerate(entry[-width:])}
        assert {key: n for key, n in together[name].items() if n} == {key: n for key, n in once.items() if n}


async def test_events_twice_and_in_any_order_give_the_same_figures(world: World) -> None:
    """Late, doubled, out of order, of several streams at once: each has its effect once, on its own day."""
    shuffled = list(ALL)
    random.Random(7).shuffle(shuffled)
    await world.tell(*ALL[:2])
    rest = [event for event in shuffled if event not in ALL[:2]]
    half = len(rest) // 2
    await world.tell(*rest[:half], repeat=3)
    await world.tell(*rest[half:], repeat=2)
    assert await figures(world) == expected(ALL)
    assert await world.findings() == []


async def test_the_same_event_in_two_messages_has_one_effect(world: World) -> None:
    """Within a batch, and in the next one."""
    envelope = row(rated(), now=world.clock.now())._asdict()

    [item] = pack([envelope])
    for turn in range(5):
        await world.bus.publish([item._replace(message_id=str(turn))])
    world.told += 1
    await eventually(world.all_taken)
    await world.tell(rated(2))
    assert await world.store.fetchval("SELECT sum(n) FROM applied") == 2


async def test_an_instant_belongs_to_the_day_of_its_centre(world: World) -> None:
    """A remark at half past eleven in Warsaw is of that day, though in Kyiv the next has begun."""
    await world.places()
    opened = datetime.fromisoformat("2026-11-24T23:30:00+01:00")
    await world.tell(remark(feedback.RemarkOpened, at="lublin-bom-main", opened=opened, negative=True, commented=False))
    assert await world.store.fetchval("SELECT day FROM tally WHERE what = 'remark_opened'") == DAY


async def test_many_messages_are_one_transaction(world: World) -> None:
    """Four thousand ratings in thirty-two messages: their effects are there all at once."""
    ratings = [rated(1 + number % 4, desk=f"hsc-0741-{number % 8}") for number in range(1500)]
    await world.tell(*ratings)
    stamps = await world.store.fetchval("SELECT count(DISTINCT xmin::text) FROM inbox")
    assert stamps < 12  # messages of 128 and of what the publisher had sent when the consumer asked
    assert await world.store.fetchval("SELECT sum(answers) FROM rating WHERE question = 'overall'") == 1500


async def test_one_bad_event_spoils_nothing(world: World) -> None:
    """It is kept as a dead letter; the others of its batch and message are counted."""
    bad = row(rated(), now=world.clock.now())._asdict()
    bad["envelope"] = bad["envelope"].replace('"day":', '"dey":')
    good = [row(rated(), now=world.clock.now())._asdict() for _ in range(3)]

    await world.bus.publish(pack([*good[:2], bad, good[2]]))
    world.told += 4
    await eventually(world.all_taken, seconds=20)
    assert await world.store.fetchval("SELECT sum(n) FROM applied") == 3
    assert any("dead letter" in finding for finding in await world.findings())


async def test_an_older_name_that_comes_late_is_known_as_such(world: World) -> None:
    """The later version stays."""
    await world.tell(centre("hsc-0741", version=3, zone="Europe/Warsaw"))
    await world.tell(centre("hsc-0741", version=2))
    assert await world.store.fetchval("SELECT time_zone FROM centre") == "Europe/Warsaw"


async def test_a_centre_that_nobody_told_of_is_known_from_its_ratings(world: World) -> None:
    """Its figures are in its region at once, under its code until it has a name."""
    await world.tell(*(rated() for _ in range(5)))
    [item] = (await world.items("ratings", group_by="region")).values()
    assert (item["key"], item["name"]) == ("UA07000000000024379", "UA07000000000024379")
