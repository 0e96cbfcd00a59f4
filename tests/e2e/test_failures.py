"""Processes die and hang while citizens book: nothing that was acknowledged is lost, and soon all is well again."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import psutil
import pytest

pytestmark = pytest.mark.slow

RESTART_SECONDS, WORK_SECONDS, STOP_SECONDS = 5.0, 10.0, 10.0
WORKERS, PAUSE_SECONDS = 4, 0.05
TITLES = {"uk": "Тимчасово недоступно", "en": "Temporarily unavailable", "pl": "Chwilowo niedostępne"}


@pytest.fixture(scope="module")
def fragile(new_run: Callable[..., Any]) -> Any:
    """A run of its own, started through make."""
    run = new_run(VIZYT_CLOCK="2027-03-02T09:00:00+02:00")
    run.start("make", "-s", "run")
    return run


class Crowd:
    """Citizens who book one after the other, and repeat every request with its key until it is answered."""

    def __init__(self, run: Any) -> None:
        self.known: dict[str, tuple[Any, str]] = {}
        self.surprises: list[str] = []
        self.acknowledged: list[tuple[float, float]] = []
        self._run, self._stopping = run, threading.Event()
        self._wishes = iter([(run.citizen(), start) for start in run.times(120, centre="hsc-5641") for _ in range(4)])
        self._threads = [threading.Thread(target=self._work) for _ in range(WORKERS)]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def acknowledged_since(self, moment: float) -> bool:
        """Whether work that began after the moment was acknowledged."""
        return any(began > moment for began, _ in self.acknowledged)

    def _work(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            self._book(*next(self._wishes))
            self.acknowledged.append((began, time.monotonic() - began))
            time.sleep(PAUSE_SECONDS)

    def _book(self, citizen: Any, start: str) -> None:
        held = self._insist(lambda: citizen.hold(start, key="hold", centre="hsc-5641"), 201)
        if not held:
            return
        self.known[held["id"]] = citizen, "held"
        for step, status in (("confirm", "confirmed"), ("cancel", "cancelled"))[: 1 + len(self.known) % 2]:
            if self._insist(lambda step=step: citizen.step(held["id"], step, key=step), 200):
                self.known[held["id"]] = citizen, status

    def _insist(self, request: Callable[[], httpx.Response], wanted: int) -> dict[str, Any] | None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                answer = request()
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == wanted:
                return answer.json()
            if answer.status_code != 503:
                break
            assert answer.json()["code"] == "unavailable"
            time.sleep(0.1)
        self.surprises.append(f"{answer.status_code} {answer.text}")
        return None


def test_whatever_is_killed_comes_back_and_nothing_acknowledged_is_lost(fragile: Any, eventually: Any) -> None:
    """kill -9 of each process in turn: restarted within 5 s, new work acknowledged within 10 s."""
    with Crowd(fragile) as crowd:
        for name in ("gateway", "booking_svc", "quota_svc", "nats", "postgres"):
            begin = time.monotonic()
            eventually(lambda begin=begin: crowd.acknowledged_since(begin), seconds=WORK_SECONDS)
            old = fragile.processes()[name]["pid"]
            os.kill(old, signal.SIGKILL)
            killed = time.monotonic()
            eventually(lambda name=name, old=old: _again(fragile, name, old), seconds=RESTART_SECONDS)
            eventually(lambda killed=killed: crowd.acknowledged_since(killed), seconds=WORK_SECONDS)
    assert crowd.surprises == []
    for booking, (citizen, status) in crowd.known.items():
        assert citizen.booking(booking)["status"] == status
        assert [item["id"] for item in citizen.get("bookings").json()["items"]] == [booking]
    eventually(lambda: fragile.vizyt("doctor").returncode == 0, seconds=15)
    for citizen, status in list(crowd.known.values())[::10]:
        assert citizen.quota("2027-03")["used"] == 1, f"a {status} booking counts once"


def _again(run: Any, name: str, old: int) -> bool:
    pid = run.processes()[name]["pid"]
    return pid != old and psutil.pid_exists(pid)


@pytest.fixture
def frozen(fragile: Any, eventually: Any) -> Iterator[Callable[[str], None]]:
    """Makes a process hang; it goes on after the test."""
    pids: list[int] = []

    def freeze(name: str) -> None:
        pids.append(fragile.processes()[name]["pid"])
        os.kill(pids[-1], signal.SIGSTOP)

    yield freeze
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: fragile.anybody().get("status").status_code == 200, seconds=WORK_SECONDS)


def test_a_hanging_quota_svc_is_503_and_the_same_key_goes_on_later(
    fragile: Any, frozen: Callable[[str], None], refused: Any, eventually: Any
) -> None:
    """In the caller's language, within the deadline; reads of the others go on; the repetition makes one booking."""
    citizen, start = fragile.citizen(), fragile.time()
    frozen("quota_svc")
    for language in ("uk", "en", "pl"):
        begin = time.monotonic()
        problem = refused(citizen.reading(language).hold(start, key="again"), 503, "unavailable")
        assert time.monotonic() - begin < 9
        assert problem["title"] == TITLES[language]
    status = fragile.anybody().get("status")
    assert status.status_code == 503
    assert {name for name, state in status.json()["services"].items() if state != "ok"} == {"quota_svc"}
    assert fragile.http.get("/readyz").status_code == 200, "one dead service does not make the gateway unready"
    assert fragile.slots("2027-03-10")
    os.kill(fragile.processes()["quota_svc"]["pid"], signal.SIGCONT)
    booking = eventually(lambda: _made(citizen.hold(start, key="again")), seconds=WORK_SECONDS)
    assert [item["id"] for item in citizen.get("bookings").json()["items"]] == [booking]
    eventually(lambda: citizen.quota("2027-03")["used"] == 1, seconds=WORK_SECONDS)
    eventually(lambda: fragile.vizyt("doctor").returncode == 0, seconds=15)


def _made(answer: httpx.Response) -> str:
    return str(answer.json()["id"]) if answer.status_code == 201 else ""


def test_a_hanging_booking_svc_is_503_never_a_hang(fragile: Any, frozen: Callable[[str], None], refused: Any) -> None:
    """Reads within 5 seconds; the gateway itself answers as ever."""
    frozen("booking_svc")
    begin = time.monotonic()
    refused(fragile.anybody().reading("pl").get("centres"), 503, "unavailable")
    assert time.monotonic() - begin < 5
    assert fragile.http.get("/livez").status_code == 200
    done = fragile.vizyt("doctor")
    assert done.returncode == 1
    assert "booking_svc" in done.stdout + done.stderr


def test_it_stops_within_ten_seconds_and_finds_everything_again(fragile: Any, town: Any, eventually: Any) -> None:
    """SIGTERM leaves no process; the next run has bookings, tokens, clock as they were; another run never noticed."""
    citizen = fragile.citizen()
    booking = citizen.confirmed(fragile.time())
    fragile.clock("advance", "35d")
    eventually(lambda: citizen.booking(booking["id"])["status"] == "missed", seconds=5)
    booking = citizen.booking(booking["id"])
    others, pids = town.processes(), [item["pid"] for item in fragile.processes().values()]
    assert not {item["pid"] for item in others.values()} & set(pids)
    assert fragile.stop() < STOP_SECONDS
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    with pytest.raises(httpx.ConnectError):
        fragile.http.get("/livez")
    assert fragile.vizyt("ps").returncode == 1
    stopped = fragile.now()
    fragile.start()
    assert citizen.booking(booking["id"]) == booking
    assert timedelta() <= fragile.now() - stopped < timedelta(seconds=60)
    assert fragile.told("doctor") == "all is well"
    assert town.processes() == others
    assert abs(town.now() - datetime.fromisoformat("2027-03-02T09:00:00+02:00")) < timedelta(hours=1)
