"""Ratings as they are asked for: by place, time and question; small cells; who sees what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.stats_svc.conftest import DAY, REGIONS, World, rated

VOLYN, RIVNE = REGIONS["hsc-0741"][0], REGIONS["hsc-5641"][0]


async def test_ratings_by_region_have_shares_and_intervals(world: World) -> None:
    """Positive at 3 and 4, negative at 1 and 2 (domain.md §3); the mean is of the question on the whole."""
    await world.places()
    values = [4] * 6 + [3] * 2 + [2, 1]
    await world.tell(*(rated(value) for value in values), *(rated(at="hsc-5641") for _ in range(7)))
    items = await world.items("ratings", group_by="region")
    volyn = items[VOLYN]
    assert (volyn["ratings"], volyn["positive"], volyn["negative"], volyn["mean"]) == (10, 8, 2, 3.3)
    assert (volyn["share_positive"], volyn["interval"]) == (0.8, [0.4902, 0.9433])
    assert (items[RIVNE]["ratings"], items[RIVNE]["name"]) == (7, "Рівненська область")


async def test_names_come_in_the_readers_language(world: World) -> None:
    """uk by default, en and pl by header or `lang=`."""
    await world.places()
    await world.tell(*(rated() for _ in range(5)))
    english = await world.items("ratings", group_by="region", headers={"Accept-Language": "en"})
    assert english[VOLYN]["name"] == "Volyn region"
    assert (await world.items("ratings", group_by="centre", lang="pl"))["hsc-0741"]["name"] == "Centrum hsc-0741"


KEYS = {
    "day": {"2026-11-23", "2026-11-24"},
    "month": {"2026-11"},
    "year": {"2026"},
    "organisation": {"hsc"},
    "question": {"premises", "services", "staff", "process", "overall"},
    "channel": {"qr", "link"},
    "service": {"theory-exam", "licence-exchange"},
}


async def test_ratings_by_anything(world: World) -> None:
    """Each way of telling them apart counts every rating once."""
    before = DAY - timedelta(days=1)
    links = [rated(channel="link", service="theory-exam") for _ in range(6)]
    await world.tell(*links, *(rated(day=before, service="licence-exchange") for _ in range(5)))
    for group, keys in KEYS.items():
        found = await world.items("ratings", group_by=group)
        assert found.keys() == keys
        assert sum(item["ratings"] for item in found.values()) == (55 if group == "question" else 11)


async def test_days_outside_are_not_counted(world: World) -> None:
    """Both ends are included, nothing beside them is."""
    days = [DAY + timedelta(days=shift) for shift in range(-2, 3)]
    await world.tell(*(rated(day=day) for day in days for _ in range(5)))
    inside = {"first": DAY - timedelta(days=1), "last": DAY + timedelta(days=1)}
    assert len(await world.items("ratings", group_by="day", **inside)) == 3


async def test_cells_under_five_are_hidden_from_the_public(world: World) -> None:
    """With the next smallest, so that the total does not tell them."""
    ratings = [rated(day=date(2026, 11, day)) for day, n in ((2, 3), (3, 6), (4, 50)) for _ in range(n)]
    await world.places()
    await world.tell(*ratings)
    days = await world.items("ratings", group_by="day")
    hidden = {key for key, item in days.items() if item["suppressed"]}
    assert hidden == {"2026-11-02", "2026-11-03"}
    figures = {"ratings", "positive", "negative", "mean", "share_positive", "interval", "verified", "values"}
    assert {days[key][name] for key in hidden for name in figures} == {None}
    assert days["2026-11-04"]["ratings"] == 50


async def test_a_total_under_five_is_hidden_too(world: World) -> None:
    await world.tell(*(rated() for _ in range(4)))
    answer = (await world.get("ratings", first=DAY, last=DAY)).json()
    assert (answer["total"]["suppressed"], answer["total"]["ratings"]) == (True, None)


async def test_the_own_manager_sees_small_cells(world: World) -> None:
    """Of the own centre, or of the own organisation; not of another's, and a citizen sees none."""
    await world.places()
    await world.tell(rated(), rated(at="hsc-5641"))

    async def seen(headers: dict[str, str], **asked: Any) -> set[str]:
        items = await world.items("ratings", group_by="centre", headers=headers, **asked)
        return {key for key, item in items.items() if not item["suppressed"]}

    assert await seen(world.manager(), centre="hsc-0741") == {"hsc-0741"}
    assert await seen(world.manager(), centre="hsc-5641") == set()
    assert await seen(world.manager(), organisation="hsc") == set()
    assert await seen(world.manager(centre=None), organisation="hsc") == {"hsc-0741", "hsc-5641"}
    assert await seen(world.stack.bearer("analyst", organisation="hsc"), centre="hsc-5641") == {"hsc-5641"}
    assert await seen(world.manager(centre=None, organisation="lublin-bom"), organisation="hsc") == set()
    assert await seen(world.stack.bearer("citizen"), centre="hsc-0741") == set()
    assert await seen(world.stack.bearer("admin")) == {"hsc-0741", "hsc-5641"}


async def test_desks_are_their_managers(world: World) -> None:
    """Others are refused, not shown nothing."""
    await world.places()
    await world.tell(rated(), rated(2, desk="hsc-0741-2", flagged=True))
    items = await world.items("ratings", group_by="desk", centre="hsc-0741", headers=world.manager())
    assert {key: (item["ratings"], item["values"]) for key, item in items.items()} == {
        "hsc-0741-1": (1, {"4": 1}),
        "hsc-0741-2": (1, {"2": 1}),
    }
    assert items["hsc-0741-2"]["name"] == "Робоче місце 2"
    asked = {"group_by": "desk", "centre": "hsc-0741"}
    assert (await world.get("ratings", **asked)).status_code == 401
    assert (await world.get("ratings", headers=world.stack.bearer("citizen"), **asked)).status_code == 403
    assert (await world.get("ratings", headers=world.manager(centre="hsc-5641"), **asked)).status_code == 403
    assert (await world.get("ratings", headers=world.manager(), group_by="desk")).status_code == 403


async def test_an_independent_evaluation_is_shown_in_sums_only(world: World) -> None:
    """Beside the own one, never added to it; the centre sees no small cell of it, the evaluator does."""
    await world.places()
    await world.tell(*(rated() for _ in range(6)), *(rated(1, evaluator="civil-network") for _ in range(3)))
    assert (await world.items("ratings", group_by="centre"))["hsc-0741"]["ratings"] == 6
    asked = {"group_by": "centre", "evaluator": "civil-network", "centre": "hsc-0741"}
    assert (await world.items("ratings", headers=world.manager(), **asked))["hsc-0741"]["suppressed"]
    evaluator = world.stack.bearer("analyst", organisation="civil-network")
    assert (await world.items("ratings", headers=evaluator, **asked))["hsc-0741"]["ratings"] == 3


async def test_ratings_of_the_booking_system_stand_apart(world: World) -> None:
    """They are at no centre."""
    apart: dict[str, Any] = {"about": "booking_system", "centre": None, "desk": None, "organisation": None}
    await world.tell(*(rated(**apart, region=None) for _ in range(5)), *(rated() for _ in range(6)))
    assert (await world.items("ratings", group_by="year"))["2026"]["ratings"] == 6
    assert (await world.items("ratings", group_by="year", about="booking_system"))["2026"]["ratings"] == 5


BAD: list[tuple[dict[str, str], str]] = [
    ({"from": "2025-02-01", "to": "2025-01-01"}, "range_reversed"),
    ({"from": "2015-01-01", "to": "2025-01-01", "group_by": "day"}, "range_too_long"),
    ({"from": "1015-01-01", "to": "2025-01-01"}, "range_too_long"),
    ({"from": "2025-13-01"}, "invalid_request"),
    ({"group_by": "mood"}, "invalid_request"),
    ({"organization": "hsc"}, "invalid_request"),
    ({"centre": "../etc"}, "invalid_request"),
    ({"region": "x'; DROP TABLE rating; --"}, "invalid_request"),
]


async def test_what_cannot_be_asked_is_refused(world: World) -> None:
    """With a code that says why."""
    for asked, code in BAD:
        answer = await world.client.get("/api/v1/stats/ratings", params=asked)
        assert (answer.status_code, answer.json()["code"]) == (422, code), asked


async def test_a_bad_token_is_not_nobody(world: World) -> None:
    """Who thinks to be logged in is told."""
    answer = await world.get("ratings", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


async def test_unchanged_figures_are_not_sent_again(world: World) -> None:
    """The ETag holds until any figure changes, and is another for another reader."""
    await world.tell(*(rated() for _ in range(5)))
    first = await world.get("ratings", group_by="centre")
    kept = {"If-None-Match": first.headers["etag"]}
    assert (await world.get("ratings", group_by="centre", headers=kept)).status_code == 304
    assert (await world.get("ratings", group_by="centre", headers=kept | world.manager())).status_code == 200
    await world.tell(rated())
    assert (await world.get("ratings", group_by="centre", headers=kept)).status_code == 200
