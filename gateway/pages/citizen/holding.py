"""Taking a time: it is held for some minutes, or the page says why not and what else there is."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from gateway.pages.citizen import names, refusals
from gateway.pages.citizen.reading import at, key_of
from gateway.pages.citizen.refusals import Wish
from gateway.pages.citizen.times import day_of, shown
from gateway.pages.client import Refused
from gateway.pages.page import Page


async def hold(page: Page) -> Response:
    """POST `starts_at`. Raises `Refused` where nothing but the problem can be told."""
    session = page.need("citizen")
    day, form = day_of(page), await page.form()
    starts_at = moment_of(form["starts_at"])
    if starts_at is None:
        return await shown(page, day, errors={"times": page.gettext("Choose one of the times below")})
    wish = Wish(page.given("service"), page.given("centre"), starts_at)
    body = wish.body() | {"applicant": names.applicant_of(session, form)}
    try:
        held = await page.api.post("bookings", body, key=key_of(form, str(body)))
    except Refused as refused:
        if names.is_missing(refused):
            return names.ask(page, refused, form)
        return await refusals.answer(page, refused, wish=wish, form=form)
    return page.go("/" + at("bookings", held["id"]))


def moment_of(text: str) -> datetime | None:
    """A time with its offset; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


PAGES = [("POST", "/book/{service}/{centre}/{date}", hold)]
