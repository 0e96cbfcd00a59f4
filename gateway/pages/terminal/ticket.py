"""The ticket: on the screen, and on paper of 80 mm. It names no person."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.codes import address_code
from gateway.pages.page import Page
from gateway.pages.terminal import visitor
from gateway.pages.terminal.kiosk import kiosk, trouble


async def ticket(page: Page) -> Response:
    """`?arrived=1`: it was made before, and its visitor has come."""
    try:
        here = await kiosk(page)
        booking = await page.api.get(f"bookings/{page.given('booking')}")
        service = await page.api.get(f"services/{booking['service']}")
    except Refused as refused:
        return trouble(page, refused)
    if not booking["ticket"]:
        return page.go(here.home)  # it was not confirmed, or is cancelled
    follow = f"/board/{here.centre['id']}"
    shown = {"booking": booking, "service": service, "code": address_code(page, follow)}
    response = here.show("ticket.html", arrived=bool(page.asked("arrived")), **shown)
    visitor.leave(response)
    return response


PAGES = [("GET", "/terminal/{centre}/ticket/{booking}", ticket)]
