"""What can be had in this centre today."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from gateway.pages.terminal.kiosk import Kiosk


class Offer(NamedTuple):
    """A service of the centre's desks; `slots`: its free times of today."""

    code: str
    name: str
    slots: list[dict[str, Any]]

    @property
    def places(self) -> int:
        return sum(slot["free"] for slot in self.slots)


async def offers(kiosk: Kiosk) -> list[Offer]:
    """In the catalogue's order."""
    given = {code for desk in kiosk.centre["desks"] for code in desk["services"]}
    listed = await kiosk.page.api.get("services", organisation=kiosk.centre["organisation"])
    here = [service for service in listed["items"] if service["code"] in given]
    times = await asyncio.gather(*(free_times(kiosk, service["code"]) for service in here))
    return [Offer(service["code"], service["name"], slots) for service, slots in zip(here, times, strict=True)]


async def offer(kiosk: Kiosk, code: str) -> Offer:
    service, slots = await asyncio.gather(kiosk.page.api.get(f"services/{code}"), free_times(kiosk, code))
    return Offer(code, service["name"], slots)


async def free_times(kiosk: Kiosk, code: str) -> list[dict[str, Any]]:
    """`{starts_at, free}` of the times of today that have a place."""
    asked = {"centre": kiosk.centre["id"], "service": code, "date": kiosk.today.isoformat()}
    found = await kiosk.page.api.get("slots", **asked)
    return [slot for slot in found["items"] if slot["free"]]
