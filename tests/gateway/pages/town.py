"""A gateway that people can sign in to: beside it the real development issuer, both on real ports and one clock."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx

from gateway.app import create
from gateway.settings import Settings
from services.clock import FixedClock
from services.local.home import Home
from services.local.login.app import create as create_issuer
from services.local.ports import any_free
from tests.gateway.world import listening

KEYS = "1:" + "33" * 32
NOWHERE = "nats://127.0.0.1:9"
"""Signing in needs no service and no NATS."""


@dataclass
class Town:
    """`issuer` is its address; it listens while `issuing`."""

    url: str
    issuer: str
    home: Home
    clock: FixedClock

    @asynccontextmanager
    async def issuing(self) -> AsyncIterator[None]:
        app = create_issuer(self.home, url=self.issuer, gateway=self.url, public_url=self.url, clock=self.clock)
        async with listening(app, port=_port(self.issuer)):
            yield

    def browser(self) -> httpx.AsyncClient:
        return browser(self.url)


def browser(url: str) -> httpx.AsyncClient:
    """Somebody's browser, that follows nothing by itself. It takes this machine for safe, as browsers do: `Secure`
    cookies come along without TLS.
    """

    async def bring_cookies(request: httpx.Request) -> None:
        kept = httpx.Cookies(CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https"))))
        for cookie in client.cookies.jar:
            kept.jar.set_cookie(cookie)
        request.headers.pop("cookie", None)
        kept.set_cookie_header(request)

    headers = {"accept": "text/html", "accept-language": "en"}
    hooks = {"request": [bring_cookies]}
    client = httpx.AsyncClient(base_url=url, headers=headers, event_hooks=hooks, timeout=30, trust_env=False)
    return client


@asynccontextmanager
async def town(folder: Path, clock: FixedClock, **more: Any) -> AsyncIterator[Town]:
    """The gateway; the issuer is not there yet."""
    port, issuer = any_free(), f"http://127.0.0.1:{any_free()}"
    url = f"http://127.0.0.1:{port}"
    given = {"GATEWAY_OIDC_ISSUER": issuer, "GATEWAY_OIDC_CLIENT_ID": "vizyt", "GATEWAY_SESSION_KEYS": KEYS}
    async with listening(create(settings(PUBLIC_URL=url, **{**given, **more}), clock=clock), port=port):
        yield Town(url, issuer, Home(folder), clock)


def settings(**given: Any) -> Settings:
    """As the environment gives them."""
    own = {
        name.removeprefix("GATEWAY_").lower() if name.startswith("GATEWAY_") else name: given[name] for name in given
    }
    return Settings(**{"NATS_URL": NOWHERE, "LOG_LEVEL": "CRITICAL", **own})


async def choose(somebody: httpx.AsyncClient, page: httpx.Response, **choice: str) -> httpx.Response:
    """Presses a button of the issuer's page; where that leads is not followed."""
    address = page.url.copy_with(query=None)
    return await somebody.post(address, data={**hidden(page.text), **choice})


async def sign_in(somebody: httpx.AsyncClient, *, to: str = "/help", **choice: str) -> httpx.Response:
    """The whole way, as a person goes it; gives the page that it ends at."""
    page = await somebody.get("/login", params={"next": to}, follow_redirects=True)
    back = await choose(somebody, page, **(choice or {"person": "citizen-1"}))
    return await somebody.get(back.headers["location"], follow_redirects=True)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the first form that posts."""
    form = re.search(r'<form[^>]*method="post".*?</form>', page, re.S)
    assert form, page
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[0])
    return {name: html.unescape(value) for name, value in fields}


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
