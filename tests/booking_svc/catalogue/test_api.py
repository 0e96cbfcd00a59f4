"""The public reads: what is shown, in which language, and what may be kept (api.md "Catalogue")."""

from __future__ import annotations

from typing import Any

import pytest


async def test_organisations_with_their_windows(settled: Any) -> None:
    """In the order of their codes, with the defaults of domain.md."""
    found = await settled.items("/organisations?lang=en")
    assert found[1] == {
        "code": "lutsk",
        "name": "Lutsk",
        "time_zone": "Europe/Kyiv",
        "window_days": 21,
        "opens_at": "06:00",
        "hold_minutes": 5,
        "grace_minutes": 15,
        "calls_to_miss": 3,
        "release_policy": "immediate",
    }
    assert (await settled.get("/organisations/lutsk?lang=en")).json() == found[1]


async def test_services_of_an_organisation_are_those_it_gives(settled: Any, city: dict[str, Any]) -> None:
    """The catalogue of services is shared; without the filter all are listed."""
    lublin = city["centres"][1]
    lublin["queues"].pop(0)
    await settled.load(city)
    assert [item["code"] for item in await settled.items("/services")] == ["passport", "permit", "photo"]
    assert [item["code"] for item in await settled.items("/services?organisation=lublin")] == ["photo"]
    assert await settled.items("/services?organisation=nobody") == []


async def test_services_are_found_by_words(settled: Any, subtests: pytest.Subtests, city: dict[str, Any]) -> None:
    """All words, in the name or the steps, in the caller's language, whatever the case and the apostrophes."""
    city["services"][0]["steps"] = [{"uk": "Прийдіть із пам’яткою", "en": "Bring the leaflet", "pl": "Weź ulotkę"}]
    await settled.load(city)
    every = [item["code"] for item in await settled.items("/services")]
    first = city["services"][0]["code"]
    for query, found in [
        ("q=ПАМ'ЯТКОЮ&lang=uk", [first]),
        ("q=памʼятк+прийдіть&lang=uk", [first]),
        ("q=leaflet+nothing&lang=en", []),
        ("q=leaflet&lang=pl", []),
        ("q=%25&lang=en", []),
        ("q=+&lang=en", every),
    ]:
        with subtests.test(query=query):
            assert [item["code"] for item in await settled.items(f"/services?{query}")] == found


async def test_a_service_with_its_instruction(settled: Any) -> None:
    """Steps and documents in one language, and who gives it."""
    found = (await settled.get("/services/passport?lang=pl")).json()
    assert found["name"] == "Paszport"
    assert found["steps"] == ["Przyjść"]
    assert found["documents"] == [{"name": "Paszport", "url": None}]
    assert found["organisations"] == ["lublin", "lutsk"]
    assert found["languages"] == ["uk", "en", "pl"]
    assert (found["cooldown_days"], found["open_to_foreigners"], found["online_url"]) == (0, True, None)


async def test_centres_by_service_region_and_organisation(settled: Any, city: dict[str, Any]) -> None:
    """Filters are combined; an unknown value finds nothing."""
    city["centres"][1]["region"] = {"code": "06", "name": "Lubelskie"}
    await settled.load(city)
    for query, keys in (
        ("", ["lublin-main", "lutsk-main"]),
        ("?service=photo", ["lublin-main", "lutsk-main"]),
        ("?service=visa", []),
        ("?region=06", ["lublin-main"]),
        ("?organisation=lutsk", ["lutsk-main"]),
        ("?organisation=lutsk&region=06", []),
    ):
        assert [item["id"] for item in await settled.items(f"/centres{query}")] == keys


async def test_a_centre_with_everything(settled: Any, city: dict[str, Any]) -> None:
    """Desks, queues, hours, languages, position, region, and the exceptions ahead."""
    city["centres"][0] |= {
        "shelter": True,
        "information_point": {"languages": ["en", "pl"], "hours": "10:00–16:00"},
        "calendar": [
            {"date": "2026-11-23", "closed": True},
            {"date": "2026-12-24", "hours": [["09:00", "10:00"]], "reason": "свято"},
        ],
    }
    city["calendar"] = [{"organisation": "lutsk", "date": "2026-12-25", "closed": True}]
    await settled.load(city)
    found = (await settled.get("/centres/lutsk-main?lang=en")).json()
    assert found["desks"][0] == {"id": "lutsk-main-1", "number": 1, "services": ["passport", "permit"]}
    assert found["queues"][1] == {
        "id": "lutsk-main-photo",
        "code": "photo",
        "services": ["photo"],
        "slot_minutes": 30,
        "capacity": 1,
    }
    assert found["hours"]["tue"] == [["09:00", "12:00"]]
    assert "sat" not in found["hours"]
    assert found["position"] == {"latitude": 50.7472, "longitude": 25.3254}
    assert found["region"] == {"code": "UA07000000000024379", "name": "Volyn"}
    assert (found["time_zone"], found["shelter"], found["languages"]) == ("Europe/Kyiv", True, ["uk", "en"])
    assert found["information_point"] == {"languages": ["en", "pl"], "hours": "10:00–16:00"}
    assert found["calendar"] == [
        {"date": "2026-12-24", "closed": False, "hours": [["09:00", "10:00"]], "reason": "свято"},
        {"date": "2026-12-25", "closed": True, "hours": [], "reason": None},
    ]


async def test_texts_are_in_the_language_of_the_caller(settled: Any, subtests: pytest.Subtests) -> None:
    """`lang=` goes before Accept-Language, Ukrainian is the default."""
    for query, accepts, name in [
        ("", None, "Центр"),
        ("", "de-DE, pl;q=0.9, en;q=0.8", "Centrum"),
        ("?lang=en", "pl", "Centre"),
        ("?lang=de", "pl", "Centrum"),
        ("", "de", "Центр"),
    ]:
        with subtests.test(query=query, accepts=accepts, name=name):
            headers = {"Accept-Language": accepts} if accepts else {}
            answer = await settled.get(f"/centres/lutsk-main{query}", **headers)
            assert answer.json()["name"] == name
            assert answer.headers["vary"] == "Accept-Language"


async def test_what_is_known_already_is_not_sent_again(settled: Any, subtests: pytest.Subtests) -> None:
    """304 by the ETag, in the same language only."""
    for path in ["/centres", "/centres/lutsk-main", "/services", "/services/photo", "/organisations"]:
        with subtests.test(path=path):
            first = await settled.get(path)
            known = {"If-None-Match": first.headers["etag"]}
            again = await settled.get(path, **known)
            assert (again.status_code, again.content) == (304, b"")
            assert (await settled.get(path, **known, **{"Accept-Language": "pl"})).status_code == 200


async def test_a_change_makes_another_etag(settled: Any, city: dict[str, Any]) -> None:
    """Whoever asks whether the centre is still the same gets the new one."""
    first = await settled.get("/centres/lutsk-main")
    city["centres"][0]["shelter"] = True
    await settled.load(city)
    again = await settled.get("/centres/lutsk-main", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["shelter"]) == (200, True)


async def test_what_is_not_there_is_not_found(settled: Any, subtests: pytest.Subtests) -> None:
    """404 with the code of api.md."""
    for path in ["/centres/nowhere", "/services/nothing", "/organisations/nobody"]:
        with subtests.test(path=path):
            answer = await settled.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_unknown_filter_is_refused(settled: Any, subtests: pytest.Subtests) -> None:
    """Rather than answered with everything."""
    for path in ["/centres?town=lutsk", "/services?sort=name", "/organisations?page=2"]:
        with subtests.test(path=path):
            answer = await settled.get(path)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_names_of_staff_are_shown_nowhere(settled: Any) -> None:
    """Staff is no part of the public catalogue."""
    member = {"id": "olena", "organisation": "lutsk", "role": "manager", "name": "Олена Коваль"}
    await settled.load({"staff": [member]})
    for path in ("/organisations", "/centres", "/centres/lutsk-main", "/services"):
        assert "Олена" not in (await settled.get(path)).text
