"""`GET /api/v1/slots` and `GET /api/v1/availability` (api.md "Catalogue")."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

PHOTO = "/slots?centre=lutsk-main&service=photo&date="
PAPERS = "lutsk-main-papers"


async def test_the_slots_of_a_day(settled: Any) -> None:
    """Every half an hour from nine to noon, with the offset of the centre."""
    found = await settled.items(PHOTO + "2026-11-25")
    assert found[0] == {"starts_at": "2026-11-25T09:00:00+02:00", "free": 1}
    assert [item["starts_at"][11:16] for item in found] == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


async def test_lublin_is_shown_in_its_own_time(settled: Any) -> None:
    """One hour behind Kyiv."""
    found = await settled.items("/slots?centre=lublin-main&service=photo&date=2026-11-25")
    assert found[0]["starts_at"] == "2026-11-25T09:00:00+01:00"


async def test_only_slots_that_have_not_begun(settled: Any) -> None:
    """It is nine o'clock: the slot of nine is gone; at 11:30 the last one is."""
    assert len(await settled.items(PHOTO + "2026-11-24")) == 5
    settled.clock.advance(timedelta(hours=2, minutes=30))
    assert await settled.items(PHOTO + "2026-11-24") == []


async def test_services_of_one_queue_share_their_places(settled: Any) -> None:
    """Whoever takes a passport's place takes it from the permits (design.md §3)."""
    await settled.take(PAPERS, "2026-11-25 09:20+02")
    for service in ("passport", "permit"):
        found = await settled.items(f"/slots?centre=lutsk-main&service={service}&date=2026-11-25")
        assert [item["free"] for item in found] == [2, 1, 2, 2, 2, 2, 2, 2, 2]


async def test_days_that_cannot_be_booked_are_empty(settled: Any, subtests: pytest.Subtests) -> None:
    """Yesterday, the day after the window, a year later, a Saturday: 200 with nothing in it."""
    for day in ["2026-11-23", "2026-12-15", "2027-11-24", "2026-11-28"]:
        with subtests.test(day=day):
            assert await settled.items(PHOTO + day) == []


async def test_the_farthest_day_opens_at_six_local_time(settled: Any) -> None:
    """To the second, in each zone for itself."""
    lublin = "/slots?centre=lublin-main&service=photo&date=2026-12-15"
    settled.clock.time = datetime(2026, 11, 25, 3, 59, 59, tzinfo=UTC)
    assert await settled.items(PHOTO + "2026-12-15") == []
    settled.clock.time = datetime(2026, 11, 25, 4, 0, 0, tzinfo=UTC)
    assert len(await settled.items(PHOTO + "2026-12-15")) == 6
    assert await settled.items(lublin) == []
    settled.clock.time = datetime(2026, 11, 25, 5, 0, 0, tzinfo=UTC)
    assert len(await settled.items(lublin)) == 6


async def test_what_is_not_there_is_not_found(settled: Any, subtests: pytest.Subtests) -> None:
    """No such centre, no such service, or not given here."""
    for query in [
        "centre=nowhere&service=photo",
        "centre=lutsk-main&service=nothing",
        "centre=lublin-main&service=exam",
    ]:
        with subtests.test(query=query):
            await settled.send(
                "POST",
                "/services",
                {"code": "exam", "name": {"uk": "Іспит", "en": "Exam", "pl": "Egzamin"}, "duration_minutes": 20},
            )
            answer = await settled.get(f"/slots?{query}&date=2026-11-25")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_malformed_question_names_its_field(settled: Any, subtests: pytest.Subtests) -> None:
    """422 with the field, never with the value."""
    for query, field in [
        ("centre=lutsk-main&service=photo", "date"),
        ("centre=lutsk-main&service=photo&date=tomorrow", "date"),
        ("centre=lutsk-main&service=photo&date=2026-02-30", "date"),
        ("centre=lutsk-main&service=photo&date=20261125", "date"),
        ("centre=lutsk-main&service=photo&date=2026-W48-3", "date"),
        ("centre=&service=photo&date=2026-11-25", "centre"),
        ("centre=lutsk-main&date=2026-11-25", "service"),
        ("centre=lutsk-main&service=photo&date=2026-11-25&desk=1", "desk"),
    ]:
        with subtests.test(query=query, field=field):
            answer = await settled.get(f"/slots?{query}", **{"Accept-Language": "en"})
            assert answer.status_code == 422
            assert answer.json()["code"] == "invalid_request"
            assert [error["field"] for error in answer.json()["errors"]] == [field]
            assert "tomorrow" not in answer.text


async def test_an_answer_that_is_known_already_is_not_sent_again(settled: Any) -> None:
    """304 by its ETag, until a place is taken."""
    first = await settled.get(PHOTO + "2026-11-25")
    known = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    again = await settled.get(PHOTO + "2026-11-25", **known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    await settled.take("lutsk-main-photo", "2026-11-25 09:00+02")
    changed = await settled.get(PHOTO + "2026-11-25", **known)
    assert changed.status_code == 200
    assert changed.headers["cache-control"] == "no-cache"


async def test_the_head_of_an_answer(settled: Any) -> None:
    """HEAD gives the ETag without the body."""
    answer = await settled.client.head("/api/v1" + PHOTO + "2026-11-25")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == (await settled.get(PHOTO + "2026-11-25")).headers["etag"]


async def test_the_map_of_a_service(settled: Any) -> None:
    """Every centre that gives it, with its days and its first free time."""
    found = await settled.items("/availability?service=photo")
    assert [item["centre"] for item in found] == ["lublin-main", "lutsk-main"]
    lutsk = found[1]
    assert lutsk["free"] == sum(lutsk["days"].values()) == 5 + 14 * 6
    assert lutsk["first_free_at"] == "2026-11-24T09:30:00+02:00"
    assert list(lutsk["days"])[0::14] == ["2026-11-24", "2026-12-14"]


async def test_the_map_follows_what_is_taken(settled: Any) -> None:
    """Read again a moment later, it has another number and another ETag."""
    first = await settled.get("/availability?service=photo")
    await settled.take("lutsk-main-photo", "2026-11-24 09:30+02")
    settled.clock.advance(timedelta(seconds=1))
    await asyncio.sleep(0.3)
    second = await settled.get("/availability?service=photo", **{"If-None-Match": first.headers["etag"]})
    lutsk = second.json()["items"][1]
    assert (lutsk["free"], lutsk["first_free_at"]) == (5 + 14 * 6 - 1, "2026-11-24T10:00:00+02:00")


async def test_a_service_that_nobody_gives_has_an_empty_map(settled: Any, city: dict[str, Any]) -> None:
    """It is known, so it is not a 404."""
    extra = {**city["services"][0], "code": "wedding"}
    await settled.load({"services": [extra]})
    assert await settled.items("/availability?service=wedding") == []


async def test_a_wrong_question_for_the_map(settled: Any, subtests: pytest.Subtests) -> None:
    """Unknown: 404; missing or too much: 422."""
    for query, status in [("service=nothing", 404), ("", 422), ("service=photo&centre=a", 422)]:
        with subtests.test(query=query, status=status):
            assert (await settled.get(f"/availability?{query}")).status_code == status


async def test_both_reads_are_in_the_openapi_document(settled: Any) -> None:
    """Though they are no FastAPI routes."""
    document = (await settled.client.get("/openapi.json")).json()
    assert {"/api/v1/slots", "/api/v1/availability"} <= set(document["paths"])
    names = [parameter["name"] for parameter in document["paths"]["/api/v1/slots"]["get"]["parameters"]]
    assert names == ["centre", "service", "date"]
