"""Bookings per second: over a thousand slots, on one hot slot, and again when there is more in the store."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from bench import city, load
from bench.limit import Limit
from bench.measure import Measured, Meter, Way, figures, interleaved
from bench.others import Others
from bench.requests import Citizens, Place, places
from bench.sizes import Size
from bench.system import System

CLIENTS = (32, 64)
Figures = dict[str, Measured]


class Bookings:
    """Every hold is made by a new citizen with a new token, and every one must succeed."""

    def __init__(self, system: System, others: Others, citizens: Citizens, size: Size) -> None:
        self._system, self._others, self._citizens, self._size = system, others, citizens, size
        self._meter, self.limit = Meter(system), Limit(system)

    def spread(self) -> Figures:
        """(a)"""
        size, wanted = self._size, self._wanted("bench-base")
        ways: dict[str, Way] = {
            "limit": (self._spread_limit, size.limit_bookings),
            "bare": (partial(self._other, self._others.bare, wanted), size.bare_bookings),
            "orm direct": (partial(self._other, self._others.orm, wanted), size.orm_bookings),
            "orm gateway": (partial(self._other, self._others.orm_gateway, wanted), size.orm_bookings),
            **self._real_ways(wanted, size.bookings),
            "keyed 32": (partial(self._keyed, wanted), size.bookings),
        }
        return interleaved(ways, turns=size.rounds)

    def hot(self) -> Figures:
        """(b): one slot after the other, each until its 500 places are taken."""
        size, slots = self._size, places(self._system, "bench-hot", city.SERVICE)
        wanted = itertools.chain.from_iterable(itertools.repeat(slot, city.HOT_PLACES) for slot in slots)
        ways: dict[str, Way] = {
            "limit 32": (partial(self._hot_limit, 32), size.hot_limit_bookings),
            "limit 8": (partial(self._hot_limit, 8), size.hot_limit_bookings),
            **self._real_ways(wanted, size.hot_bookings),
        }
        return interleaved(ways, turns=size.rounds)

    def again(self, prefix: str) -> Figures:
        """(e): the gateway once more, over the slots of these centres, and the limit to compare the hours by."""
        ways: dict[str, Way] = {
            "limit": (self._spread_limit, self._size.limit_bookings),
            "gateway 32": (
                partial(self._real, self._system.port, self._wanted(prefix), clients=32),
                self._size.bookings,
            ),
        }
        return interleaved(ways, turns=self._size.rounds)

    def _wanted(self, prefix: str) -> Iterator[Place]:
        return itertools.cycle(places(self._system, prefix, city.SERVICE))

    def _real_ways(self, wanted: Iterator[Place], count: int) -> dict[str, Way]:
        ports = {"gateway": self._system.port, "direct": self._system.direct_port}
        return {
            f"{way} {clients}": (partial(self._real, port, wanted, clients=clients), count)
            for clients in CLIENTS
            for way, port in ports.items()
        }

    def _real(self, port: int, wanted: Iterator[Place], count: int, *, clients: int) -> Measured:
        return self._metered(port, self._citizens.holds(wanted, count), clients)

    def _keyed(self, wanted: Iterator[Place], count: int) -> Measured:
        return self._metered(self._system.port, self._citizens.holds(wanted, count, keyed=True), 32)

    def _metered(self, port: int, requests: Iterator[bytes], clients: int) -> Measured:
        """With the CPU of all processes until the events of these bookings are published."""
        before = self._meter.cpu()
        done = load.run(port, load.capped(requests), clients=clients).only("201")
        self._system.settle()
        return figures(done, self._meter.since(before))

    def _other(self, port: int, wanted: Iterator[Place], count: int) -> Measured:
        return figures(load.run(port, load.capped(self._citizens.holds(wanted, count)), clients=32).only("201"))

    def _spread_limit(self, count: int) -> Measured:
        return Measured(self.limit.spread(count))

    def _hot_limit(self, clients: int, count: int) -> Measured:
        return Measured(self.limit.hot(count, clients=clients))
