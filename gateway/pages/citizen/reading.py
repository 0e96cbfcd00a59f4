"""What the pages of citizens read of the public API."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any
from urllib.parse import quote
from uuid import UUID

from gateway.pages.page import Form, Page
from services.errors import NotFound

Item = dict[str, Any]


def at(*parts: str) -> str:
    """A path of the API, or one of ours without its first slash: no part can lead anywhere else."""
    return "/".join(quote(part, safe="") for part in parts)


def key_of(form: Form, *parts: str) -> str:
    """The Idempotency-Key of what this form does: several buttons of one form do several things."""
    return hashlib.sha256("\n".join([form.key, *parts]).encode()).hexdigest()


async def service(page: Page, code: str) -> Item:
    """With steps and documents."""
    found: Item = await page.api.get(at("services", code))
    return found


async def centre(page: Page, code: str) -> Item:
    """With hours and exceptions."""
    found: Item = await page.api.get(at("centres", code))
    return found


async def services(page: Page, *, query: str = "") -> list[Item]:
    found: list[Item] = (await page.api.get("services", q=query or None))["items"]
    return found


async def centres(page: Page, *, service: str | None = None) -> list[Item]:
    found: list[Item] = (await page.api.get("centres", service=service))["items"]
    return found


async def organisations(page: Page) -> dict[str, Item]:
    """By code."""
    return {one["code"]: one for one in (await page.api.get("organisations"))["items"]}


async def availability(page: Page, service: str) -> dict[str, Item]:
    """By centre: what is free of this service."""
    return {one["centre"]: one for one in (await page.api.get("availability", service=service))["items"]}


async def place(page: Page, service_code: str, centre_code: str) -> tuple[Item, Item, dict[str, Item]]:
    """The service, the centre, and what is free everywhere. Raises `NotFound` where the centre does not give it."""
    found = await asyncio.gather(
        service(page, service_code), centre(page, centre_code), availability(page, service_code)
    )
    if centre_code not in found[2]:
        raise NotFound
    return found


def booking_id(page: Page) -> str:
    """Of the address. Raises `NotFound` for what is no id at all."""
    try:
        return str(UUID(page.given("id")))
    except ValueError:
        raise NotFound from None
