"""What must not happen on any page: errors of scripts, violations of its policy, files that fail, foreign hosts."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

OWN_HOSTS = {"127.0.0.1", "localhost"}
PARTS = {"stylesheet", "script", "image", "font", "manifest"}
TOLD_BY_RESPONSE = "Failed to load resource"
"""The console also says this of pages that are refusals, which is no fault."""
POLICY = "document.addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective))"


class Watch:
    """Collects the faults of every page of a context."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(POLICY)
        context.on("page", self._page)
        context.on("console", self._console)
        context.on("request", self._request)
        context.on("response", self._response)

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: error of a script: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(TOLD_BY_RESPONSE):
            self.faults.append(f"{message.page.url if message.page else '?'}: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in OWN_HOSTS:
            self.faults.append(f"asks a foreign host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type in PARTS:
            self.faults.append(f"{response.status} for a part of the page: {response.url}")
