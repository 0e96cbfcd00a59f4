"""What others know of centres and organisations: by events as they change, and by asking."""

from __future__ import annotations

import json
from typing import Any

from booking_svc.catalogue.telling import PAGE
from services.contracts.places import CentreChanged, Known, Places


async def told(house: Any, subject: str) -> list[Any]:
    rows = await house.rows("SELECT envelope FROM outbox WHERE subject = $1 ORDER BY id", subject)
    return [json.loads(row["envelope"])["data"] for row in rows]


async def known(house: Any, after: str | None = None) -> Known:
    answer: Known = await house.context.bus.ask(Places(after=after))
    return answer


async def test_a_centre_is_told_with_its_desks_and_region(settled: Any) -> None:
    """All that another service needs to name it, and nothing of who works there."""
    events = {event["centre"]: CentreChanged(**event) for event in await told(settled, "booking.centre_changed.v1")}
    lutsk = events["lutsk-main"]
    assert (lutsk.organisation, lutsk.region, lutsk.region_name.pl) == ("lutsk", "UA07000000000024379", "Wołyń")
    assert next((desk.id, desk.desk_number, desk.active) for desk in lutsk.desks) == ("lutsk-main-1", 1, True)


async def test_each_change_has_a_later_version(settled: Any, city: dict[str, Any]) -> None:
    """So that an older state that comes late is known as such; a centre that stays as it is is not told again."""
    city["centres"][0]["desks"].pop()
    city["centres"][0]["queues"].pop()
    await settled.load(city)
    events = [event for event in await told(settled, "booking.centre_changed.v1") if event["centre"] == "lutsk-main"]
    assert [event["version"] for event in events] == [1, 2]
    assert [desk["active"] for desk in events[-1]["desks"]] == [True, True, False]
    assert len(await told(settled, "booking.centre_changed.v1")) == 3


async def test_an_organisation_is_told_with_its_name_and_retention(settled: Any, city: dict[str, Any]) -> None:
    """Others keep personal data as long as it says."""
    city["organisations"][0]["retention_days"] = 30
    await settled.load(city)
    last = (await told(settled, "booking.organisation_changed.v1"))[-1]
    assert (last["code"], last["name"]["en"], last["retention_days"], last["version"]) == ("lutsk", "Lutsk", 30, 2)


async def test_a_service_is_told_with_its_name(settled: Any, city: dict[str, Any]) -> None:
    """Figures by service are read by people."""
    city["services"][0]["name"] = {"uk": "Нова назва", "en": "New name", "pl": "Nowa nazwa"}
    await settled.load(city)
    last = (await told(settled, "booking.service_changed.v1"))[-1]
    assert (last["code"], last["name"]["pl"], last["version"]) == (city["services"][0]["code"], "Nowa nazwa", 2)


async def test_who_asks_is_told_everything_as_it_stands(settled: Any, city: dict[str, Any]) -> None:
    """With the version of the last change; the organisations come with the first page."""
    answer = await known(settled)
    assert [centre.centre for centre in answer.centres] == ["lublin-main", "lutsk-main"]
    assert {centre.version for centre in answer.centres} == {1}
    assert {organisation.code for organisation in answer.organisations} == {"lutsk", "lublin"}
    assert {service.code for service in answer.services} == {entry["code"] for entry in city["services"]}
    rest = await known(settled, "lublin-main")
    assert ([centre.centre for centre in rest.centres], rest.organisations) == (["lutsk-main"], [])


async def test_many_centres_come_in_pages(house: Any, city: dict[str, Any]) -> None:
    """No answer outgrows a message."""
    first = city["centres"][0] | {"desks": [], "queues": []}
    city["centres"] = [first | {"id": f"centre-{at:03}"} for at in range(PAGE + 1)]
    await house.load(city)
    answer = await known(house)
    assert (len(answer.centres), answer.following) == (PAGE, f"centre-{PAGE - 1:03}")
    rest = await known(house, answer.following)
    assert ([centre.centre for centre in rest.centres], rest.following) == ([f"centre-{PAGE}"], None)
