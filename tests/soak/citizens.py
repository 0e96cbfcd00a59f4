"""Paced citizens: they hold, confirm, cancel, and repeat with the same key what was not answered. All that was
acknowledged to them is written down.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

LIMIT = 4
"""A month, by the policy in city.yaml."""
WISHES_AT_ONCE = 2 * LIMIT
PATIENCE_SECONDS, ANSWER_SECONDS, RETRY_SECONDS = 60.0, 12.0, 0.4
IMPATIENT_SHARE = 0.2
"""Of those who hold, as many go away when the first request is not answered: nobody knows what became of it."""
PACE_SECONDS = (0.2, 0.8)
REFUSALS = {"slot_full", "quota_exhausted"}


@dataclass
class History:
    """What was acknowledged: each booking as the last answer showed it, and how many answers of each kind."""

    bookings: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    repetitions: int = 0
    surprises: list[str] = field(default_factory=list)

    def count(self, kind: str) -> None:
        self.answers[kind] = self.answers.get(kind, 0) + 1


class Citizen:
    """One person with a token of their own."""

    def __init__(self, http: httpx.AsyncClient, token: str, history: History) -> None:
        self._http, self._history = http, history
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    async def live(self, times: list[str]) -> None:
        """Wants more than a month allows, all at once, and then has second thoughts."""
        await asyncio.gather(*(self.visit(starts_at) for starts_at in times))

    async def visit(self, starts_at: str) -> None:
        """One in five will come; the others cancel, before or after they confirm, or let the hold run out."""
        if not (booking := await self.hold(starts_at)):
            return
        for step in random.choice([("confirm",), ("confirm", "cancel"), ("confirm", "cancel"), ("cancel",), ()]):
            await asyncio.sleep(random.uniform(*PACE_SECONDS))
            await self.step(booking, step)

    async def booked(self, starts_at: str) -> str | None:
        """The id of a new, confirmed booking."""
        booking = await self.hold(starts_at)
        return booking and await self.step(booking, "confirm")

    async def hold(self, starts_at: str) -> str | None:
        """The id of the hold; None: refused, as may be. The same key again is the same booking."""
        wish = {"centre": "soak-main", "service": random.choice(("passport", "residence")), "starts_at": starts_at}
        key = uuid4().hex
        held = await self._persist("", key, wish, impatient=random.random() < IMPATIENT_SHARE)
        if held and random.random() < 0.2:
            again = await self._persist("", key, wish)
            self._expect(again and again["id"] == held["id"], f"one key, two answers: {held}, {again}")
        return held and self._note("hold", held)

    async def step(self, booking: str, step: str) -> str | None:
        done = await self._persist(f"/{booking}/{step}", uuid4().hex)
        self._expect(done, f"{step} of {booking} was refused")
        return done and self._note(step, done)

    def _note(self, kind: str, booking: dict[str, Any]) -> str:
        self._history.count(kind)
        self._history.bookings[booking["id"]] = booking
        return str(booking["id"])

    def _expect(self, condition: object, otherwise: str) -> None:
        if not condition:
            self._history.surprises.append(otherwise)

    async def _persist(
        self, path: str, key: str, body: Any = None, *, impatient: bool = False
    ) -> dict[str, Any] | None:
        """Repeats with the same key until an answer decides; None: refused, or given up."""
        deadline = time.monotonic() + (0 if impatient else PATIENCE_SECONDS)
        answer = await self._try(path, key, body)
        while answer is None or answer.status_code == 503:
            if time.monotonic() > deadline:
                self._history.count("given up")
                self._expect(impatient, f"no answer within {PATIENCE_SECONDS} s: {path}")
                return None
            await asyncio.sleep(RETRY_SECONDS)
            self._history.repetitions += 1
            answer = await self._try(path, key, body)
        document: dict[str, Any] = answer.json()
        if answer.is_success:
            return document
        self._history.count(document["code"])
        self._expect(document["code"] in REFUSALS, f"{path}: {answer.text}")
        self._expect(document.get("used") == document.get("limit"), f"refused below the limit: {answer.text}")
        return None

    async def _try(self, path: str, key: str, body: Any) -> httpx.Response | None:
        headers = self._headers | {"Idempotency-Key": key}
        try:
            return await self._http.post(f"/api/v1/bookings{path}", json=body, headers=headers, timeout=ANSWER_SECONDS)
        except httpx.TransportError:
            return None
