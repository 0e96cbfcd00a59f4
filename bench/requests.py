"""What the clients send: bytes, ready before the clock runs. A citizen's token is used once."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bench.city import NEW_DAY
from bench.system import System, query
from services.local import claims
from services.local.claims import Holder, Role
from services.local.home import Home
from services.local.issuer import Issuer

WORKERS = os.cpu_count() or 1
WINDOW = timedelta(days=20)


class Place(NamedTuple):
    """A slot as a wish names it."""

    centre: str
    service: str
    starts_at: str

    @property
    def wish(self) -> bytes:
        return b'{"centre":"%s","service":"%s","starts_at":"%s"}' % tuple(part.encode() for part in self)


def places(system: System, prefix: str, service: str, *, since: date = NEW_DAY - WINDOW) -> list[Place]:
    """The coming slots of the centres with this prefix, in an order that is always the same and looks like none."""
    rows = query(
        system.database("booking"),
        "SELECT centre, starts_at FROM slot WHERE starts_with(centre, $1) AND starts_at > $2"
        " AND visit_date BETWEEN $3 AND $4 ORDER BY md5(id::text)",
        prefix, system.now(), since, NEW_DAY,
    )  # fmt: skip
    return [Place(row["centre"], service, row["starts_at"].isoformat()) for row in rows]


def hold(token: bytes, place: Place, *, key: bytes = b"") -> bytes:
    """`POST /api/v1/bookings`; with an `Idempotency-Key`, or without."""
    body = place.wish
    idempotency = b"idempotency-key: %s\r\n" % key if key else b""
    return (
        b"POST /api/v1/bookings HTTP/1.1\r\nhost: vizyt\r\naccept: application/json\r\nauthorization: Bearer %s\r\n%s"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (token, idempotency, len(body), body)
    )


def get(target: str, *, etag: str | None = None) -> bytes:
    condition = f"if-none-match: {etag}\r\n" if etag else ""
    return f"GET {target} HTTP/1.1\r\nhost: vizyt\r\naccept: application/json\r\n{condition}\r\n".encode()


class Citizens:
    """Invented people. Nobody comes twice."""

    def __init__(self, system: System) -> None:
        self._system, self._next = system, 1
        self._pool = ProcessPoolExecutor(WORKERS)

    def tokens(self, count: int) -> list[bytes]:
        """A new token of each of so many new citizens, in a second or two."""
        first, self._next = self._next, self._next + count
        step = -(-count // WORKERS)
        firsts = range(first, first + count, step)
        counts = [min(step, first + count - begin) for begin in firsts]
        signed = self._pool.map(
            _sign, itertools.repeat(self._system.home), firsts, counts, itertools.repeat(self._system.now())
        )
        return list(itertools.chain.from_iterable(signed))

    def holds(self, wanted: Iterator[Place], count: int, *, keyed: bool = False) -> Iterator[bytes]:
        """So many requests, each by somebody else; `keyed`: each with a key of its own."""
        return iter([hold(token, next(wanted), key=token[-32:] if keyed else b"") for token in self.tokens(count)])

    def close(self) -> None:
        self._pool.shutdown()


def _sign(home: Home, first: int, count: int, now: datetime) -> list[bytes]:
    issuer = Issuer(home)
    nobody = Holder(role=Role.CITIZEN)
    people = (claims.invented(nobody, index) for index in range(first, first + count))
    return [issuer.token(claims.claims(person, issuer), now=now).encode() for person in people]
