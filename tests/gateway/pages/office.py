"""A centre at work with its pages: the services, the gateway in front, and staff with browsers that run no scripts."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.responses import Response

from gateway.app import create
from gateway.pages.sealing import Seal
from gateway.pages.sessions import Sessions, signed_in
from services.testing import Stack, eventually
from tests.booking_svc.bookings.conftest import opened
from tests.booking_svc.visits.conftest import Hall, day
from tests.gateway.pages.town import KEYS, browser, settings
from tests.gateway.world import listening

FOREVER = 4_000_000_000


class Reader:
    """Somebody with a browser: reads pages, fills in forms, presses buttons; the last page is at hand."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client, self.page = client, httpx.Response(204)

    async def open(self, address: str, *, language: str = "en") -> str:
        self.page = await self.client.get(address, headers={"accept-language": language}, follow_redirects=True)
        return self.text

    async def press(self, step: str, **fields: str) -> str:
        """The form of this step, with what is filled in; follows where it leads."""
        self.page = await self.sent(step, **fields)
        if self.page.is_redirect:
            await self.open(self.page.headers["location"])
        return self.text

    async def sent(self, step: str, **fields: str) -> httpx.Response:
        """The same, without following."""
        return await self.client.post(self.page.url, data={**self.form(step), **fields})

    def form(self, step: str, **wanted: str) -> dict[str, str]:
        """The fields of the form of that step as they stand; `wanted` chooses among several."""
        wanted = {"step": step, **wanted} if step else wanted
        for form in re.findall(r'<form method="post".*?</form>', self.page.text, re.S):
            fields = _fields(form)
            if fields.items() >= wanted.items() and "/logout" not in form:
                return fields
        raise AssertionError(f"no form for {wanted} in {self.text}")

    @property
    def text(self) -> str:
        """What is read on the page, in one line."""
        main = self.page.text.partition("<main")[2].partition("</main>")[0].partition(">")[2]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def _fields(form: str) -> dict[str, str]:
    """What a browser sends of a form that nobody touched: boxes that are not checked are not sent."""
    fields = {}
    for tag in re.findall(r"<input [^>]*>", form):
        given = {name: html.unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', tag)}
        if given.get("type") not in ("radio", "checkbox") or " checked" in tag:
            fields[given["name"]] = given.get("value", "")
    return fields


@dataclass
class Office:
    stack: Stack
    hall: Hall
    url: str
    browsers: AsyncExitStack

    def reader(self, *roles: str, centre: str = "town", **claims: Any) -> Reader:
        """Somebody who is signed in with these roles."""
        claims = {"sub": f"{roles[0]}-{centre}", "organisation": "hsc", "centre": centre, **claims}
        token = self.stack.issuer.token(*roles, now=self.stack.clock.now(), **claims)
        client, response = browser(self.url), Response()
        self.browsers.push_async_callback(client.aclose)
        Sessions(Seal(KEYS)).save(response, signed_in(token, expires_at=FOREVER))
        for name, value in response.raw_headers:
            if name == b"set-cookie" and b"Max-Age=0" not in value:
                cookie, _, content = value.decode().partition(";")[0].partition("=")
                client.cookies.set(cookie, content, domain="127.0.0.1")
        return Reader(client)

    def administrator(self, **claims: Any) -> Reader:
        return self.reader("administrator", **claims)

    def manager(self, **claims: Any) -> Reader:
        return self.reader("manager", **claims)


@asynccontextmanager
async def office(stack: Stack) -> AsyncIterator[Office]:
    """The town's centre: desks 1 and 2 for licences, desk 3 for exams."""
    gateway = create(settings(NATS_URL=stack.servers.nats_url, GATEWAY_SESSION_KEYS=KEYS), clock=stack.clock)
    async with opened(stack, day()) as town, listening(gateway) as url, AsyncExitStack() as browsers:
        client = await browsers.enter_async_context(browser(url))

        async def ready() -> bool:
            return (await client.get("/api/v1/centres/town")).status_code == 200

        await eventually(ready)
        yield Office(stack, Hall(town), url, browsers)
