"""Indicators of desks: by their mix of services, and small samples drawn to the centre."""

from __future__ import annotations

from services.contracts import visits
from tests.stats_svc.conftest import DAY, World, finished, rated, visit


async def test_a_desk_is_judged_by_its_mix_of_services(world: World) -> None:
    """Exams take long: who gives them is not slow. The desk that takes twice the usual time is."""
    await world.places()
    exams = [finished(3600, desk="hsc-0741-1", service="theory-exam") for _ in range(30)]
    quick = [finished(300, desk="hsc-0741-2") for _ in range(60)]
    slow = [finished(600, desk="hsc-0741-3") for _ in range(30)]
    await world.tell(*exams, *quick, *slow, visit(visits.VisitRefused, because="identity_mismatch"))
    items = await world.items("staff", centre="hsc-0741", headers=world.manager())
    paces = {key: item["pace"]["own"] for key, item in items.items()}
    assert paces == {"hsc-0741-1": 1.0, "hsc-0741-2": 0.75, "hsc-0741-3": 1.5}
    exam_desk = items["hsc-0741-1"]
    assert (exam_desk["served"], exam_desk["minutes"], exam_desk["expected_minutes"]) == (30, 1800.0, 1800.0)
    assert exam_desk["refused"] == 1
    assert items["hsc-0741-3"]["pace"]["value"] == round(1 + 0.5 * 30 / 50, 3)


async def test_small_samples_are_drawn_to_the_centre_and_marked(world: World) -> None:
    """Two bad marks do not make a bad desk; and it is said in words."""
    await world.places()
    good = [rated(4, desk="hsc-0741-1") for _ in range(98)]
    await world.tell(*good, *(rated(1, desk="hsc-0741-2") for _ in range(2)))
    asked = {"centre": "hsc-0741", "first": DAY, "last": DAY, "headers": world.manager(), "lang": "en"}
    answer = (await world.get("staff", **asked)).json()
    small = answer["items"][1]["quality"]
    assert (small["own"], small["small_sample"], small["weight"]) == (1.0, True, round(2 / 22, 3))
    assert small["value"] == round(2 / 22 * 1 + 20 / 22 * 3.94, 3)
    assert not answer["items"][0]["quality"]["small_sample"]
    assert "drawn to the" in answer["method"]


async def test_desks_are_shown_to_their_manager_only(world: World) -> None:
    """And a centre has to be named."""
    await world.places()
    assert (await world.get("staff", centre="hsc-0741")).status_code == 401
    for headers in (world.stack.bearer("administrator", centre="hsc-0741"), world.manager(centre="hsc-5641")):
        assert (await world.get("staff", centre="hsc-0741", headers=headers)).status_code == 403
    assert (await world.get("staff", headers=world.manager())).status_code == 422
    assert (await world.get("staff", centre="hsc-5641", headers=world.manager(centre=None))).json()["items"] == []
