"""(k) Figures: events counted per second, from a rating to the public figure, and queries over five million ratings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from uuid import uuid4

import httpx

from bench.sizes import Size
from bench.system import Failed, System, query
from services.bus import Bus
from services.contracts.feedback import Rated
from services.local.ports import LOOPBACK
from services.outbox import pack, row

CENTRE, DESK, REGION = "bench-base-01", "bench-hall-1", "bench"
QUESTIONS = ("premises", "services", "staff", "process", "overall")
ANSWERS = dict.fromkeys(QUESTIONS, 4)
PATIENCE_SECONDS = 60.0
YEAR = date(2026, 1, 1)
GROUPS = ("region", "centre", "month", "question", "organisation")
COUNTED = "SELECT coalesce(sum(n), 0)::int AS n FROM applied WHERE subject = 'feedback.rated.v1'"
CENTRES = """
INSERT INTO centre (code, version, organisation, region)
SELECT 'past-' || n, 0, 'past', 'past-' || n % 25 FROM generate_series(1, $1::int) AS n
"""
RATINGS = """
INSERT INTO rating
    (question, day, centre, evaluator, questionnaire, answers, total, positive, negative, verified, flagged)
SELECT question, $1::date + day, 'past-' || centre, '', 'default', $4::bigint, $4::bigint * 4, $4::bigint, 0, 0, 0
FROM unnest($2::text[]) AS question, generate_series(0, 364) AS day, generate_series(1, $3::int) AS centre
"""


@dataclass(frozen=True)
class Figures:
    """Events per second; milliseconds."""

    packed: float
    single: float
    delay_p50: float
    delay_p99: float
    query_p50: float
    query_p99: float
    ratings: int


def measure(system: System, size: Size) -> Figures:
    """The events of the first part are in no archive: `doctor` is asked before."""
    packed = median(asyncio.run(_count(system, size.counted, 128)) for _ in range(size.rounds))
    single = median(asyncio.run(_count(system, size.counted // 10, 1)) for _ in range(size.rounds))
    delays = list(_delays(system, size.shown_ratings))
    ratings = _fill(system, size.past_centres)
    queries = list(_queries(system, size.queries))
    return Figures(packed, single, *_middle(delays), *_middle(queries), ratings)


def _middle(seconds: Sequence[float]) -> tuple[float, float]:
    """Half and 99 of a hundred, in milliseconds."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000


async def _count(system: System, events: int, together: int) -> float:
    """Events per second, told as the relay tells them, so many to a message, until all are counted."""
    now = system.now()
    before = await asyncio.to_thread(_quiet, system)
    rows = [row(event, now=now)._asdict() for event in _rated(events, now)]
    packs = [item for start in range(0, events, together) for item in pack(rows[start : start + together])]
    bus = Bus(system.environment("stats_svc")["NATS_URL"], name="bench")
    await bus.start()
    began = time.perf_counter()
    for start in range(0, len(packs), 256):
        await bus.publish(packs[start : start + 256])
    await asyncio.to_thread(_wait, system, before + events)
    seconds = time.perf_counter() - began
    await bus.stop()
    return events / seconds


def _rated(count: int, now: datetime) -> Iterator[Rated]:
    for number in range(count):
        yield Rated(
            rating_id=uuid4(),
            about="visit",
            organisation="bench",
            centre=CENTRE,
            desk=f"{CENTRE}-{number % 8}",
            region=REGION,
            questionnaire="default",
            questionnaire_version=1,
            evaluator=None,
            answers=ANSWERS,
            channel="qr",
            submitted_at=now,
            day=now.date() - timedelta(days=number % 30),
        )


def _counted(system: System) -> int:
    counted: int = query(system.database("stats"), COUNTED)[0]["n"]
    return counted


def _quiet(system: System) -> int:
    """How many are counted, when no more come."""
    counted = -1
    while counted != (now := _counted(system)):
        counted = now
        time.sleep(0.5)
    return counted


def _wait(system: System, wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _counted(system) < wanted:
        if time.monotonic() > deadline:
            raise Failed("events are not counted")
        time.sleep(0.01)


def _delays(system: System, count: int) -> Iterator[float]:
    """Seconds from the sending of a rating until the public address shows one more."""
    headers = {"authorization": f"Bearer {system.vizyt('token', 'admin').strip()}"}
    base = f"http://{LOOPBACK}:{system.port}/api/v1"
    with httpx.Client(base_url=base, headers=headers, timeout=30) as client:
        code = client.get(f"/feedback/desks/{DESK}").json()["feedback_code"]
        shown = _shown(client)
        for number in range(1, count + 1):
            session = client.post("/feedback/sessions", json={"feedback_code": code}).json()["id"]
            began = time.perf_counter()
            answer = client.post(f"/feedback/sessions/{session}/submit", json={"answers": ANSWERS})
            if answer.status_code != 201:
                raise Failed(f"a rating: {answer.status_code} {answer.text[:500]}")
            while _shown(client) < shown + number:
                if time.perf_counter() > began + PATIENCE_SECONDS:
                    raise Failed("a rating is not shown")
            yield time.perf_counter() - began


def _shown(client: httpx.Client) -> int:
    """Of the desk's centre, today."""
    shown: int = client.get("/stats/ratings", params={"centre": "bench-hall"}).json()["total"]["ratings"]
    return shown


def _fill(system: System, centres: int) -> int:
    """A year of ratings, 28 a day and centre, straight into the table of days. How many these are."""
    url, each = system.database("stats"), 28
    query(url, CENTRES, centres)
    query(url, RATINGS, YEAR, list(QUESTIONS), centres, each)
    query(url, "ANALYZE rating")
    return centres * 365 * each


def _queries(system: System, count: int) -> Iterator[float]:
    """Seconds: a whole year by one thing after the other, each with other days, so that none is answered twice."""
    with httpx.Client(base_url=f"http://{LOOPBACK}:{system.port}/api/v1", timeout=30) as client:
        for number in range(count):
            days = {"from": str(YEAR), "to": str(YEAR + timedelta(days=364 - number))}
            began = time.perf_counter()
            answer = client.get("/stats/ratings", params={**days, "group_by": GROUPS[number % len(GROUPS)]})
            if answer.status_code != 200:
                raise Failed(f"a query: {answer.status_code} {answer.text[:500]}")
            yield time.perf_counter() - began
