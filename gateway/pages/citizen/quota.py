"""One's own limits: what is used, by which bookings, when it renews, and what a block is about."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from gateway.pages.citizen import reading
from gateway.pages.citizen.periods import period_name
from gateway.pages.citizen.reading import Item
from gateway.pages.citizen.visits import Visit, of_ids
from gateway.pages.page import Page

SHOWN_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Usage:
    """One period of one channel. `item`: as the API gives it."""

    item: Item
    period: str
    counting: list[Visit]


@dataclass(frozen=True, slots=True)
class Limits:
    """At one organisation."""

    organisation: Item
    usages: list[Usage]
    blocked: Item | None
    missed: list[Visit]
    lifted_at: str

    @property
    def is_used(self) -> bool:
        return self.blocked is not None or any(usage.item["used"] for usage in self.usages)


async def show(page: Page) -> Response:
    """Of `?organisation=`, else of all that take bookings, as far as they are few."""
    page.need("citizen")
    services, organisations = await asyncio.gather(reading.services(page), reading.organisations(page))
    giving = {code for one in services for code in one["organisations"]}
    known = {code: one for code, one in organisations.items() if code in giving}
    asked = page.asked("organisation")
    wrong = {"organisation": page.gettext("Choose an organisation of the list")}
    wanted = [known[asked]] if asked in known else list(known.values())[:SHOWN_AT_ONCE]
    limits = await asyncio.gather(*(_limits(page, one) for one in wanted))
    limits.sort(key=lambda one: not one.is_used)
    return page.render(
        "citizen/quota.html",
        limits=limits,
        known=known,
        is_cut=len(known) > SHOWN_AT_ONCE,
        values={"organisation": asked},
        errors={} if asked in ("", *known) else wrong,
    )


async def _limits(page: Page, organisation: Item) -> Limits:
    own = await page.api.get("quota", organisation=organisation["code"])
    shown = [one for one in own["items"] if one["limit"] is not None or one["used"]]
    counting, (missed, lifted_at) = await asyncio.gather(
        asyncio.gather(*(of_ids(page, one["counting"]) for one in shown)), _block(page, own["blocked"])
    )
    usages = [Usage(one, period_name(page, one["period"]), some) for one, some in zip(shown, counting, strict=True)]
    return Limits(organisation, usages, own["blocked"], missed, lifted_at)


async def _block(page: Page, block: Item | None) -> tuple[list[Visit], str]:
    """The visits that were missed, and the name of the centre where the block is lifted."""
    if block is None:
        return [], ""
    missed, centres = await asyncio.gather(of_ids(page, block["missed"]), reading.centres(page))
    return missed, next((one["name"] for one in centres if one["id"] == block["centre"]), block["centre"])


PAGES = [("GET", "/quota", show)]
