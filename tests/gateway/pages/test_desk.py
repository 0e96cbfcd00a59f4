"""The pages of the desk and of the manager, as staff use them without JavaScript, on real services."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from services.testing import Stack
from tests.gateway.pages.office import Office, Reader, office

DESK, CENTRE = "/desk/town-1", "/centre/town"


@pytest_asyncio.fixture
async def place(stack: Stack) -> AsyncIterator[Office]:
    async with office(stack) as opened:
        yield opened


def shown(visit: dict[str, Any], **otherwise: str) -> dict[str, str]:
    """What the visitor's document says, as the administrator types it."""
    person = visit["person"]
    return {name: person[name] for name in ("number", "family_name", "given_name", "patronymic")} | otherwise


async def same_after_reload(desk: Reader) -> str:
    """The screen once more: but for the keys of its forms it is what it was."""
    before = desk.text
    assert await desk.open(DESK) == before
    return before


async def at_work(place: Office, time: str, **more: Any) -> tuple[Reader, dict[str, Any]]:
    """A desk whose visitor was just called."""
    desk, visit = place.administrator(), await place.hall.arrived(time, **more)
    await desk.open(DESK)
    await desk.press("call")
    return desk, visit


async def test_a_visitor_is_called_checked_compared_and_served(place: Office) -> None:
    """Step by step; the screen is the same after a reload at any of them."""
    desk = place.administrator()
    assert "Nobody is waiting" in await desk.open(DESK)
    assert "Nobody is waiting for this desk now" in await desk.press("call")
    visit, later = await place.hall.arrived("10:00"), await place.hall.awaited("10:20")
    waits = await desk.open(DESK)
    assert "1 visitor waits for this desk. Next: 1000" in waits
    assert f"{later['ticket']['number']} ·" in waits.partition("Still to come today: 1")[2]
    await desk.press("call")
    assert "Ticket 1000 Обмін посвідчення booked for 10:00" in await same_after_reload(desk)
    assert "What the visitor should bring Passport Medical certificate" in desk.text
    await desk.press("check", **shown(visit, family_name="НЕЧУЙ-ЛЕВИЦЬКИЙ"))
    compared = await same_after_reload(desk)
    assert "The document matches the booking" in compared
    assert "Family name matches Нечуй-Левицький НЕЧУЙ-ЛЕВИЦЬКИЙ" in compared
    assert visit["person"]["number"] in compared
    await desk.press("compare")
    assert "served since" in await same_after_reload(desk)
    place.hall.clock.advance(timedelta(minutes=6))
    assert "Served. The desk is free." in await desk.press("finish", outcome="served")
    assert "Called 1 Served 1 Failed 0" in desk.text
    assert "On average 6 minutes a visit" in desk.text
    assert (await place.hall.row(visit))["outcome"] == "served"


async def test_a_slip_of_the_typing_is_seen_and_corrected(place: Office) -> None:
    """Nothing is decided by checking: what differs is said in words, and what was typed is there to be corrected."""
    desk, visit = await at_work(place, "10:00")
    found = await desk.press("check", **shown(visit, given_name="Маряна", number=place.hall.town.number(7)))
    assert "It does not match" in found
    assert "Number (РНОКПП) differs encrypted" in found
    assert "Given name differs Мар'яна Маряна" in found
    assert "Family name matches Нечуй-Левицький Нечуй-Левицький" in found
    assert "refuses the visit for good" in found
    await desk.open(f"{DESK}?typing=again")
    assert desk.form("check")["given_name"] == "Маряна"
    await desk.press("check", **shown(visit))
    assert "The document matches the booking" in desk.text
    assert (await place.hall.row(visit))["status"] == "called"


async def test_another_document_refuses_the_visit_for_good(place: Office) -> None:
    """With what differs by name; the address of the page names no values, and the desk is free."""
    desk, visit = await at_work(place, "10:00")
    await desk.press("check", **shown(visit, family_name="Коваль"))
    answer = await desk.sent("compare")
    assert answer.headers["location"] == f"{DESK}?told=refused&differs=family_name"
    told = await desk.open(answer.headers["location"])
    assert "Refused: the document does not match the booking It differs in: Family name." in told
    assert "The desk is free" in told
    assert (await place.hall.row(visit))["status"] == "refused"


async def test_a_document_stands_for_those_without_a_number(place: Office) -> None:
    passport = {"country": "PL", "type": "passport", "number": "AB 1234567"}
    desk, visit = await at_work(place, "10:00", number=None, document=passport)
    typed = shown(visit, number="") | {"country": "pl", "type": "Passport", "document": "ab1234567"}
    assert "Document matches encrypted PL Passport ab1234567" in await desk.press("check", **typed)
    await desk.press("compare")
    assert (await place.hall.row(visit))["status"] == "serving"


async def test_what_is_typed_wrongly_comes_back_with_its_field_named(place: Office) -> None:
    """Each with its own words and the values kept; digits in groups are no mistake."""
    desk, visit = await at_work(place, "10:00")
    right = shown(visit)
    for wrong, field, words in (
        ({"number": "1759013777"}, "number", "A digit of this number"),
        ({"number": ""}, "number", "or fill in the document instead"),
        ({"document": "AB1"}, "number", "either the number or the document"),
        ({"number": "", "country": "POL", "type": "passport", "document": "1"}, "country", "Two letters"),
        ({"number": "", "country": "PL"}, "document", "number of the document"),
        ({"family_name": " "}, "family_name", "Type the family name"),
        ({"given_name": "о" * 101}, "given_name", "at most 100 letters"),
    ):
        await desk.open(DESK)
        await desk.press("check", **(right | wrong))
        assert desk.page.status_code == 422
        assert words in desk.text
        assert f'<a href="#{field}">' in desk.page.text
        assert re.search(rf'id="{field}"[^>]* aria-invalid="true"', desk.page.text)
        assert desk.form("check")["patronymic"] == right["patronymic"]
    number = right["number"]
    grouped = f"{number[:3]} {number[3:6]} {number[6:]}"
    assert "matches the booking" in await desk.press("check", **(right | {"number": grouped}))


async def test_who_does_not_come_is_called_again_put_back_or_missed(place: Office) -> None:
    """A no-show only after three calls; the button says how many are lacking."""
    desk, _ = await at_work(place, "10:00")
    second = await place.hall.arrived("10:20")
    assert "2 more calls until a no-show" in desk.text
    desk.page = await desk.sent("missed")
    assert desk.page.status_code == 409
    assert "2 more needed" in desk.text
    assert "The visitor is back in line" in await desk.press("skip")
    await desk.press("call")
    assert f"Ticket {second['ticket']['number']}" in desk.text
    assert "2 calls" in await desk.press("recall")
    assert "3 calls" in await desk.press("recall")
    assert "Marked as a no-show. The desk is free." in await desk.press("missed")
    assert "No-shows 1" in desk.text


async def test_a_press_that_is_sent_twice_does_nothing_twice(place: Office) -> None:
    """When an answer is lost on its way, the same visitor is called and the same document compared."""
    desk, visit = place.administrator(), await place.hall.arrived("10:00")
    other = await place.hall.arrived("10:20")
    await desk.open(DESK)
    for _ in range(2):
        assert (await desk.sent("call")).headers["location"] == DESK
    await desk.open(DESK)
    assert "Ticket 1000" in desk.text
    await desk.press("check", **shown(visit))
    cookies = dict(desk.client.cookies)
    for _ in range(2):
        desk.client.cookies.update(cookies)
        assert (await desk.sent("compare")).headers["location"] == DESK
    assert "served since" in await desk.open(DESK)
    for _ in range(2):
        assert (await desk.sent("finish", outcome="failed")).headers["location"] == f"{DESK}?told=failed"
    assert (await place.hall.row(other))["status"] == "confirmed"


async def test_missing_documents_are_named_by_their_boxes(place: Office) -> None:
    desk, visit = await at_work(place, "10:00")
    await desk.press("check", **shown(visit))
    await desk.press("compare")
    assert re.search(r'name="missing-1" value="Medical certificate"', desk.page.text)
    boxes = {"outcome": "missing_documents", "missing-1": "Medical certificate"}
    assert "documents are missing. The desk is free." in await desk.press("finish", **boxes)
    assert "Медична довідка" in str((await place.hall.row(visit))["missing_documents"])


async def test_the_manager_pauses_and_resumes_with_a_reason(place: Office) -> None:
    """Asked on a page of its own; the desk says why it cannot call."""
    manager, desk = place.manager(), place.administrator()
    await place.hall.arrived("10:00")
    await desk.open(DESK)
    assert "1 visitor waits now." in await manager.open(f"{CENTRE}/pause")
    assert "Choose why the centre is paused." in await manager.press("pause")
    assert manager.page.status_code == 422
    assert "The centre is paused." in await manager.press("pause", reason="power")
    assert "Paused since 09:00: power cut." in manager.text
    refused = await desk.press("call")
    assert desk.page.status_code == 409
    assert "The centre is paused Service has been paused since 09:00: power cut" in refused
    assert "Calling is not possible while the centre is paused." in refused
    assert re.search(r"<button[^>]*desk-call[^>]* disabled", desk.page.text)
    await manager.open(f"{CENTRE}/pause")
    assert "from the very place in line" in await manager.press("resume")
    await desk.open(DESK)
    assert "Ticket 1000" in await desk.press("call")


async def test_a_desk_that_is_switched_off_calls_nobody(place: Office) -> None:
    """The manager sees who is where, and switches; the desk says it."""
    manager, desk = place.manager(), place.administrator()
    await place.hall.arrived("10:00")
    await desk.open(DESK)
    await manager.open(CENTRE)
    await manager.press("close", desk="town-1")
    assert "Desk 1 off" in manager.text
    assert "Desk 2 off" not in manager.text
    assert "The desk is closed" in await desk.press("call")
    assert "This desk is switched off." in await desk.open(DESK)
    await manager.press("open", desk="town-1")
    assert "Desk 1 off" not in manager.text
    await desk.open(DESK)
    await desk.press("call")
    assert "Desk 1 1000 · Обмін посвідчення · called at 09:00" in await manager.open(CENTRE)


async def test_the_manager_sees_the_flow_of_the_day(place: Office) -> None:
    """In figures and by the hour."""
    await place.hall.arrived("10:00")
    await place.hall.awaited("11:20")
    seen = await place.manager().open(CENTRE)
    for words in ("Booked 2", "Came 1", "Waiting 1", "10 1 0 0", "11 1 0 0", "09 0 1 0"):
        assert words in seen, words


async def test_a_block_is_lifted_by_whoever_sees_the_person(place: Office) -> None:
    """A wrong number or no reason come back by field; the manager may as well."""
    number = place.hall.town.number(1)
    for reader, address in ((place.administrator(), DESK), (place.manager(), CENTRE)):
        await reader.open(f"{address}/unblock")
        assert "Say why" in await reader.press("", number=number, reason="")
        assert reader.form("")["number"] == number
        assert "A digit of this number" in await reader.press("", number=number[:-1] + "x", reason="came")
        assert "was never blocked here" in await reader.press("", number=number, reason="came with a passport")


async def test_pages_of_staff_are_for_the_staff_of_that_centre(place: Office) -> None:
    """Somebody of another centre, a citizen, nobody."""
    for reader, address in (
        (place.administrator(centre="other"), DESK),
        (place.manager(centre="other"), CENTRE),
        (place.manager(), DESK),
        (place.administrator(), CENTRE),
        (place.reader("citizen"), DESK),
        (place.reader("citizen"), f"{CENTRE}/unblock"),
    ):
        await reader.open(address)
        assert reader.page.status_code == 403, address
    assert (await place.administrator().open("/desk/town-9")).startswith("Not found")
    nobody = place.administrator().client
    nobody.cookies.clear()
    answer = await nobody.get(DESK)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/desk/town-1")


async def test_the_pages_speak_the_readers_language(place: Office) -> None:
    for language, desk, centre in (("uk", "Робоче місце 1", "Робочі місця"), ("pl", "Stanowisko 1", "Stanowiska")):
        assert (await place.administrator().open(DESK, language=language)).startswith(desk)
        assert centre in await place.manager().open(CENTRE, language=language)


async def test_a_visitor_who_cannot_use_the_terminal_is_registered_at_the_desk(place: Office) -> None:
    """Service, time of today, person: in line at once. What is wrong or refused comes back with what was typed."""
    desk = place.administrator()
    await desk.open(f"{DESK}/register")
    await desk.open(f"{DESK}/register?service=licence-exchange")
    person = {name: value for name, value in place.hall.person().items() if name != "kind"}
    wrong = person | {"priority": "military", "number": person["number"][:-1] + "x"}
    assert "Priority needs its document" in await desk.press("", **wrong)
    assert "A digit of this number" in await desk.press("", **wrong, document_shown="yes")
    assert desk.page.status_code == 422
    assert desk.form("")["family_name"] == person["family_name"]
    assert "A digit of this number (ЄДРПОУ) is wrong" in await desk.press("", **person, edrpou="1")
    assert "registered and in line. Ticket 1000" in await desk.press("", **person, edrpou="")
    await desk.open(f"{DESK}/register?service=licence-exchange")
    again = person | {"priority": "military", "document_shown": "yes"}
    assert "Ticket 1 " in await desk.press("", **again)
    await desk.open(f"{DESK}/register?service=licence-exchange")
    refused = await desk.press("", **again)
    assert desk.page.status_code == 409
    assert "Priority holds once a day" in refused
    assert "2 visitors wait for this desk. Next: 1 " in await desk.open(DESK)


async def test_times_are_closed_after_saying_what_is_in_them(place: Office) -> None:
    """Before: how many places are taken, and what is to become of them. After: what became of them. Opened again, they
    are as they were.
    """
    manager, booked = place.manager(), await place.hall.awaited("11:00", days=1)
    await place.hall.awaited("11:20", days=1)
    await manager.open(f"{CENTRE}/day?date=2026-11-25")
    assert manager.page.url.path == f"{CENTRE}/day/2026-11-25"
    assert "11:00 taken 1/2" in manager.text
    asked = await manager.open(f"{CENTRE}/day/2026-11-25?ask=close&queue=town-main&from=10:40&until=11:20")
    assert "2 times are still to come and open. 1 place in them is taken." in asked
    assert "Choose what becomes of the bookings." in await manager.press("close", bookings="")
    done = await manager.press("close", bookings="move")
    assert "2 times are closed now. 1 booking was moved to the nearest free time 0 bookings were cancelled" in done
    assert "11:00 closed" in done
    assert (await place.hall.row(booked))["starts_at"] != place.hall.town.at("11:00", days=1)
    await manager.open(f"{CENTRE}/day/2026-11-25?ask=close&from=11:00&until=12:00")
    assert re.search(r"[12] bookings? (was|were) cancelled", await manager.press("close", bookings="cancel"))
    opening = await manager.open(f"{CENTRE}/day/2026-11-25?ask=open")
    assert "times are closed and still to come" in opening
    assert "times are open now." in await manager.press("open")
    assert " closed" not in manager.text


async def test_a_part_of_a_day_that_cannot_be_meant_is_said_by_field(place: Office) -> None:
    """The end before the beginning; no time of a clock; no date."""
    manager = place.manager()
    for query, field in (("from=12:00&until=10:00", "until"), ("from=soon", "from"), ("until=24:30", "until")):
        await manager.open(f"{CENTRE}/day/2026-11-25?ask=close&{query}")
        assert manager.page.status_code == 422
        assert f'<a href="#{field}">' in manager.page.text
        assert "Close these times?" not in manager.text
    assert "That was no date." in await manager.open(f"{CENTRE}/day?date=tomorrow")
    await manager.open(f"{CENTRE}/day/tomorrow")
    assert manager.page.status_code == 404


async def test_whoever_manages_more_than_one_centre_chooses(place: Office) -> None:
    """Of the own organisation; who has one centre is there at once."""
    assert "Центр Луцьк Центр Луцьк" in await place.manager(centre=None).open("/centre")
    assert "The centre works" in await place.manager(centre=None).open(CENTRE)
    assert (await place.manager().client.get("/centre")).headers["location"] == CENTRE
