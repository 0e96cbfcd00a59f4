"""`./vizyt retention`: what would be erased, or erasing it now, by the admin API."""

from typing import Any

import httpx

from services.local import target
from services.local.home import Home
from services.local.trouble import Trouble

PATH = "/api/v1/admin/retention"


async def survey(home: Home) -> list[str]:
    """A line per organisation: how many bookings are due."""
    async with target.client(target.url(home), home) as client:
        return [_due(item) for item in await _items(client, "GET")]


async def erase(home: Home) -> list[str]:
    """Erases until nothing is due; a line per organisation."""
    erased: dict[str, int] = {}
    async with target.client(target.url(home), home) as client:
        more = True
        while more:
            items = await _items(client, "POST")
            for item in items:
                erased[item["organisation"]] = erased.get(item["organisation"], 0) + item["erased"]
            more = any(item["remaining"] for item in items) and any(item["erased"] for item in items)
    return [f"{organisation}: {number} bookings erased" for organisation, number in erased.items()]


async def _items(client: httpx.AsyncClient, method: str) -> list[dict[str, Any]]:
    try:
        answer = await client.request(method, PATH)
    except httpx.HTTPError as error:
        raise Trouble(f"{client.base_url} does not answer ({type(error).__name__}): is it running?") from None
    if not answer.is_success:
        raise Trouble(f"refused: {answer.status_code} {answer.text[:500]}")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _due(item: dict[str, Any]) -> str:
    if item["retention_days"] is None:
        return f"{item['organisation']}: no period, everything is kept"
    unfinished = f"; {item['unfinished']} as old never ended" if item["unfinished"] else ""
    return f"{item['organisation']}: {item['due']} bookings from before {item['kept_since']} are due{unfinished}"
