"""The manager's live stream, through the gateway: within a second, and only for whose it is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from services.testing import Stack, eventually
from tests.feedback_svc.conftest import BAD, CENTRE, codes
from tests.gateway.screens import screens
from tests.gateway.world import fronting

STREAM = f"/api/v1/feedback/remarks/stream?centre={CENTRE}"
QUICK = {"live_check_seconds": 600.0}


def shown(screen: Any) -> list[Any]:
    """The comments of the last state."""
    return [item["comment"] for item in json.loads(screen.states[-1])["items"]] if screen.states else []


async def test_a_remark_is_on_the_stream_as_soon_as_it_is_made(world: Any, stack: Stack) -> None:
    """The list as it is, then each change; by itself, long before the gateway looks again."""
    await world.rated(comment="one")
    async with fronting(stack, **QUICK) as client, screens(f"{client.base_url}{STREAM}", **world.manager()) as [screen]:
        await eventually(lambda: _shows(screen, ["one"]))
        world.clock.advance(timedelta(seconds=1))
        await world.rated(BAD, comment="two")
        await eventually(lambda: _shows(screen, ["two", "one"]))
        [remark, _] = json.loads(screen.states[-1])["items"]
        await world.post(f"remarks/{remark['id']}/answer", {"text": "Дякуємо"}, **world.manager())
        await eventually(lambda: _answered(screen))


async def _shows(screen: Any, comments: list[str]) -> bool:
    return shown(screen) == comments


async def _answered(screen: Any) -> bool:
    return bool(json.loads(screen.states[-1])["items"][0]["state"] == "answered")


async def test_who_may_not_read_is_refused_the_stream(world: Any, stack: Stack) -> None:
    """As the list refuses: 401, 403, 404, 422, each a document."""
    async with fronting(stack, **QUICK) as client:
        assert codes(await client.get(STREAM)) == (401, "unauthenticated")
        assert codes(await client.get(STREAM, headers=world.manager("hsc-5641"))) == (403, "forbidden")
        elsewhere = STREAM.replace(CENTRE, "nowhere")
        assert codes(await client.get(elsewhere, headers=world.manager())) == (404, "not_found")
        without = await client.get(STREAM.partition("?")[0], headers=world.manager())
        assert codes(without) == (422, "invalid_request")


async def test_two_listeners_see_each_their_own(world: Any, stack: Stack) -> None:
    """The filter of one is not the other's, and neither is the centre."""
    async with (
        fronting(stack, **QUICK) as client,
        screens(f"{client.base_url}{STREAM}&state=answered", **world.manager()) as [answered],
        screens(f"{client.base_url}{STREAM}&state=open", **world.manager()) as [open_ones],
        screens(f"{client.base_url}{STREAM.replace(CENTRE, 'hsc-5641')}", **world.manager(None)) as [elsewhere],
    ):
        await world.rated(comment="one")
        await eventually(lambda: _shows(open_ones, ["one"]))
        assert shown(answered) == shown(elsewhere) == []


async def test_a_stream_ends_with_its_token(world: Any, stack: Stack) -> None:
    """When the gateway looks again, or when there is news, whichever comes first; the news are not shown."""
    async with (
        fronting(stack, **QUICK) as client,
        screens(f"{client.base_url}{STREAM}", **world.manager()) as [screen],
    ):
        await eventually(lambda: _shows(screen, []))
        world.clock.time = world.clock.now().replace(hour=9)
        await world.rated(comment="late")
        await eventually(screen.finished)
        assert shown(screen) == []


@pytest.mark.parametrize("seconds", [0.2])
async def test_a_quiet_stream_ends_with_its_token_too(world: Any, stack: Stack, seconds: float) -> None:
    """Without any news."""
    async with (
        fronting(stack, live_check_seconds=seconds) as client,
        screens(f"{client.base_url}{STREAM}", **world.manager()) as [screen],
    ):
        await eventually(lambda: _shows(screen, []))
        world.clock.time = world.clock.now().replace(hour=9)
        await eventually(screen.finished)
