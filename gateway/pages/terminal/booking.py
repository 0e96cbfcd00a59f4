"""The way to a time of today: one question on each screen, forward and back, all in one form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.countries import countries
from gateway.pages.page import Form, Page
from gateway.pages.terminal import visitor
from gateway.pages.terminal.draft import Draft, errors_of, first_open, following, screens_of
from gateway.pages.terminal.kiosk import Kiosk, address, kiosk, trouble
from gateway.pages.terminal.offers import offer, offers
from gateway.pages.terminal.refusals import Comeback, booking_refusal

TAKE = "ticket"
"""What the last button wants in place of a screen."""


async def begin(page: Page) -> Response:
    """A new visitor."""
    try:
        return await _screen(await kiosk(page), Draft(), Comeback("who"), visitor.new())
    except Refused as refused:
        return trouble(page, refused)


async def step(page: Page) -> Response:
    """From one screen to the next, or back. `screen` is the one that was filled in, `to` the one that is wanted."""
    form = await page.form()
    if not visitor.is_here(page.request, form):
        return page.go(f"{address(page)}?over=1")
    try:
        here = await kiosk(page)
        if form["to"] == TAKE:
            return await _take(here, form)
        draft = Draft.of(form)
        return await _screen(here, draft, _next(draft, form, page), form["visitor"])
    except Refused as refused:
        return trouble(page, refused, form)


def _next(draft: Draft, form: Form, page: Page) -> Comeback:
    """Whoever goes back, or reads in another language, is not told what is missing."""
    screen, wanted = form["screen"], form["to"]
    if wanted or screen not in screens_of(draft):
        return Comeback(first_open(draft, wanted, page.gettext))
    if errors := errors_of(draft, screen, page.gettext):
        return Comeback(screen, errors=errors)
    return Comeback(following(draft, screen, page.gettext))


async def _take(here: Kiosk, form: Form) -> Response:
    """Holds the time and confirms it. Sending it again with the same key goes on with the same booking."""
    page, draft = here.page, Draft.of(form)
    open_screen = first_open(draft, "review", page.gettext)
    if open_screen != "review":
        back = Comeback(open_screen, errors=errors_of(draft, open_screen, page.gettext))
        return await _screen(here, draft, back, form["visitor"])
    try:
        held = await page.api.post("bookings", draft.wish(here.centre["id"]), key=form.key)
        await page.api.post(f"bookings/{held['id']}/confirm")
    except Refused as refused:
        return await _refused(here, draft, form, refused)
    return page.go(f"{address(page)}/ticket/{held['id']}")


async def _refused(here: Kiosk, draft: Draft, form: Form, refused: Refused) -> Response:
    if refused.status in (401, 403) and refused.code in ("unauthenticated", "forbidden"):
        raise refused
    if refused.status >= 500:
        here.page.key = form.key
    back = booking_refusal(refused, draft, here.page)
    return await _screen(here, draft, back, form["visitor"], status=refused.status)


async def _screen(here: Kiosk, draft: Draft, back: Comeback, number: str, *, status: int = 200) -> Response:
    shown = await SHOWN[back.screen](here, draft)
    values = {"draft": draft, "values": draft.values(), "carried": draft.carried(back.screen)}
    told = {"screen": back.screen, "screens": screens_of(draft), "errors": back.errors, "refusal": back.refusal}
    status = 422 if back.errors and status == 200 else status
    response = here.show(f"{back.screen}.html", status=status, visitor=number, **values, **told, **shown)
    visitor.enter(response, number)
    return response


async def _nothing(here: Kiosk, draft: Draft) -> dict[str, Any]:
    return {}


async def _services(here: Kiosk, draft: Draft) -> dict[str, Any]:
    return {"offers": await offers(here)}


async def _times(here: Kiosk, draft: Draft) -> dict[str, Any]:
    return {"offer": await offer(here, draft.service)}


async def _forms(here: Kiosk, draft: Draft) -> dict[str, Any]:
    return {"countries": countries(here.page.language)}


async def _whole(here: Kiosk, draft: Draft) -> dict[str, Any]:
    service = await here.page.api.get(f"services/{draft.service}")
    names = dict(countries(here.page.language))
    return {"service": service, "starts_at": datetime.fromisoformat(draft.starts_at), "country_names": names}


SHOWN = {
    "who": _nothing,
    "priority": _nothing,
    "service": _services,
    "time": _times,
    "identity": _forms,
    "names": _nothing,
    "review": _whole,
}
"""What each screen needs besides the draft."""
PAGES = [("GET", "/terminal/{centre}/book", begin), ("POST", "/terminal/{centre}/book", step)]
