"""All pages: their addresses, and what stands around each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.pages import board, centre, citizen, desk, feedback, info, stats, terminal
from gateway.pages.assets import Assets
from gateway.pages.client import Api
from gateway.pages.drafts import Drafts
from gateway.pages.failures import failure
from gateway.pages.login.pages import Login
from gateway.pages.page import Page, keep_language, language_of
from gateway.pages.rendering import Rendering
from gateway.pages.sealing import Seal
from gateway.pages.sessions import Session
from gateway.settings import Settings
from services.clock import Clock
from services.errors import NotFound
from services.front import KINDS, ClientGone

Handler = Callable[[Page], Awaitable[Response]]
Who = Callable[[Request], Session | None]
PAGES: list[tuple[str, str, Handler]] = [
    *info.PAGES,
    *board.PAGES,
    *centre.PAGES,
    *citizen.PAGES,
    *desk.PAGES,
    *feedback.PAGES,
    *stats.PAGES,
    *terminal.PAGES,
]
"""Method, address, handler. Another group of pages: one line here."""
OPEN_PAGES: list[tuple[str, str, Handler]] = [*feedback.OPEN_PAGES]
"""The same, where nobody is known, signed in or not: what is said there is anonymous."""


@dataclass
class Site:
    """What all pages share. `api`: the ASGI app that answers the public API."""

    api: ASGIApp
    login: Login
    clock: Clock
    assets: Assets
    rendering: Rendering
    drafts: Drafts
    public_url: str | None

    @classmethod
    def create(cls, settings: Settings, *, api: ASGIApp, clock: Clock) -> Site:
        keys, assets = settings.session_keys, Assets()
        seal = Seal(keys.get_secret_value()) if keys else None
        login, drafts = Login(settings, seal, clock), Drafts(seal, clock)
        return cls(api, login, clock, assets, Rendering(assets), drafts, settings.public_url)

    def routes(self) -> list[Route]:
        known = [(method, address, self._renewing(handler)) for method, address, handler in PAGES]
        return [
            *self._routes([("GET", "/static/{name:path}", self._asset), *OPEN_PAGES], _nobody),
            *self._routes([*self.login.pages(), *known], self.login.sessions.read),
        ]

    async def unknown(self, request: Request, error: Exception) -> Response:
        """For the router: no such address, or not by this method."""
        assert isinstance(error, HTTPException)
        page = self._page(request, self.login.sessions.read(request))
        response = failure(page, KINDS.get(error.status_code, NotFound)())
        response.headers.update(error.headers or {})
        return response

    def _routes(self, pages: Iterable[tuple[str, str, Handler]], who: Who) -> Iterator[Route]:
        for method, address, handler in pages:
            yield Route(address, self._endpoint(handler, who), methods=[method])

    def _endpoint(self, handler: Handler, who: Who) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            response = await _answered(handler, self._page(request, who(request)))
            keep_language(request, response)
            return response

        return endpoint

    def _renewing(self, handler: Handler) -> Handler:
        """With a token that still lasts: a session is renewed on the way, or ended."""

        async def renewing(page: Page) -> Response:
            session = page.session and await self.login.fresh(page.session)
            if session is page.session:
                return await handler(page)
            response = await _answered(handler, self._page(page.request, session))
            self.login.sessions.keep(response, session)
            return response

        return renewing

    def _page(self, request: Request, session: Session | None) -> Page:
        client = request.client
        api = Api(
            self.api,
            token=session.token if session else None,
            language=language_of(request),
            address=(client.host, client.port) if client else ("127.0.0.1", 0),
        )
        return Page(request, session, api, self.rendering, self.clock, self.drafts, self.public_url)

    async def _asset(self, page: Page) -> Response:
        return await self.assets.answer(page.request)


def _nobody(_: Request) -> None:
    """What is the same for everybody opens no session."""


async def _answered(handler: Handler, page: Page) -> Response:
    try:
        return await handler(page)
    except (ClientGone, ClientDisconnect):
        raise
    except Exception as error:
        return failure(page, error)
