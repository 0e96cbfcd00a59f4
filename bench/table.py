"""The table: which figure is held against what. The targets are those that were set before anything was built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from bench.measure import LOAD, Measured
from bench.results import Row, at_least, at_most
from bench.system import NAMES, SERVICES

if TYPE_CHECKING:
    from bench.figures import Figures as Counted
    from bench.importing import Rates
    from bench.opening import Opening
    from bench.screens import Delays

Figures = Mapping[str, Measured]
BOOKINGS, READS = "bookings/s", "reads/s"
ENOUGH = {"gateway 32": at_least(0.20), "gateway 64": at_least(0.25)}
HOT_ENOUGH = {"gateway 32": at_least(1.2), "gateway 64": at_least(1.5)}


def spread(made: Figures) -> Iterator[Row]:
    """(a)"""
    limit = made["limit"].per_second
    yield Row("(a) pgbench, one function, 32 clients", limit, BOOKINGS)
    yield Row("(a) bare FastAPI POST, no login, no store", made["bare"].per_second, BOOKINGS, limit)
    for way in ("gateway 32", "gateway 64", "direct 32", "direct 64"):
        yield Row(f"(a) {_told(way)}, of pgbench", made[way].per_second, BOOKINGS, limit, ENOUGH.get(way))
    yield Row("(a) gateway, 32 clients, with Idempotency-Key, of pgbench", made["keyed 32"].per_second, BOOKINGS, limit)
    yield from _compared(made)
    for way in ("gateway 32", "gateway 64", "direct 32", "direct 64"):
        bound = at_most(4) if way == "gateway 32" else None
        yield Row(f"(a) {_told(way)}: p99, of p50", made[way].p99, "ms", made[way].p50, bound)


def _compared(made: Figures) -> Iterator[Row]:
    """With FastAPI alone, with the direct way, with the ORM."""
    real = made["gateway 32"].per_second
    yield Row("(a) gateway, 32 clients, of bare FastAPI", real, BOOKINGS, made["bare"].per_second)
    for clients in (32, 64):
        both = made[f"gateway {clients}"].per_second, made[f"direct {clients}"].per_second
        yield Row(f"(a) gateway, {clients} clients, of direct", both[0], BOOKINGS, both[1], at_least(0.8))
    yield Row("(a) gateway, 32 clients, of the ORM way behind a gateway", real, BOOKINGS,
              made["orm gateway"].per_second, at_least(4))  # fmt: skip
    yield Row("(a) direct, 32 clients, of the ORM way on its own HTTP", made["direct 32"].per_second, BOOKINGS,
              made["orm direct"].per_second)  # fmt: skip


def hot(made: Figures) -> Iterator[Row]:
    """(b)"""
    limit = made["limit 32"].per_second
    yield Row("(b) one hot slot: pgbench, one row, 8 clients", made["limit 8"].per_second, BOOKINGS)
    yield Row("(b) one hot slot: pgbench, one row, 32 clients", limit, BOOKINGS)
    for way in ("gateway 32", "gateway 64", "direct 32", "direct 64"):
        yield Row(
            f"(b) one hot slot: {_told(way)}, of pgbench", made[way].per_second, BOOKINGS, limit, HOT_ENOUGH.get(way)
        )
    yield Row(
        "(b) one hot slot: gateway, 32 clients: p99, of p50", made["gateway 32"].p99, "ms", made["gateway 32"].p50
    )


def reads(made: Figures, sizes: Mapping[str, int]) -> Iterator[Row]:
    """(c)"""
    for name, size in sizes.items():
        what = f"{name.removesuffix(' unchanged')}, {'304' if name.endswith('unchanged') else f'{size:,} bytes'}"
        bare = made[f"bare {name}"].per_second
        yield Row(f"(c) gateway: {what}, of a bare FastAPI GET", made[name].per_second, READS, bare, at_least(0.6))


def opening(hour: Opening) -> Iterator[Row]:
    """(d)"""
    yield Row(f"(d) 06:00, {hour.slots:,} slots: sold out after", hour.seconds, "s")
    yield Row("(d) 06:00: answers", sum(hour.codes.values()), "answers")
    yield Row("(d) 06:00: p99", hour.p99, "ms")
    yield Row("(d) 06:00: oversold", hour.oversold, "places", target=at_most(0))
    yield Row("(d) 06:00: over quota", hour.over_quota, "citizens", target=at_most(0))
    yield Row("(d) 06:00: leaked", len(hour.leaked), "findings", target=at_most(0))


def grown(what: str, before: Figures, now: Figures) -> Row:
    """(e): both as ratios to the limit of their own minutes, so that the machine's moods fall out."""
    then = before["gateway 32"].per_second / before["limit"].per_second
    share = now["gateway 32"].per_second / now["limit"].per_second
    return Row(f"(e) gateway, 32 clients, of pgbench, {what}, of (a)", share, "of pgbench", then, at_least(0.9))


def day(made: Figures, line: int) -> Iterator[Row]:
    """(h)"""
    limit, calls, visits = (made[way] for way in ("limit", "calls", "visits"))
    yield Row(f"(h) calls, {line:,} in line: pgbench, one function, 16 clients", limit.per_second, "calls/s")
    yield Row("(h) calls, 16 desks at once, of pgbench", calls.per_second, "calls/s", limit.per_second)
    yield Row("(h) calls, 16 desks at once: p99, of p50", calls.p99, "ms", calls.p50, at_most(4))
    yield Row("(h) visits, 16 desks: call, verify, start, finish", visits.per_second, "visits/s")
    yield Row("(h) CPU per call: booking_svc", calls.cpu["booking_svc"], "µs")


def screens(delays: Delays, count: int) -> Iterator[Row]:
    """(i)"""
    yield Row(f"(i) {count} screens: from the call to the screen, p50, of the call's own answer", delays.p50, "ms",
              delays.answer_p50)  # fmt: skip
    yield Row(f"(i) {count} screens: from the call to the screen, p99", delays.p99, "ms", target=at_most(1000))


def ratings(rates: Rates, count: int) -> Iterator[Row]:
    """(j)"""
    yield Row(f"(j) import of {count:,} past ratings", rates.imported, "ratings/s", target=at_least(5000))
    yield Row("(j) import, of a plain COPY of the same rows", rates.imported, "ratings/s", rates.copied)


def figures(made: Counted) -> Iterator[Row]:
    """(k)"""
    alone = "(k) events counted, one to a message"
    yield Row(alone, made.single, "events/s")
    yield Row("(k) events counted, packed, of one to a message", made.packed, "events/s", made.single)
    yield Row("(k) from a rating to the public figure: p50", made.delay_p50, "ms")
    yield Row("(k) from a rating to the public figure: p99", made.delay_p99, "ms", target=at_most(1000))
    yield Row(f"(k) a year of {made.ratings:,} ratings, one query: p50", made.query_p50, "ms")
    yield Row(f"(k) a year of {made.ratings:,} ratings, one query: p99", made.query_p99, "ms")


def memory(mebibytes: Mapping[str, float]) -> Iterator[Row]:
    """(f)"""
    for name in NAMES:
        yield Row(f"(f) memory of {name}", mebibytes[name], "MiB", target=at_most(150) if name in SERVICES else None)


def cpu(made: Figures) -> Iterator[Row]:
    """(g)"""
    way = made["gateway 32"]
    for name in NAMES:
        yield Row(f"(g) CPU per booking, gateway, 32 clients: {name}", way.cpu[name], "µs")
    system = sum(way.cpu[name] for name in NAMES)
    yield Row("(g) the clients themselves, of the system", way.cpu[LOAD], "µs", system, at_most(0.15))


def spent(part: str, made: Figures, ways: Iterable[str]) -> list[str]:
    """Where the time goes, for targets that were missed."""
    return [f"({part}) µs of CPU each, {way}: {_parts(made[way].cpu)}" for way in ways]


def _parts(spent: Mapping[str, float]) -> str:
    parts = " + ".join(f"{name} {spent[name]:.0f}" for name in NAMES)
    return f"{parts} = {sum(spent[name] for name in NAMES):.0f}"


def _told(way: str) -> str:
    """`gateway 32` → `gateway, 32 clients`"""
    name, clients = way.split()
    return f"{name}, {clients} clients"
