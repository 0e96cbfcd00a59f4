"""The times of a day: closed and opened, with what becomes of the bookings in them said before and after."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from gateway.pages.centre.reading import STAFF, centre_api, read
from gateway.pages.centre.times import Part, by_queue, inside
from gateway.pages.client import Refused
from gateway.pages.page import Page
from services.errors import NotFound

BOOKINGS = ("move", "cancel")
FIGURES = ("closed", "moved", "cancelled", "expired", "left", "opened")
STEPS = {"close": FIGURES[:5], "open": FIGURES[5:]}
"""With the figures that the API answers."""


async def choose(page: Page) -> Response:
    """From the field of a date to the page of that day."""
    page.need(*STAFF)
    try:
        return page.go(f"{page.path}/{_day(page.asked('date'))}")
    except NotFound:
        return page.go(page.path.removesuffix("/day") + "?told=date")


async def show(page: Page) -> Response:
    """The day; with `ask`, what closing or opening a part of it would mean."""
    part = Part(page.asked("queue"), page.asked("from"), page.asked("until"))
    asked = page.asked("ask") if page.asked("ask") in STEPS else ""
    errors = _errors(page, part) if asked else {}
    done = {name: int(page.asked(name)) for name in FIGURES if page.asked(name).isdecimal()}
    return await _page(page, part, asked="" if errors else asked, errors=errors, done=done)


async def act(page: Page) -> Response:
    """Closes or opens; the page of the day then says what became of it."""
    page.need(*STAFF)
    form = await page.form()
    part, step = Part.of(form), form["step"]
    if step not in STEPS or part.wrong():
        raise NotFound
    body: dict[str, Any] = part.body(_day(page.given("date")))
    if step == "close":
        body["bookings"] = form["bookings"]
        if form["bookings"] not in BOOKINGS:
            errors = {"bookings": page.gettext("Choose what becomes of the bookings.")}
            return await _page(page, part, asked=step, errors=errors)
    try:
        done = await page.api.post(f"{centre_api(page)}/slots/{step}", body, key=f"{form.key}-{step}")
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return await _page(page, part, asked=step, problem=refused.document)
    told = "&".join(f"{name}={done.get(name, 0)}" for name in STEPS[step])
    return page.go(f"{page.path}?{told}")


async def _page(page: Page, part: Part, **more: Any) -> Response:
    found = await read(page, _day(page.given("date")))
    slots = found["day"]["slots"]
    values: dict[str, Any] = {"problem": None, "errors": {}, "done": {}, **more}
    status = 422 if values["errors"] else values["problem"]["status"] if values["problem"] else 200
    meant = inside(part, slots, now=found["day"]["now"])
    return page.render(
        "centre/day.html", status=status, part=part, meant=meant, queues=by_queue(slots), **values, **found
    )


def _errors(page: Page, part: Part) -> dict[str, str]:
    texts = {
        "from": page.gettext("A time of the day, for example 10:00."),
        "until": page.gettext("A time of the day after the beginning, for example 12:00."),
    }
    return {name: texts[name] for name in part.wrong()}


def _day(text: str) -> str:
    """Raises `NotFound` for what is no date."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise NotFound from None
