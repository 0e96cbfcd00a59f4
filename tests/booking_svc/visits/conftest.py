"""The town's centre on a working day: three desks, a terminal, administrators, visitors."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest_asyncio

from services.context import Context
from tests.booking_svc.bookings.conftest import Town, document, town, words

__all__ = ["town"]
NAMES = {"family_name": "Нечуй-Левицький", "given_name": "Мар'яна", "patronymic": "Сергіївна"}


def day() -> dict[str, Any]:
    """Two desks for licences with a queue of two places, one desk for exams; a second centre of the same kind."""
    city = document()
    (licence,), (centre,) = city["services"], city["centres"]
    licence["documents"] = [
        {"name": {"uk": "Паспорт", "en": "Passport", "pl": "Paszport"}},
        {"name": {"uk": "Медична довідка", "en": "Medical certificate", "pl": "Zaświadczenie lekarskie"}},
    ]
    exam = deepcopy(licence) | {"code": "theory-exam", "name": words("Іспит")}
    city["services"].append(exam)
    centre["desks"].append({"number": 3, "services": ["theory-exam"]})
    centre["queues"].append({"code": "exams", "services": ["theory-exam"], "slot_minutes": 20, "capacity": 1})
    city["centres"].append(deepcopy(centre) | {"id": "other"})
    return city


class Hall:
    """What visitors and staff do in the centre."""

    def __init__(self, town: Town) -> None:
        self.town, self.clock = town, town.stack.clock
        self.context: Context = town.booking._transport.app.state.context  # type: ignore[attr-defined]
        self._people = 100

    @property
    def staff(self) -> dict[str, str]:
        return self.staff_of("town")

    def staff_of(self, centre: str, role: str = "administrator") -> dict[str, str]:
        return self.town.stack.bearer(role, sub=f"{role}-{centre}", centre=centre, organisation="hsc")

    @property
    def manager(self) -> dict[str, str]:
        return self.staff_of("town", "manager")

    @property
    def terminal(self) -> dict[str, str]:
        return self.staff_of("town", "terminal")

    def person(self, **more: Any) -> dict[str, Any]:
        """An invented visitor of its own, as the terminal names them."""
        self._people += 1
        return {"kind": "individual", "number": self.town.number(self._people), **NAMES, **more}

    async def arrived(self, time: str, *, service: str = "licence-exchange", **more: Any) -> dict[str, Any]:
        """A visitor booked at the terminal for today, checked in at once; with the person that it is."""
        person = self.person(**more)
        held = await self.town.hold(self.terminal, self.town.at(time), service=service, applicant=person)
        assert held.status_code == 201, held.text
        confirmed = await self.town.step(self.terminal, held.json()["id"], "confirm")
        assert confirmed.status_code == 200, confirmed.text
        return {**confirmed.json(), "person": person}

    async def first(self, time: str, **more: Any) -> dict[str, Any]:
        """A priority visitor."""
        return await self.arrived(time, priority="military", document_shown=True, **more)

    async def awaited(self, time: str, *, days: int = 0) -> dict[str, Any]:
        """A visitor booked online who is not there yet; with the index that the town knows them by."""
        self._people += 1
        who = self.town.citizen(self._people)
        return {**await self.town.booked(who, self.town.at(time, days=days)), "index": self._people}

    async def post(
        self, path: str, body: Any = None, *, by: dict[str, str] | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = (by or self.staff) | ({"Idempotency-Key": key} if key else {})
        return await self.town.booking.post(f"/api/v1{path}", json=body, headers=headers)

    async def call(self, desk: int = 1, **more: Any) -> httpx.Response:
        return await self.post(f"/desks/town-{desk}/call", **more)

    async def called(self, desk: int = 1) -> dict[str, Any]:
        answer = await self.call(desk)
        assert answer.status_code == 200, answer.text
        visit: dict[str, Any] = answer.json()
        return visit

    async def step(self, visit: dict[str, Any], step: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.post(f"/visits/{visit['id']}/{step}", body, **more)

    async def verify(self, visit: dict[str, Any], **shown: Any) -> httpx.Response:
        """The document of the person who booked, but for what is said otherwise."""
        person = {name: value for name, value in visit["person"].items() if name in ("number", *NAMES)}
        body = {name: value for name, value in (person | shown).items() if value is not None}
        return await self.step(visit, "verify", body)

    async def served(self, visit: dict[str, Any], outcome: str = "served", **more: Any) -> httpx.Response:
        """Verified, started, and finished after seven minutes."""
        for answer in (await self.verify(visit), await self.step(visit, "start")):
            assert answer.status_code == 200, answer.text
        self.clock.advance(timedelta(minutes=7))
        return await self.step(visit, "finish", {"outcome": outcome, **more})

    async def to(self, time: str, *, days: int = 0) -> None:
        """Moves the clock to that time of the centre."""
        self.clock.advance(self.town.at(time, days=days) - self.clock.now())

    async def row(self, visit: dict[str, Any]) -> Any:
        (row,) = await self.context.db.hot("SELECT * FROM booking WHERE id = $1", visit["id"])
        return row

    async def periods(self, visit: dict[str, Any]) -> list[tuple[str, int]]:
        """The ledger of the visit: kinds and their minutes, pauses left out."""
        rows = await self.context.db.hot(
            "SELECT kind, extract(epoch FROM ended_at - started_at)::int - paused_seconds AS seconds"
            " FROM visit_period WHERE booking_id = $1 ORDER BY id",
            visit["id"],
        )
        return [(row["kind"], row["seconds"] // 60) for row in rows]

    async def told(self, subject: str) -> list[dict[str, Any]]:
        """The events of this kind, in order."""
        rows = await self.context.db.hot(
            "SELECT (envelope::jsonb -> 'data')::text AS data FROM outbox WHERE subject = $1 ORDER BY id", subject
        )
        return [orjson.loads(row["data"]) for row in rows]


@pytest_asyncio.fixture
async def hall(town: Town) -> Hall:
    answer = await town.booking.post("/api/v1/admin/import", json=day(), headers=town.stack.bearer("admin"))
    assert answer.status_code == 200, answer.text
    return Hall(town)
