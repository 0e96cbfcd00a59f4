"""Processes of a run: kept running, dying with the runner, stopped in time."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from services.local import run_file
from services.local.fleet import Fleet
from services.local.home import Home
from services.local.keeper import Keeper
from services.local.processes import LOG_BYTES, Child, Command, rotate, tail
from services.local.trouble import Trouble
from services.testing import eventually

OBEDIENT = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {OBEDIENT}"
# a parent that starts a child the way the runner does, tells its pid, and waits to be killed
PARENT = """
import asyncio, sys
from pathlib import Path
from services.local.processes import Child, Command
async def main():
    argv = (sys.executable, "-c", "import time; time.sleep(60)")
    child = await Child.start(Command(name="child", argv=argv, log=Path(sys.argv[1]), env={}))
    print(child.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
async def fleet(home: Home) -> AsyncIterator[Fleet]:
    ours = Fleet(home, "http://127.0.0.1:1")
    yield ours
    ours.kill()
    await ours.stop()


def python(home: Home, name: str, code: str) -> Command:
    return Command(name=name, argv=(sys.executable, "-c", code), log=home.logs / f"{name}.log", env={})


async def until(condition: Callable[[], bool], *, seconds: float = 5) -> None:
    """Fails if it does not become true in time."""

    async def check() -> bool:
        return condition()

    await eventually(check, seconds=seconds)


def another_pid(keeper: Keeper, than: int) -> Callable[[], bool]:
    return lambda: keeper.child is not None and keeper.child.pid != than and keeper.child.running


async def test_a_process_that_is_killed_runs_again_within_a_second(home: Home, fleet: Fleet) -> None:
    """The promise is 5 seconds; `run.json` tells the new pid."""
    keeper = await fleet.start(python(home, "quota_svc", OBEDIENT), 4711)
    assert keeper.child
    old = keeper.child.pid
    os.kill(old, signal.SIGKILL)
    await until(another_pid(keeper, old), seconds=1)
    run = run_file.read(home)
    assert run
    assert [(entry.name, entry.pid, entry.port) for entry in run.processes] == [("quota_svc", keeper.child.pid, 4711)]
    assert run.alive


async def test_a_process_that_is_killed_again_and_again_is_back_within_five_seconds(home: Home, fleet: Fleet) -> None:
    """The pauses between the attempts grow, but stay short."""
    keeper = await fleet.start(python(home, "gateway", OBEDIENT), 1)
    for _ in range(4):
        assert keeper.child
        old = keeper.child.pid
        os.kill(old, signal.SIGKILL)
        await until(another_pid(keeper, old))


async def test_a_process_that_never_stays_up_ends_the_start_with_its_last_words(home: Home, fleet: Fleet) -> None:
    """Instead of an endless wait for it to become ready."""
    await fleet.start(python(home, "booking_svc", "raise SystemExit('no database')"), 1)
    with pytest.raises(Trouble, match=r"booking_svc does not stay up(?s:.*)no database"):
        await asyncio.wait_for(fleet.watch_start(), 10)


@pytest.mark.slow
async def test_everything_stops_in_ten_seconds_even_if_nothing_listens_to_signals(home: Home, fleet: Fleet) -> None:
    """What does not stop when asked is killed; nothing is left, not even the run file."""
    names = ("nats", "postgres", "booking_svc", "quota_svc", "gateway")
    await asyncio.gather(*(fleet.start(python(home, name, STUBBORN), 1) for name in names))
    await until(lambda: all("up" in tail(home.logs / f"{name}.log") for name in names))
    pids = [entry.pid for entry in fleet.entries()]
    begin = time.monotonic()
    await fleet.stop()
    assert time.monotonic() - begin < 10
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert run_file.read(home) is None


async def test_asking_twice_kills_at_once_and_nothing_comes_back(home: Home, fleet: Fleet) -> None:
    """For those who cannot wait: a second Ctrl-C."""
    await fleet.start(python(home, "quota_svc", STUBBORN), 1)
    await until(lambda: "up" in tail(home.logs / "quota_svc.log"))
    pids = [entry.pid for entry in fleet.entries()]
    begin = time.monotonic()
    fleet.kill()
    await fleet.stop()
    assert time.monotonic() - begin < 1
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_the_front_stops_before_the_services_and_these_before_the_servers(home: Home, fleet: Fleet) -> None:
    """So that nothing new comes in, and nobody loses what it stands on while it finishes."""
    note = home.path / "order"
    code = (
        "import signal, sys, time\n"
        f"def stop(*_): open({str(note)!r}, 'a').write(NAME + ' '); sys.exit()\n"
        "for number in (signal.SIGTERM, signal.SIGINT): signal.signal(number, stop)\n"
        "print('up', flush=True); time.sleep(60)"
    )
    names = ("postgres", "nats", "quota_svc", "gateway")
    await asyncio.gather(*(fleet.start(python(home, name, f"NAME = {name!r}\n{code}"), 1) for name in names))
    await until(lambda: all("up" in tail(home.logs / f"{name}.log") for name in names))
    await fleet.stop()
    assert note.read_text().split() == ["gateway", "quota_svc", "nats", "postgres"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
async def test_a_child_dies_with_a_runner_that_is_killed(home: Home) -> None:
    """Nothing is left running that nobody watches."""
    root = Path(__file__).parents[3]
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(home.logs / "child.log"), cwd=root, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    await until(lambda: not _runs(child))


async def test_what_a_killed_runner_left_behind_is_stopped_by_the_next_one(home: Home) -> None:
    """Known by pid and start time, as `run.json` tells."""
    left = await Child.start(python(home, "quota_svc", OBEDIENT))
    stranger = await Child.start(python(home, "stranger", OBEDIENT))
    dead = run_file.Entry("runner", pid=2**22 + 1, port=0)
    reused = run_file.Entry("gateway", stranger.pid, port=1, created=12345.0)
    run = run_file.Run(dead, "http://127.0.0.1:1", [run_file.entry("quota_svc", left.pid, 1), reused])
    run_file.write(home, run)
    assert await asyncio.to_thread(run_file.stop_leftovers, home) == ["quota_svc"]
    await asyncio.wait_for(left.process.wait(), 5)
    assert stranger.running
    await stranger.stop()


def test_nothing_is_stopped_without_a_run_file(home: Home) -> None:
    """The first start of a data folder."""
    assert run_file.stop_leftovers(home) == []


def test_a_torn_run_file_counts_as_none(home: Home) -> None:
    """A start must not fail because of it."""
    home.run_file.write_text('{"runner": {')
    assert run_file.read(home) is None
    assert run_file.stop_leftovers(home) == []


def test_a_log_is_cut_and_its_last_part_kept(tmp_path: Path) -> None:
    """While its process goes on appending to it."""
    log = tmp_path / "gateway.log"
    with log.open("ab", buffering=0) as file:
        file.write(b"x" * LOG_BYTES + b"the end\n")
        rotate(log)
        file.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert log.with_name("gateway.log.1").read_bytes().endswith(b"the end\n")


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
