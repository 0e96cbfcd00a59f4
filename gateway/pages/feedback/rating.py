"""The page behind the code of a desk: five questions, ten minutes, one answer. Nobody is asked who they are."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.feedback.questions import ended, sent, shown
from gateway.pages.page import Page

__all__ = ["ended", "scan", "submit"]
TOO_EARLY = 503


async def scan(page: Page) -> Response:
    """Opens a session: its minutes begin when the questions are there. A reload is another scan."""
    if "prefetch" in page.request.headers.get("sec-purpose", ""):
        return Response(status_code=TOO_EARLY)  # nobody sees the page yet, and the minutes would run
    try:
        session = await page.api.post("feedback/sessions", {"feedback_code": page.given("code")})
    except Refused as refused:
        if refused.status not in (404, 422):
            raise
        return page.render("feedback/unknown.html", status=404)
    return shown(page, session)


async def submit(page: Page) -> Response:
    """The secret of the session stands in the form, and never in an address."""
    return await sent(page, await page.open_form())
