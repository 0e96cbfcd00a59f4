"""What visitors wrote, or rated badly: the manager sees each at once, and answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from gateway.pages.catalogue import known
from gateway.pages.centre.reading import STAFF, centre_api
from gateway.pages.client import Refused
from gateway.pages.feedback.questions import LONGEST
from gateway.pages.formats import moment
from gateway.pages.page import Form, Page
from services.errors import NotFound

STATES = ("open", "answered")
TIMES = ("opened_at", "due_at", "answered_at")
Item = dict[str, Any]


async def listed(page: Page) -> Response:
    """The newest first; `?state=answered` those that have their answer, `?cursor=` goes on."""
    page.need(*STAFF)
    state = page.asked("state") if page.asked("state") in STATES else "open"
    found = await page.api.get(
        "feedback/remarks", centre=page.given("centre"), state=state, cursor=page.asked("cursor") or None
    )
    centre = await centre_of(page)
    items = [_told(page, centre, one) for one in found["items"]]
    stream = urlencode({"centre": centre["id"], "limit": 1})
    shown = {"overdue": sum(one["overdue"] for one in items), "stream": f"/api/v1/feedback/remarks/stream?{stream}"}
    return page.render(
        "feedback/remarks.html", centre=centre, state=state, items=items, following=found["next"], **shown
    )


async def show(page: Page) -> Response:
    return await _page(page)


async def act(page: Page) -> Response:
    """Answers, or shows the contact, which is recorded."""
    page.need(*STAFF)
    form = await page.form()
    if form["step"] == "contact":
        return await _page(page, contact=await page.api.get(f"{_api(page)}/contact"))
    if form["step"] != "answer":
        raise NotFound
    if errors := dict(_errors(page, form)):
        return await _page(page, status=422, values=form, errors=errors)
    try:
        await page.api.post(f"{_api(page)}/answer", {"text": form["text"]}, key=form.key)
    except Refused as refused:
        if refused.status != 409:
            raise
        return await _page(page, status=409, problem=refused.document)
    return page.go(f"{page.path}?told=answered")


async def centre_of(page: Page) -> Item:
    code = page.given("centre")
    return await known(page, centre_api(page), id=code, name=code, time_zone="UTC", desks=[])


async def _page(page: Page, *, status: int = 200, **more: Any) -> Response:
    page.need(*STAFF)
    centre, remark = await centre_of(page), await page.api.get(_api(page))
    if remark["centre"] != centre["id"]:
        raise NotFound
    values = {"values": {}, "errors": {}, "problem": None, "contact": None, **more}
    told = page.asked("told") == "answered"
    return page.render(
        "feedback/remark.html",
        status=status,
        centre=centre,
        remark=_told(page, centre, remark),
        told=told,
        longest=LONGEST["comment"],
        **values,
    )


def _api(page: Page) -> str:
    """Raises `NotFound` for what is no id at all."""
    try:
        return f"feedback/remarks/{quote(str(UUID(page.given('id'))))}"
    except ValueError:
        raise NotFound from None


def _told(page: Page, centre: Item, remark: Item) -> Item:
    """With times as the centre's clocks show them, the number of its desk, and whether it waits for too long."""
    zone = ZoneInfo(centre["time_zone"])
    times = {name: remark[name] and moment(remark[name]).astimezone(zone) for name in TIMES}
    numbers = {desk["id"]: desk["number"] for desk in centre["desks"]}
    overdue = remark["state"] == "open" and moment(remark["due_at"]) <= page.now
    return {**remark, **times, "overdue": overdue, "desk_number": numbers.get(remark["desk"], remark["desk"])}


def _errors(page: Page, form: Form) -> Iterator[tuple[str, str]]:
    if not form["text"]:
        yield "text", page.gettext("Write the answer.")
    elif len(form["text"]) > LONGEST["comment"]:
        yield "text", page.gettext("At most %(length)s characters.") % {"length": LONGEST["comment"]}
