"""(h) The day in the centre: sixteen desks call from a line of 5,000, and serve whom they have called.

*Calls*: each call is a new desk's, so that nothing but the call is measured; the desks are freed between the rounds.
*Visits*: sixteen desks, and all four steps of a visit, by names and number as the administrator reads them.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from bench import city
from bench.limit import Limit
from bench.load import Answer, Round
from bench.measure import Measured, Meter, Way, figures, interleaved
from bench.sizes import Size
from bench.system import Failed, System, query, script
from services.ids import uuid7
from services.local.ports import LOOPBACK
from services.privacy import Privacy

CENTRE, DESKS = "bench-day", 16
FUNCTION = Path(__file__).with_name("day.sql")
DAY = city.STARTS_AT.date()
NUMBER, NAMES = "1759013776", ("Коваль", "Олена", None)
SHOWN = orjson.dumps({"number": NUMBER, "family_name": NAMES[0], "given_name": NAMES[1]})
SLOT = """
INSERT INTO slot (id, queue, centre, starts_at, ends_at, visit_date, scheduled, capacity, taken)
OVERRIDING SYSTEM VALUE VALUES ($1, $2 || '-main', $2, $3, $3, $4, 0, $5, $5)
"""
LINE = """
INSERT INTO booking (id, status, created_at, slot_id, organisation, centre, service, starts_at, visit_date, channel,
    applicant_kind, applicant_key, person_key, names, quota, expires_at, created_by, confirmed_at, checked_in_at,
    ticket_number)
SELECT id, 'confirmed', now, $2, 'bench', $3, $4, now + number * interval '1 second', $5, 'terminal', 'individual', $6,
    $6, names, '{"organisation": "bench", "channel": "terminal", "limit": 4, "used": 1, "period": "2027-03"}', now,
    'bench', now, now, 999 + number
FROM unnest($7::uuid[], $8::bytea[]) WITH ORDINALITY AS visitor (id, names, number),
    (SELECT $1::timestamptz AS now) AS t
"""
BACK = """
SET session_replication_role = replica;
DELETE FROM visit_period WHERE booking_id IN (SELECT id FROM booking WHERE status = 'called');
UPDATE booking SET status = 'confirmed', desk = NULL, called_at = NULL, calls = 0, call_id = NULL
WHERE status = 'called';
"""


def measure(system: System, limit: Limit, size: Size) -> dict[str, Measured]:
    """Ways `limit`, `calls` and `visits`."""
    line(system, system.database("booking"), CENTRE, size.line)
    line(system, limit.url, CENTRE, size.line)
    script(limit.url, FUNCTION.read_text())
    day = Day(system)
    ways: dict[str, Way] = {
        "limit": (partial(_limit, limit), size.limit_calls),
        "calls": (day.calls, size.calls),
        "visits": (day.visits, size.visits),
    }
    return interleaved(ways, turns=size.rounds)


def _limit(limit: Limit, count: int) -> Measured:
    return Measured(limit.run("call.sql", "SELECT call_next();\n", count, clients=DESKS))


def line(system: System, url: str, centre: str, count: int) -> None:
    """So many who have checked in, written straight into a database; all the same person."""
    privacy = privacy_of(system)
    now, slot = system.now(), city.DAY_SLOTS[centre]
    ids = [uuid7(now) for _ in range(count)]
    names = [privacy.seal(orjson.dumps(NAMES), context=booking_id.bytes) for booking_id in ids]
    person = privacy.keys("rnokpp", NUMBER)[0]
    query(url, SLOT, slot, centre, now, DAY, count)
    query(url, LINE, now, slot, centre, city.SERVICE, DAY, person, ids, names)
    script(url, "ANALYZE booking")


def privacy_of(system: System) -> Privacy:
    """With the keys of the run, so that the service can open and compare what is written here."""
    keys = system.environment("booking_svc")
    return Privacy(keys["PRIVACY_HMAC_KEYS"], keys["PRIVACY_SEAL_KEYS"])


class Day:
    """The administrators of the centre."""

    def __init__(self, system: System) -> None:
        self._system, self._meter = system, Meter(system)
        self._token = administrator(system, CENTRE)
        self._desks = [f"{CENTRE}-{number}" for number in range(1, city.DAY_DESKS + 1)]

    def calls(self, count: int) -> Measured:
        desks = iter(self._desks[:count])
        measured = self._at_work(partial(_calls, desks))
        script(self._system.database("booking"), BACK)
        return measured

    def visits(self, count: int) -> Measured:
        """Latencies are those of whole visits, from the call to the finish."""
        turns = iter(range(count))
        return self._at_work(*(partial(_visits, desk, turns) for desk in self._desks[:DESKS]))

    def _at_work(self, *work: Callable[[Desk], Coroutine[Any, Any, list[Answer]]]) -> Measured:
        started, before = time.process_time(), self._meter.cpu()
        answers = asyncio.run(_all(self._system.port, self._token, work))
        done = Round(answers, time.process_time() - started)
        return figures(done, self._meter.since(before))


async def _all(
    port: int, token: str, work: Sequence[Callable[[Desk], Coroutine[Any, Any, list[Answer]]]]
) -> list[Answer]:
    """Sixteen at once; what is given once, they share."""
    desks = [await Desk.open(port, token) for _ in range(DESKS)]
    made = await asyncio.gather(*(one(desk) for one, desk in zip(itertools.cycle(work), desks, strict=False)))
    for desk in desks:
        desk.close()
    return [answer for some in made for answer in some]


async def _calls(desks: Iterator[str], by: Desk) -> list[Answer]:
    return [(await by.post(f"/api/v1/desks/{desk}/call"))[1] for desk in desks]


async def _visits(desk: str, turns: Iterator[int], by: Desk) -> list[Answer]:
    answers = []
    for _ in turns:
        visit, called = await by.post(f"/api/v1/desks/{desk}/call")
        path = f"/api/v1/visits/{UUID(visit['id'])}"
        for step, body in (("verify", SHOWN), ("start", b""), ("finish", b'{"outcome":"served"}')):
            _, ended = await by.post(f"{path}/{step}", body)
        answers.append(called._replace(ended=ended.ended))
    return answers


class Desk:
    """One connection of an administrator."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader, self._writer, self._token = reader, writer, token

    @classmethod
    async def open(cls, port: int, token: str) -> Desk:
        return cls(*await asyncio.open_connection(LOOPBACK, port), token)

    async def post(self, path: str, body: bytes = b"") -> tuple[Any, Answer]:
        """The answer's document and its times. Raises `Failed` for anything but 200."""
        head = (
            f"POST {path} HTTP/1.1\r\nhost: vizyt\r\nauthorization: Bearer {self._token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        size = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        received = await self._reader.readexactly(size)
        if answer[9:12] != b"200":
            raise Failed(f"{path}: {answer[9:12].decode()} {received.decode()}")
        return orjson.loads(received), Answer(began, time.perf_counter(), "200", size)

    def close(self) -> None:
        self._writer.close()


def administrator(system: System, centre: str) -> str:
    """A token."""
    return system.vizyt("token", "administrator", "--organisation", "bench", "--centre", centre).strip()
