"""The real thing, started as a user starts it: `./vizyt run` with a folder and a port of its own, and who calls it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx

from services.local import postgres_place

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
CITIZENS_AT_ONCE = 120
SERVICE, CENTRE = "vehicle-registration", "hsc-0741"


class Run:
    """One local run with a folder and a port of its own."""

    def __init__(self, base: Path, **env: str) -> None:
        self.home, self.output = base / "home", base / "output"
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=15, trust_env=False)
        kept = {name: value for name, value in os.environ.items() if not re.search(r"^VIZYT|_URL$|^PORT$", name)}
        self.env = kept | {"VIZYT_HOME": str(self.home), "PORT": str(self.port), "VIZYT_DEMO_RATINGS": "0"} | env
        self.process: subprocess.Popen[bytes] | None = None
        self._citizens: list[str] = []
        self._taken = 0
        self._times: dict[str, int] = {}

    def start(self, *command: str) -> float:
        """Starts it and waits for the ready line; gives the seconds it took."""
        begin = time.monotonic()
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command or ("./vizyt", "run"), cwd=ROOT, env=self.env, stdout=output, stderr=subprocess.STDOUT
            )
        while f"ready: {self.url}" not in self.output.read_text().splitlines():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() - begin < PATIENCE_SECONDS, self.output.read_text()
            time.sleep(0.05)
        return time.monotonic() - begin

    def stop(self) -> float:
        """Asks it to stop; gives the seconds it took."""
        begin = time.monotonic()
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - begin

    def vizyt(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["./vizyt", *arguments], cwd=ROOT, env=self.env | env, capture_output=True, text=True, timeout=60
        )

    def told(self, *arguments: str) -> str:
        """The output of a command that succeeds."""
        done = self.vizyt(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def processes(self) -> dict[str, dict[str, Any]]:
        return {item["name"]: item for item in json.loads(self.told("ps", "--json"))}

    def now(self) -> datetime:
        return datetime.fromisoformat(self.told("clock", "show"))

    def clock(self, *arguments: str) -> None:
        """Moves the clock. Tokens made before may have run out then."""
        self.told("clock", *arguments)
        self._citizens = []

    def caller(self, role: str, *options: str) -> Caller:
        return Caller(self, self.told("token", role, *options))

    def anybody(self) -> Caller:
        return Caller(self, None)

    def citizen(self) -> Caller:
        """An invented citizen whom no other test knows."""
        if not self._citizens:
            first = 1001 + self._taken
            options = ("--count", str(CITIZENS_AT_ONCE), "--first", str(first))
            self._citizens = self.told("token", "citizen", *options).splitlines()
            self._taken += CITIZENS_AT_ONCE
        return Caller(self, self._citizens.pop(0))

    def slots(self, day: str | date, *, centre: str = CENTRE, service: str = SERVICE) -> list[dict[str, Any]]:
        query = {"centre": centre, "service": service, "date": str(day)}
        return self.http.get("/api/v1/slots", params=query).raise_for_status().json()["items"]

    def free(self, starts_at: str, *, centre: str = CENTRE, service: str = SERVICE) -> int:
        """The places that are shown at this time; 0 when it is not shown."""
        found = self.slots(starts_at[:10], centre=centre, service=service)
        return next((slot["free"] for slot in found if slot["starts_at"] == starts_at), 0)

    def times(self, count: int, *, centre: str = CENTRE, service: str = SERVICE) -> list[str]:
        """Times of coming days, the same one never twice, so that tests do not meet."""
        items = self.http.get("/api/v1/availability", params={"service": service}).json()["items"]
        days = sorted(next(item["days"] for item in items if item["centre"] == centre))
        starts = [slot["starts_at"] for day in days[1:] for slot in self.slots(day, centre=centre, service=service)]
        begin = self._times.get(centre, 0)
        self._times[centre] = begin + count
        return starts[begin : begin + count]

    def time(self, *, centre: str = CENTRE) -> str:
        return self.times(1, centre=centre)[0]


class Caller:
    """Somebody with a token, and the language that they read."""

    def __init__(self, run: Run, token: str | None, language: str = "en") -> None:
        self.run, self.token, self.language = run, token, language

    def reading(self, language: str) -> Caller:
        return Caller(self.run, self.token, language)

    @contextmanager
    def open(self, method: str, path: str, *, key: str | None = None, **options: Any) -> Iterator[httpx.Response]:
        """An answer whose body is still to come."""
        headers = {"Accept-Language": self.language} | options.pop("headers", {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        with self.run.http.stream(method, f"/api/v1/{path}", headers=headers, **options) as answer:
            yield answer

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        with self.open(method, path, **options) as answer:
            answer.read()
        return answer

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.send("GET", path, params=query or None)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        return self.send("POST", path, json=body, key=key)

    def hold(self, starts_at: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        wish = {"centre": CENTRE, "service": SERVICE, "starts_at": starts_at} | more
        return self.post("bookings", wish, key=key)

    def held(self, starts_at: str, **more: Any) -> dict[str, Any]:
        answer = self.hold(starts_at, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def step(self, booking_id: str, step: str, *, key: str | None = None) -> httpx.Response:
        return self.post(f"bookings/{booking_id}/{step}", key=key)

    def confirmed(self, starts_at: str, **more: Any) -> dict[str, Any]:
        answer = self.step(self.held(starts_at, **more)["id"], "confirm")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def booking(self, booking_id: str) -> dict[str, Any]:
        return self.get(f"bookings/{booking_id}").raise_for_status().json()

    def quota(self, period: str, *, organisation: str = "hsc", channel: str = "online") -> dict[str, Any]:
        """The item of one period."""
        items = self.get("quota", organisation=organisation).raise_for_status().json()["items"]
        return next(i for i in items if (i["channel"], i["period"]) == (channel, period))


def seen(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, after everything that all of them have in common was checked."""
    assert answer.headers["content-type"].split(";")[0] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["code"]) == (status, code), answer.text
    assert document["status"] == status
    assert all(document[member] for member in ("type", "title", "detail", "trace_id"))
    assert "Traceback" not in answer.text
    assert ("retry-after" in answer.headers) == (status in (429, 503))
    return document


def wait_until(check: Callable[[], Any], *, seconds: float) -> Any:
    """What the check gives, as soon as it is true; connections that break meanwhile are what the test is about."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            result = check()
        except (httpx.HTTPError, KeyError, StopIteration):
            result = None
        if result:
            return result
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


@contextmanager
def local_runs() -> Iterator[Callable[..., Run]]:
    """Makes runs, not yet started; each has ended and left nothing behind afterwards."""
    runs: list[tuple[Path, Run]] = []

    def make(**env: str) -> Run:
        base = Path(tempfile.mkdtemp(prefix="vizyt-e2e-"))
        base.chmod(0o711)
        runs.append((base, Run(base, **env)))
        return runs[-1][1]

    try:
        yield make
    finally:
        for base, run in runs:
            run.stop()
            run.http.close()
            postgres_place.discard(run.home / "postgres")
            shutil.rmtree(base)
