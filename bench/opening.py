"""(d) 06:00: a new day opens, and 10,000 citizens want one of its 3,000 slots, as fast as they can.

Each wants one time and, when that is taken, one other; every tenth asks for six times at once, above the limit of
four. They begin before the hour, and ask again while the day is not open or when the answer is 503.
"""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import city, load
from bench.load import Answer, Round
from bench.requests import Citizens, Place, hold, places
from bench.sizes import Size
from bench.system import Failed, System, query

JUST_BEFORE = "2027-03-01T05:59:58"
GREEDY_EVERY, GREEDY_ASKS = 10, 6
AGAIN = frozenset({"outside_window", "unavailable"})
EXPECTED = AGAIN | {"201", "slot_full", "quota_exhausted"}
OVERSOLD = """
SELECT count(*) FROM slot
WHERE capacity < (SELECT count(*) FROM booking WHERE slot_id = slot.id AND status = 'held')
"""
OVER_QUOTA = f"""
SELECT count(*) FROM (
    SELECT applicant_key FROM booking WHERE status = 'held'
    GROUP BY applicant_key, date_trunc('month', visit_date) HAVING count(*) > {city.LIMIT}
) AS greedy
"""  # noqa: S608 (of constants only)
COUNTS = {
    "bookings held": ("booking", "SELECT count(*) FROM booking WHERE status = 'held'"),
    "places taken": ("booking", "SELECT sum(taken) FROM slot"),
    "quota used": ("quota", "SELECT sum(used) FROM usage"),
    "quota reserved": ("quota", "SELECT count(*) FROM reservation WHERE state = 'reserved'"),
    "sum of the ledger": ("quota", "SELECT sum(delta) FROM ledger"),
}
"""All of them are the number of 201s: nothing else was booked yet."""


@dataclass(frozen=True)
class Opening:
    """`leaked`: places or quota that belong to nobody, and what `doctor` finds."""

    slots: int
    seconds: float
    p99: float
    codes: Counter[str]
    oversold: int
    over_quota: int
    leaked: list[str]


class Crowd:
    """The requests of all citizens in a mixed order, and what they send again."""

    def __init__(self, slots: Sequence[Place], tokens: Sequence[bytes]) -> None:
        middle = len(slots) // 2
        wanted, others = itertools.cycle(slots), itertools.cycle([*slots[middle:], *slots[:middle]])
        asking = [token for at, token in enumerate(tokens) for _ in range(1 if at % GREEDY_EVERY else GREEDY_ASKS)]
        self._second = {hold(token, next(wanted)): hold(token, next(others)) for token in asking}
        asks = list(self._second)
        random.Random(6).shuffle(asks)  # noqa: S311 (the same crowd every time)
        self._asks = deque(asks)

    def __iter__(self) -> Iterator[bytes]:
        while self._asks:
            yield self._asks.popleft()

    def answered(self, request: bytes, answer: Answer) -> None:
        if answer.code in AGAIN:
            self._asks.append(request)
        elif answer.code == "slot_full" and (other := self._second.pop(request, None)):
            self._asks.append(other)


def measure(system: System, citizens: Citizens, size: Size) -> Opening:
    """Moves the clock to 06:00, and counts everything afterwards."""
    slots = places(system, "opening", city.OPENING_SERVICE, since=city.NEW_DAY)
    crowd = Crowd(slots, citizens.tokens(size.citizens))
    system.vizyt("clock", "set", JUST_BEFORE)
    opens = time.perf_counter() + (city.OPENS_AT - system.now()).total_seconds()
    done = load.run(system.port, iter(crowd), clients=size.crowd, answered=crowd.answered)
    if unexpected := set(done.codes) - EXPECTED:
        raise Failed(f"at the opening: {unexpected}")
    system.settle()
    after = Round([answer for answer in done.answers if answer.began > opens], done.cpu)
    sold = done.codes["201"]
    return Opening(
        slots=len(slots),
        seconds=max(answer.ended for answer in done.answers if answer.code == "201") - opens,
        p99=after.milliseconds(0.99),
        codes=done.codes,
        oversold=max(_count(system, "booking", OVERSOLD), sold - len(slots)),
        over_quota=_count(system, "booking", OVER_QUOTA),
        leaked=[*_leaks(system, sold), *([] if sold == len(slots) else [f"{len(slots) - sold} slots left"])],
    )


def _leaks(system: System, sold: int) -> list[str]:
    counts = {what: _count(system, name, statement) for what, (name, statement) in COUNTS.items()}
    wrong = [f"{what}: {count}, answered 201: {sold}" for what, count in counts.items() if count != sold]
    return wrong + system.doctor()


def _count(system: System, database: str, statement: str) -> int:
    return int(query(system.database(database), statement)[0][0] or 0)
