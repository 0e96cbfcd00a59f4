"""The list of services, and each with what to bring."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from starlette.responses import Response

from gateway.pages.citizen import reading
from gateway.pages.citizen.reading import Item
from gateway.pages.citizen.visits import Visit, named
from gateway.pages.client import Refused
from gateway.pages.page import Page

MAX_QUERY = 200


async def home(page: Page) -> Response:
    """All services, or those with the words of `?q=`, by organisation; on top one's own next visit."""
    query = page.asked("q")[:MAX_QUERY]
    found, organisations, coming = await asyncio.gather(
        reading.services(page, query=query), reading.organisations(page), next_visit(page)
    )
    groups = grouped(found, organisations)
    return page.render("citizen/services.html", query=query, count=len(found), groups=groups, coming=coming)


def grouped(services: list[Item], organisations: Mapping[str, Item]) -> list[tuple[Item, list[Item]]]:
    """Each organisation with what it gives; what nobody takes bookings of is not shown."""
    pairs = ((one, [item for item in services if code in item["organisations"]]) for code, one in organisations.items())
    return [(organisation, given) for organisation, given in pairs if given]


async def next_visit(page: Page) -> Visit | None:
    """Of a citizen who is signed in. The list of services is there even where this cannot be read."""
    if page.session is None or not page.session.has("citizen"):
        return None
    with suppress(Refused):
        visits = await named(page, (await page.api.get("bookings"))["items"])
        return min((one for one in visits if one.is_coming), key=lambda visit: visit.starts_at, default=None)
    return None


async def show(page: Page) -> Response:
    code = page.given("code")
    service, free, organisations = await asyncio.gather(
        reading.service(page, code), reading.availability(page, code), reading.organisations(page)
    )
    first = min((one["first_free_at"] for one in free.values() if one["free"]), default=None)
    givers = [organisations[one]["name"] for one in service["organisations"] if one in organisations]
    return page.render(
        "citizen/service.html",
        service=service,
        givers=givers,
        centres=len(free),
        with_room=sum(bool(one["free"]) for one in free.values()),
        first_free_at=first,
    )


PAGES = [
    ("GET", "/", home),
    ("GET", "/services/{code}", show),
]
