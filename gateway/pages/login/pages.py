"""Signing in and out: the issuer says who it is, the browser keeps it sealed (ADR 15)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from starlette.responses import Response

from gateway.pages.login.addresses import next_page, own_address
from gateway.pages.login.pending import PendingLogins
from gateway.pages.login.provider import Provider
from gateway.pages.login.refusals import LoginCancelled, LoginExpired, LoginNotSetUp, LoginRefused, LoginUnavailable
from gateway.pages.login.renewal import Renewals
from gateway.pages.page import Page
from gateway.pages.sealing import Seal
from gateway.pages.sessions import Session, Sessions
from gateway.settings import Settings
from services.clock import Clock

log = structlog.get_logger()
ISSUER_IS_BUSY = {"temporarily_unavailable", "server_error"}


class Login:
    """Without an issuer in the settings nobody signs in, and all else works."""

    def __init__(self, settings: Settings, seal: Seal | None, clock: Clock) -> None:
        self.sessions = Sessions(seal)
        self._public_url = settings.public_url or ""
        self._set_up = (
            (Provider(settings, clock), PendingLogins(seal, clock)) if settings.oidc_issuer and seal else None
        )
        self._renewals = Renewals(self._set_up[0] if self._set_up else None, clock)

    def pages(self) -> list[tuple[str, str, Callable[[Page], Awaitable[Response]]]]:
        """Method, address, handler."""
        return [("GET", "/login", self.begin), ("GET", "/login/back", self.back), ("POST", "/logout", self.leave)]

    async def fresh(self, session: Session) -> Session | None:
        """The session with a token that still lasts: the same, or a renewed one to be saved. None when it is over."""
        return await self._renewals.fresh(session)

    async def begin(self, page: Page) -> Response:
        """`?next=` is the page to come back to. Raises `LoginNotSetUp`, `LoginUnavailable`."""
        provider, logins = self._needed()
        pending = logins.new(address=self._address(page), next_page=next_page(page.asked("next")))
        response = page.go(await provider.authorization(pending, language=page.language))
        logins.add(page.request, response, pending)
        return response

    async def back(self, page: Page) -> Response:
        """From the issuer. Raises one of the refusals of a login."""
        provider, logins = self._needed()
        pending = logins.find(page.request, page.asked("state"))
        if pending is None:
            return _again(page)
        await provider.check_sender(page.request.query_params.get("iss"))
        session = await provider.exchanged(_code(page), pending)
        response = page.go(pending.next)
        logins.remove(page.request, response, pending)
        self.sessions.save(response, session)
        return response

    async def leave(self, page: Page) -> Response:
        """Ends the session here and at the issuer, if that has a page for it."""
        if page.session:
            await page.form()
        page.session = None
        onward = await self._ending(page)
        response = page.render("login/leaving.html", onward=onward) if onward else page.go("/")
        self.sessions.clear(response)
        return response

    async def close(self) -> None:
        if self._set_up:
            await self._set_up[0].close()

    def _needed(self) -> tuple[Provider, PendingLogins]:
        if self._set_up is None:
            raise LoginNotSetUp
        return self._set_up

    def _address(self, page: Page) -> str:
        return own_address(self._public_url, page.request.headers.get("host"))

    async def _ending(self, page: Page) -> str | None:
        return await self._set_up[0].ending(self._address(page)) if self._set_up else None


def _again(page: Page) -> Response:
    """Who is signed in already has only gone back, or reloaded."""
    if page.session is None:
        raise LoginExpired
    return page.go("/")


def _code(page: Page) -> str:
    """The code, and no error in its place (RFC 6749 §4.1.2.1)."""
    error, code = page.asked("error"), page.asked("code")
    if error == "access_denied":
        raise LoginCancelled
    if error in ISSUER_IS_BUSY:
        raise LoginUnavailable
    if error or not code:
        log.warning("login.refused", reason=error[:40] or "no code")
        raise LoginRefused
    return code
