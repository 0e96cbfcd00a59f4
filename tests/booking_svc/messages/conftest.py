"""A town whose citizens leave contacts, and a mail server that takes what they are told."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio

from booking_svc.messages.sending import send_due
from services.context import Context
from services.messages import MessageSettings
from services.testing import Stack, eventually
from tests.booking_svc.bookings.conftest import Town, document, opened
from tests.services.post_office import PostOffice, post_office

PUBLIC_URL = "https://vizyt.example.org"
CONTACT = {"email": "olena@example.org", "phone": "+380671234567"}


class Correspondence:
    """The town, its mail server, and the clock between them."""

    def __init__(self, town: Town, office: PostOffice) -> None:
        self.town, self.office, self.clock = town, office, town.stack.clock
        self.context: Context = town.booking._transport.app.state.context  # type: ignore[attr-defined]

    async def booked(self, starts_at: datetime, *, index: int = 1, language: str = "uk", **contact: str) -> Any:
        """Confirmed, with a contact."""
        who = self.town.citizen(index)
        headers = {"accept-language": language}
        held = await self.town.hold(who, starts_at, contact=contact or CONTACT, headers=headers)
        assert held.status_code == 201, held.text
        return (await self.town.step(who, held.json()["id"], "confirm")).json()

    async def messages(self) -> list[dict[str, Any]]:
        rows = await self.context.db.hot(
            "SELECT kind, starts_at, due_at, attempts, outcome, reason FROM message ORDER BY starts_at, due_at, kind"
        )
        return [dict(row) for row in rows]

    async def outcomes(self) -> dict[str, str | None]:
        return {row["kind"]: row["outcome"] for row in await self.messages()}

    async def due(self, moment: datetime) -> None:
        """The clock goes to that moment, and what is due then has been settled."""
        self.clock.advance(moment - self.clock.now())
        await self.settled()

    async def settled(self) -> None:
        await send_due(self.context)  # beside the job itself: two that send at once
        now = self.clock.now()

        async def nothing_due() -> bool:
            waiting = [row for row in await self.messages() if row["outcome"] is None]
            return all(row["due_at"] > now and row["due_at"] != now + timedelta(minutes=5) for row in waiting)

        await eventually(nothing_due)

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]).split(":")[0] for mail in self.office.mails]

    def link(self) -> str:
        """The path of the link in the last mail."""
        found = re.search(rf"{PUBLIC_URL}(/c/\S+)", self.office.mails[-1].get_content())
        assert found
        return found[1]

    async def page(self, method: str, path: str, **headers: str) -> httpx.Response:
        return await self.town.booking.request(method, path, headers=headers)


def settings(office: PostOffice, **more: Any) -> dict[str, Any]:
    chosen = {
        "email": "smtp",
        "phone": "log",
        "sender": "Vizyt <no-reply@vizyt.example.org>",
        "smtp_host": "localhost",
        "smtp_port": office.port,
        "smtp_security": "none",
        "timeout_seconds": 5.0,
    }
    return {"messages": MessageSettings(**chosen | more), "public_url": PUBLIC_URL}


@pytest_asyncio.fixture
async def letters(stack: Stack) -> AsyncIterator[Correspondence]:
    async with post_office() as office, opened(stack, document(), **settings(office)) as town:
        yield Correspondence(town, office)
