"""From rounds to figures: turns that take all ways one after the other, and the median of each way's turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import psutil

from bench.load import Round
from bench.system import NAMES, System

LOAD = "load"
"""The clients' own name among the processes."""
WARM_UP = 10


@dataclass(frozen=True)
class Measured:
    """`cpu`: microseconds per answer, by process. Latencies in milliseconds."""

    per_second: float
    p50: float = 0.0
    p99: float = 0.0
    cpu: Mapping[str, float] = field(default_factory=dict)


Way = tuple[Callable[[int], Measured], int]
"""Measures so many requests; and how many they are in a whole turn."""


def interleaved(ways: Mapping[str, Way], *, turns: int) -> dict[str, Measured]:
    """The medians. A short turn goes before, to warm up; what disturbs the machine meets all ways alike."""
    for run, count in ways.values():
        run(max(1, count // WARM_UP))
    measured: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, (run, count) in ways.items():
            measured[name].append(run(count))
    return {name: middle(several) for name, several in measured.items()}


def middle(several: Sequence[Measured]) -> Measured:
    """The median of each figure by itself."""
    return Measured(
        per_second=median(one.per_second for one in several),
        p50=median(one.p50 for one in several),
        p99=median(one.p99 for one in several),
        cpu={name: median(one.cpu[name] for one in several) for name in several[0].cpu},
    )


def figures(done: Round, cpu: Mapping[str, float] | None = None) -> Measured:
    """`cpu`: seconds by process."""
    count = len(done.answers)
    seconds = {**(cpu or {}), LOAD: done.cpu}
    each = {name: spent / count * 1e6 for name, spent in seconds.items()}
    return Measured(done.per_second, done.milliseconds(0.5), done.milliseconds(0.99), each)


class Meter:
    """CPU and memory of the system's processes."""

    def __init__(self, system: System) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in system.pids.items()}

    def cpu(self) -> dict[str, float]:
        """Seconds so far, with all children."""
        return {name: sum(map(_seconds, _family(self._processes[name]))) for name in NAMES}

    def since(self, before: Mapping[str, float]) -> dict[str, float]:
        return {name: seconds - before[name] for name, seconds in self.cpu().items()}

    def memory(self) -> dict[str, float]:
        """MiB: resident, and for PostgreSQL the sum of its processes with what they share counted once."""
        return {name: sum(map(_bytes, _family(self._processes[name]))) / 2**20 for name in NAMES}


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    """Its own, and that of its children that have ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _bytes(process: psutil.Process) -> int:
    """A forked family shares pages; each is given its share of them where the kernel tells."""
    try:
        shared = process.parent() and process.name() == "postgres"
        return int(process.memory_full_info().pss if shared else process.memory_info().rss)
    except (psutil.Error, AttributeError):
        return 0
