"""What `doctor` says about the catalogue and its slots."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from booking_svc.slots.checks import check


async def test_a_sound_city_has_no_findings(settled: Any) -> None:
    """Also after days have opened and places were taken."""
    await settled.take("lutsk-main-papers", "2026-11-25 09:20+02")
    assert await check(settled.context) == []
    await settled.send("PUT", "/calendar/centres/lutsk-main/2026-11-25", {"closed": True})
    assert await check(settled.context) == []


async def test_a_switched_off_centre_is_no_finding(settled: Any) -> None:
    """It gives no slots, and none are expected."""
    await settled.send("DELETE", "/centres/lutsk-main")
    assert await check(settled.context) == []


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE centre SET hours = '[[],[],[],[],[],[],[]]'", "centre lutsk-main has no opening hours"),
        ("UPDATE service SET active = false", "queue lutsk-main-photo has no service that can be booked"),
        (
            "UPDATE queue SET capacity = 3 WHERE code = 'papers'",
            "centre lutsk-main: queues[0].capacity: only 2 desks here give all services of this queue",
        ),
        (
            "DELETE FROM slot WHERE id = (SELECT min(id) FROM slot WHERE queue = 'lutsk-main-photo')",
            "queue lutsk-main-photo: 94 slots, the schedule gives 95",
        ),
        (
            "INSERT INTO slot (queue, centre, starts_at, ends_at, visit_date, scheduled, capacity)"
            " SELECT queue, centre, starts_at + interval '1 minute', ends_at, visit_date, 1, 1 FROM slot"
            " WHERE id = (SELECT max(id) FROM slot WHERE queue = 'lutsk-main-photo')",
            "queue lutsk-main-photo: 96 slots, the schedule gives 95",
        ),
    ],
)
async def test_damage_is_named(settled: Any, damage: str, finding: str) -> None:
    """What nobody could write through the front door is found in the store."""
    await settled.rows(damage)
    assert finding in await check(settled.context)


async def test_missing_days_are_named(settled: Any) -> None:
    """When the job does not run; the ten seconds that it has are waited for."""
    late = date(2026, 12, 10)
    await settled.rows("UPDATE queue SET prepared_until = $1 WHERE id = 'lutsk-main-photo'", late)
    assert "queue lutsk-main-photo: days are missing after 2026-12-10" in await check(settled.context)


async def test_a_new_day_is_not_missed_at_once(settled: Any) -> None:
    """A moment after midnight the job has not yet acted: no finding."""
    midnight = settled.clock.now().replace(hour=22, minute=0, second=0)
    settled.clock.time = midnight + timedelta(seconds=1)
    assert await check(settled.context) == []
