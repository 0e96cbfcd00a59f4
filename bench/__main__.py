"""`python -m bench`: everything, in under five minutes. `--smallest`: every step once, for the bench's own test."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import ExitStack, closing

from bench import (
    city,
    day,
    figures,
    importing,
    machine,
    opening,
    others,
    past,
    reads,
    results,
    screens,
    sizes,
    system,
    table,
)
from bench.bookings import Bookings
from bench.measure import Meter
from bench.requests import Citizens
from bench.results import Results
from bench.sizes import Size
from services.local import home


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped and removed
    smallest = sys.argv[1:] == ["--smallest"]
    if sys.argv[1:] and not smallest:
        sys.exit("usage: python -m bench [--smallest]")
    found = Bench(sizes.SMALLEST if smallest else sizes.WHOLE).run()
    print(found.markdown())  # noqa: T201 (the command's output)
    results.write_json(found.rows, home.current().path / "bench.json")
    if not smallest:
        results.write_readme(found.markdown())


class Bench:
    """One run of the real system, from nothing. The opening comes first: its counts need a store with nothing else."""

    def __init__(self, size: Size) -> None:
        self._size, self._began = size, time.monotonic()

    def run(self) -> Results:
        load = os.getloadavg()[0]
        with ExitStack() as stack:
            self._say("the system starts")
            real = stack.enter_context(system.running())
            citizens = stack.enter_context(closing(Citizens(real)))
            found = Results(machine.describe(real, load_before=load))
            self._opening(real, citizens, found)
            self._say("the yardsticks start")
            beside = stack.enter_context(others.running(real))
            self._reads(real, beside, found)
            self._bookings(real, Bookings(real, beside, citizens, self._size), found)
            self._say("the system stops")
        found.notes.append(f"It took {time.monotonic() - self._began:.0f} s.")
        return found

    def _opening(self, real: system.System, citizens: Citizens, found: Results) -> None:
        real.load(city.bench())
        real.load(city.opening(self._size))
        self._say("06:00")
        found.add(table.opening(opening.measure(real, citizens, self._size)))

    def _reads(self, real: system.System, beside: others.Others, found: Results) -> None:
        self._say("reads")
        made, sizes = reads.measure(real, beside, self._size)
        found.add(table.reads(made, sizes), notes=table.spent("c", made, reads.TARGETS))

    def _bookings(self, real: system.System, bookings: Bookings, found: Results) -> None:
        self._say("bookings over a thousand slots")
        spread = bookings.spread()
        found.add(table.spread(spread), notes=table.spent("a", spread, ["gateway 32"]))
        self._say("bookings on one hot slot")
        hot = bookings.hot()
        found.add(table.hot(hot), notes=table.spent("b", hot, ["gateway 32"]))
        found.add(table.memory(Meter(real).memory()))
        found.add(table.cpu(spread))
        self._day(real, bookings, found)
        self._say("past ratings")
        found.add(table.ratings(importing.measure(real, self._size), self._size.ratings))
        self._say("figures")
        found.add(table.figures(figures.measure(real, self._size)))
        self._say("ten times the slots")
        real.load(city.wide(self._size))
        found.add([table.grown("10 times the slots", spread, bookings.again("bench-wide"))])
        self._say("past bookings")
        past.add(real, self._size.past_bookings)
        found.add([table.grown(f"{self._size.past_bookings:,} past bookings", spread, bookings.again("bench-base"))])

    def _day(self, real: system.System, bookings: Bookings, found: Results) -> None:
        self._say("the day in the centre")
        real.load(city.day())
        found.add(table.day(day.measure(real, bookings.limit, self._size), self._size.line))
        self._say("the board")
        found.add(table.screens(screens.measure(real, self._size), self._size.screens))

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._began:4.0f} s: {what}", file=sys.stderr, flush=True)  # noqa: T201 (progress)


if __name__ == "__main__":
    main()
