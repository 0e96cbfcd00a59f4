"""`run.json`: what runs in a data folder, for the commands and for the start after a run that was killed."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from services.local import postgres
from services.local.home import Home
from services.local.private import write_private
from services.local.trouble import Trouble

PROC = Path("/proc")
START_TICKS = 19  # where /proc/<pid>/stat has it, counted behind the name
TOLERANCE = 2.0
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Entry:
    """One process, with `port` 0 if it listens nowhere. `created` tells it from a later one with the same pid."""

    name: str
    pid: int
    port: int
    created: float = 0.0

    def process(self) -> psutil.Process | None:
        """The process if it is still the same one."""
        try:
            process = psutil.Process(self.pid)
            same = abs(created(self.pid) - self.created) < TOLERANCE
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except (psutil.Error, OSError):
            return None


@dataclass(frozen=True)
class Run:
    """A local run. `environments` has, by service, the settings with which its commands are called."""

    runner: Entry
    url: str
    processes: list[Entry] = field(default_factory=list)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        return self.runner.process() is not None


def entry(name: str, pid: int, port: int) -> Entry:
    """An entry of a process that was just started."""
    with suppress(psutil.Error, OSError):
        return Entry(name, pid, port, created(pid))
    return Entry(name, pid, port)


def created(pid: int) -> float:
    """When a process began: clock ticks since the boot where the kernel tells them, for they stay the same when
    the machine's clock is put right; seconds since 1970 elsewhere.
    """
    if PROC.joinpath("self", "stat").exists():
        stat = PROC.joinpath(str(pid), "stat").read_text()
        return float(stat.rpartition(")")[2].split()[START_TICKS])
    return psutil.Process(pid).create_time()


def write(home: Home, run: Run) -> None:
    """Readable by the owner only: the environments hold passwords."""
    write_private(home.run_file, json.dumps(asdict(run), indent=1))


def read(home: Home) -> Run | None:
    """The run that the file tells of, alive or not."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        content: dict[str, Any] = json.loads(home.run_file.read_text())
        return Run(
            runner=Entry(**content["runner"]),
            url=content["url"],
            processes=[Entry(**item) for item in content["processes"]],
            environments=content["environments"],
        )
    return None


def living(home: Home) -> Run:
    """The run that is going on. Raises `Trouble` when nothing runs."""
    run = read(home)
    if run is None or not run.alive:
        raise Trouble(f"nothing runs in {home.path}: start it with `make run`")
    return run


def stop_leftovers(home: Home) -> list[str]:
    """Ends what a killed runner left behind and names it; touches nothing that is not certainly ours."""
    run = read(home)
    left = list(_leftovers(run)) if run and not run.alive else []
    for item, process in left:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGINT if item.name == postgres.NAME else signal.SIGTERM)
    _, stubborn = psutil.wait_procs([process for _, process in left], timeout=STOP_SECONDS)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=STOP_SECONDS)
    home.run_file.unlink(missing_ok=True)
    return [item.name for item, _ in left]


def _leftovers(run: Run) -> Iterator[tuple[Entry, psutil.Process]]:
    for item in run.processes:
        process = item.process()
        if process is not None and process.pid != os.getpid():
            yield item, process
