"""Words and contacts go when the organisation has kept them long enough; the figures stay."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from feedback_svc.retention.domain import kept_since
from feedback_svc.retention.handlers import Daily, erase_daily
from services.testing import MORNING, eventually
from tests.feedback_svc.conftest import BAD, CENTRE, organisation
from tests.feedback_svc.remarks.conftest import listed


def test_days_are_those_of_the_organisation() -> None:
    """A year of 365 days back from today there."""
    assert kept_since(MORNING, ZoneInfo("Europe/Kyiv"), days=365) == date(2025, 11, 24)
    assert kept_since(MORNING + timedelta(hours=15), ZoneInfo("Europe/Kyiv"), days=1) == date(2026, 11, 24)


async def erased(world: Any) -> None:
    world.context.get(Daily).done_on = None
    await erase_daily(world.context)


async def test_words_and_contacts_go_and_figures_stay(world: Any) -> None:
    """On the day after the last one of the period, not before; of an organisation without a period nothing goes."""
    await world.rated(BAD, comment="Грубо", contact="olena@example.org")
    await world.rated(BAD, comment="Źle", desk="lublin-bom-main-1")
    [remark] = await listed(world)
    await world.post(f"remarks/{remark['id']}/answer", {"text": "Дякуємо"}, **world.manager())
    world.clock.advance(timedelta(days=365))
    await erased(world)
    assert (await listed(world))[0]["comment"] == "Грубо"
    world.clock.advance(timedelta(days=1))
    await erased(world)
    [after] = await listed(world)
    assert (after["comment"], after["answer"], after["contact"], after["state"]) == (None, None, None, "answered")
    assert after["answers"] == BAD
    rows = await world.rows("SELECT organisation, comment IS NULL AS gone FROM rating ORDER BY organisation")
    assert [tuple(row) for row in rows] == [("hsc", True), ("lublin-bom", False)]


async def test_a_contact_without_words_goes_too(world: Any) -> None:
    """A bad mark with a telephone number."""
    await world.rated(BAD, contact="0671234567")
    world.clock.advance(timedelta(days=366))
    await erased(world)
    assert [tuple(row) for row in await world.rows("SELECT contact, contact_kind FROM remark")] == [(None, None)]


async def _finds(world: Any, findings: list[str]) -> bool:
    return bool(await world.findings() == findings)


async def test_a_shorter_period_holds_at_once(world: Any) -> None:
    """And doctor says what should have gone already."""
    await world.rated(comment="Дякую")
    world.clock.advance(timedelta(days=10))
    await world.publish(organisation("hsc", version=2, retention_days=5))
    world.context.get(Daily).done_on = world.clock.now().date()
    late = ["organisation hsc: the words or contacts of 1 ratings are kept too long"]
    await eventually(lambda: _finds(world, late))
    await erased(world)
    await eventually(lambda: _finds(world, []))
    assert (await listed(world, f"centre={CENTRE}"))[0]["comment"] is None
