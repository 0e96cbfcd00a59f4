"""(j) Past ratings: the import through the gateway, beside a plain COPY of the same rows into a table like theirs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import asyncpg
import httpx

from bench.sizes import Size
from bench.system import Failed, System, query
from services.local.ports import LOOPBACK

CENTRE = "bench-base-01"
ANSWERS = {"premises": 4, "services": 4, "staff": 3, "process": 4, "overall": 4}
PIECE_LINES = 500
PATIENCE_SECONDS = 30.0
LIKE = "DROP TABLE IF EXISTS copied; CREATE TABLE copied (LIKE rating INCLUDING ALL)"
ROWS = "SELECT * FROM rating WHERE starts_with(external_id, $1)"


@dataclass(frozen=True)
class Rates:
    """Ratings per second, the median of the rounds."""

    imported: float
    copied: float


def measure(system: System, size: Size) -> Rates:
    """Both take turns; every rating must have been taken."""
    _wait_until_known(system)
    token = system.vizyt("token", "system").strip()
    imported, copied = [], []
    for round_ in range(size.rounds):
        imported.append(size.ratings / _import(system, token, f"round-{round_}-", size.ratings))
        system.settle()
        copied.append(size.ratings / asyncio.run(_copy(system.database("feedback"), f"round-{round_}-")))
    return Rates(median(imported), median(copied))


def _import(system: System, token: str, prefix: str, count: int) -> float:
    """Seconds."""
    pieces = list(_pieces(prefix, count))
    headers = {"authorization": f"Bearer {token}", "content-type": "application/x-ndjson"}
    began = time.perf_counter()
    answer = httpx.post(
        f"http://{LOOPBACK}:{system.port}/api/v1/feedback/import", content=iter(pieces), headers=headers, timeout=120
    )
    seconds = time.perf_counter() - began
    if answer.status_code != 200 or answer.json()["imported"] != count:
        raise Failed(f"the import: {answer.status_code} {answer.text[:500]}")
    return seconds


def _pieces(prefix: str, count: int) -> Iterator[bytes]:
    """Lines as a register of last year would give them."""
    common = {"centre": CENTRE, "submitted_at": "2026-03-04T10:15:00+02:00", "answers": ANSWERS}
    lines = [json.dumps({"external_id": f"{prefix}{number}", **common}).encode() for number in range(count)]
    for start in range(0, count, PIECE_LINES):
        yield b"\n".join(lines[start : start + PIECE_LINES]) + b"\n"


async def _copy(url: str, prefix: str) -> float:
    """Seconds for the rows that were just imported, indexes and constraints included, nothing told to anybody."""
    connection = await asyncpg.connect(url, command_timeout=180)
    try:
        await connection.execute(LIKE)
        rows = [tuple(row) for row in await connection.fetch(ROWS, prefix)]
        began = time.perf_counter()
        await connection.copy_records_to_table("copied", records=rows)
        return time.perf_counter() - began
    finally:
        await connection.execute("DROP TABLE IF EXISTS copied")
        await connection.close()


def _wait_until_known(system: System) -> None:
    """Centres reach feedback_svc as events."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not query(system.database("feedback"), "SELECT 1 AS one FROM centre WHERE id = $1", CENTRE):
        if time.monotonic() > deadline:
            raise Failed("feedback_svc does not know the centres")
        time.sleep(0.05)
