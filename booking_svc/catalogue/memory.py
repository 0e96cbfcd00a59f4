"""The catalogue as this process knows it: an immutable snapshot, replaced at every change. Readers never wait."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from booking_svc.catalogue import repository
from booking_svc.catalogue.domain import Centre, Desk, Organisation, Queue, Service, Snapshot
from services.db import Db


class Catalogue:
    """Look-ups without the database; what is switched off is still found, and says so by `active`."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._lock = asyncio.Lock()
        self.snapshot = Snapshot()
        self.answers: dict[Hashable, tuple[bytes, str]] = {}
        """Bodies and their ETags made of this snapshot, by what was asked."""

    async def refresh(self) -> None:
        """Reads everything again. One at a time, so that an older reading never replaces a newer one."""
        async with self._lock, self._db.begin() as session:
            self.snapshot, self.answers = await repository.load(session), {}

    def organisation(self, code: str) -> Organisation:
        """Of a centre that is known: its organisation always is."""
        return self.snapshot.organisations[code]

    def service(self, code: str) -> Service | None:
        return self.snapshot.services.get(code)

    def cooldown_days(self, code: str) -> int:
        """Of a service that is known."""
        return self.snapshot.services[code].cooldown_days

    def centre(self, key: str) -> Centre | None:
        return self.snapshot.centres.get(key)

    def desk(self, key: str | None) -> tuple[Centre, Desk] | None:
        """The desk and its centre."""
        return self.snapshot.desks.get(key) if key else None

    def queue(self, centre: str, service: str) -> Queue | None:
        """The queue that takes bookings of this service here; none if anything of it is switched off or unknown."""
        return self.snapshot.queue(centre, service)
