"""The day goes on as it should: in line, at the desk, at the end; told, kept in the ledger, audited."""

import asyncio
import json
from collections import Counter
from datetime import timedelta

import asyncpg
import pytest

from services.testing import eventually


async def test_a_visit_from_the_ticket_to_the_outcome(hall):
    """Booked online, checked in, called, verified, started, finished: each step is told, each period is kept."""
    visit = await hall.awaited("10:00")
    await hall.to("09:50")
    checked_in = await hall.post(f"/bookings/{visit['id']}/check-in", by=hall.terminal)
    assert (checked_in.status_code, checked_in.json()["checked_in"]) == (200, True)
    await hall.to("10:04")
    called = await hall.called()
    assert called["visit"] == called["id"] == visit["id"]
    assert (called["ticket"], called["service"], called["priority"]) == (1000, "licence-exchange", None)
    assert called["starts_at"] == "2026-11-24T10:00:00+02:00"
    assert (called["status"], called["desk"], called["desk_number"], called["calls"]) == ("called", "town-1", 1, 1)
    hall.clock.advance(timedelta(minutes=2))
    number = hall.town.number(hall._people)
    shown = {"number": number, "family_name": "КОВАЛЬ", "given_name": f"Олена{hall._people}"}
    assert (await hall.step(visit, "verify", shown)).json() == {"match": True}
    started = await hall.step(visit, "start")
    assert (started.json()["status"], started.json()["verified"]) == ("serving", True)
    hall.clock.advance(timedelta(minutes=11))
    finished = await hall.step(visit, "finish", {"outcome": "served"})
    assert (finished.json()["status"], finished.json()["outcome"]) == ("finished", "served")
    assert await hall.periods(visit) == [("waiting", 4), ("called", 2), ("serving", 11)]
    for subject, more in (
        ("checked_in", {}),
        ("called", {"desk": "town-1", "waiting_seconds": 240}),
        ("started", {"desk": "town-1"}),
        ("finished", {"desk": "town-1", "outcome": "served", "waiting_seconds": 240, "serving_seconds": 660}),
    ):
        (event,) = await hall.told(f"visit.{subject}.v1")
        assert event["booking_id"] == visit["id"]
        assert event.items() >= {"centre": "town", "channel": "online", "visit_date": "2026-11-24", **more}.items()
    await hall.town.healthy()
    await hall.context.db.hot("DELETE FROM visit_period WHERE kind = 'serving'")
    findings = (await hall.town.booking.get("/doctor")).json()["findings"]
    assert [visit["id"] in finding for finding in findings] == [True], "and the doctor compares them"


async def test_priority_goes_first_then_the_booked_time(hall):
    """Not the time of arrival, and to the first desk that gives the service; 204 when nobody waits for one."""
    await hall.awaited("10:00")
    await hall.awaited("10:00", days=1)
    answer = await hall.call(1)
    assert (answer.status_code, answer.content) == (204, b""), "neither who is not there, nor who comes tomorrow"
    late = await hall.arrived("15:00")
    early = await hall.arrived("11:00")
    exam = await hall.arrived("10:00", service="theory-exam")
    first = await hall.first("16:00")
    assert first["ticket"]["number"] == 1
    order = []
    for desk in (1, 2, 3):
        called = await hall.called(desk)
        order.append(called["id"])
        if called["id"] == first["id"]:
            assert (called["priority"], called["ticket"]) == ("military", 1)
    assert order == [first["id"], early["id"], exam["id"]]
    assert (await hall.served(early)).status_code == 200
    assert (await hall.called(2))["id"] == late["id"]


async def test_one_visitor_at_a_desk(hall):
    """409 desk_busy until the visit is finished; it names who is there. Should all code be wrong, the index holds."""
    visit, following = await hall.arrived("10:00"), await hall.arrived("10:20")
    await hall.called()
    forced = "UPDATE booking SET status = 'called', desk = 'town-1', called_at = $2, calls = 1 WHERE id = $1"
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_booking_desk"):
        await hall.context.db.hot(forced, following["id"], hall.clock.now())
    busy = await hall.call()
    assert (busy.status_code, busy.json()["code"], busy.json()["visit"]) == (409, "desk_busy", visit["id"])
    await hall.verify(visit)
    await hall.step(visit, "start")
    assert (await hall.call()).json()["code"] == "desk_busy"
    await hall.step(visit, "finish", {"outcome": "served"})
    assert (await hall.called())["id"] == following["id"]


async def test_a_repeated_call_gives_the_same_visitor(hall):
    """By its key: also while others wait, after a skip, and at the end of the visit."""
    visit, following = await hall.arrived("10:00"), await hall.arrived("10:20")
    for _ in range(2):
        assert (await hall.call(key="press")).json()["id"] == visit["id"]
    await hall.step(visit, "skip")
    again = (await hall.call(key="press")).json()
    assert (again["id"], again["status"]) == (visit["id"], "confirmed")
    assert (await hall.call(key="next")).json()["id"] == following["id"]
    await hall.served(following)
    assert (await hall.call(key="next")).json()["status"] == "finished"
    assert len(await hall.told("visit.called.v1")) == 2


async def test_a_double_press_calls_one_visitor(hall):
    """Ten presses at once: with a key all get the same one, without one gets a visitor and the others `desk_busy`."""
    for time in ("10:00", "10:20", "10:40"):
        await hall.arrived(time)
    same = await asyncio.gather(*(hall.call(1, key="twins") for _ in range(10)))
    assert {answer.status_code for answer in same} == {200}
    assert len({answer.json()["id"] for answer in same}) == 1
    mixed = await asyncio.gather(*(hall.call(2) for _ in range(10)))
    assert Counter(answer.json().get("code", "called") for answer in mixed) == {"called": 1, "desk_busy": 9}
    assert len(await hall.told("visit.called.v1")) == 2


async def test_who_does_not_come_after_three_calls_is_missed(hall):
    """Before that 409 with the number of calls that are missing; afterwards the desk is free."""
    visit, following = await hall.arrived("10:00"), await hall.arrived("10:20")
    await hall.called()
    for missing in (2, 1):
        refused = await hall.step(visit, "missed")
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
        assert refused.json()["calls_missing"] == missing
        for _ in range(2):  # a repeated request counts once
            assert (await hall.step(visit, "recall", key=f"recall-{missing}")).json()["calls"] == 4 - missing
    assert [event["calls"] for event in await hall.told("visit.recalled.v1")] == [2, 3]
    hall.clock.advance(timedelta(minutes=3))
    assert (await hall.step(visit, "missed")).json()["status"] == "missed"
    (event,) = await hall.told("visit.missed.v1")
    assert (event["because"], event["desk"]) == ("did_not_come", "town-1")
    assert await hall.periods(visit) == [("waiting", 0), ("called", 3)]
    assert (await hall.called())["id"] == following["id"]
    await hall.town.healthy()


async def test_a_skipped_visitor_goes_behind_those_who_wait_and_only_once(hall):
    """Behind the times that have passed, before those that are to come."""
    visit, due, later = [await hall.arrived(time) for time in ("10:00", "10:20", "15:00")]
    await hall.to("10:30")
    await hall.called()
    hall.clock.advance(timedelta(minutes=5))
    skipped = await hall.step(visit, "skip")
    assert (skipped.json()["status"], skipped.json()["desk"]) == ("confirmed", None)
    assert (await hall.called())["id"] == due["id"]
    assert (await hall.called(2))["id"] == visit["id"]
    refused = await hall.step(visit, "skip")
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert (await hall.served(due)).status_code == 200
    assert (await hall.called())["id"] == later["id"]
    assert await hall.periods(visit) == [("waiting", 30), ("called", 5), ("waiting", 0)]
    assert [event["booking_id"] for event in await hall.told("visit.skipped.v1")] == [visit["id"]]


async def test_who_is_skipped_while_all_are_early_lets_the_next_one_pass(hall):
    """Behind the next in line, not behind the whole day; with nobody else there the same one is called again."""
    visit, following, last = [await hall.arrived(time) for time in ("10:00", "10:20", "16:00")]
    await hall.called()
    await hall.step(visit, "skip")
    for expected in (following, visit, last):
        assert (await hall.called())["id"] == expected["id"]
        assert (await hall.served(expected)).status_code == 200
    alone = await hall.arrived("16:20")
    for _ in range(2):
        assert (await hall.called())["id"] == alone["id"]
        if (await hall.row(alone))["skipped_at"] is None:
            await hall.step(alone, "skip")


async def test_another_person_is_refused(hall):
    """Recorded and audited by the names of the fields; place and quota stay used, the desk is free."""
    stranger = {"country": "UA", "type": "passport", "number": "1"}
    for time, shown, differs in (
        ("10:00", {"family_name": "Коваль"}, ["family_name"]),
        ("10:20", {"given_name": "Олена", "patronymic": "Іванівна"}, ["given_name", "patronymic"]),
        ("10:40", {"number": hall.town.number(7)}, ["number"]),
        ("11:00", {"number": None, "document": stranger}, ["document"]),
    ):
        visit = await hall.arrived(time)
        taken = "SELECT taken FROM slot JOIN booking ON slot.id = slot_id WHERE booking.id = $1"
        before = await hall.context.db.hot(taken, visit["id"])
        await hall.called()
        answer = await hall.verify(visit, **shown)
        assert (answer.status_code, answer.json()["code"]) == (409, "identity_mismatch")
        assert answer.json()["differs"] == differs
        row = await hall.row(visit)
        assert (row["status"], row["refused_because"]) == ("refused", "identity_mismatch: " + ", ".join(differs))
        assert await hall.context.db.hot(taken, visit["id"]) == before
        event = (await hall.told("visit.refused.v1"))[-1]
        assert (event["booking_id"], event["because"]) == (visit["id"], "identity_mismatch")
        noted = (await hall.context.db.hot("SELECT * FROM audit WHERE action = 'visit.verify' ORDER BY id"))[-1]
        assert (noted["actor"], noted["resource"]) == ("administrator-town", f"booking/{visit['id']}")
        assert json.loads(noted["details"]) == {"match": False, "differs": differs}
        for again in (await hall.step(visit, "start"), await hall.verify(visit)):
            assert again.json()["code"] == "illegal_transition"
    assert (await hall.call()).status_code == 204
    await hall.town.healthy()


async def test_a_slip_of_the_typing_refuses_nobody(hall):
    """Comparing first shows the booked names and what differs, folded as the decision folds it; nothing changes, and it
    is audited without values.
    """
    visit = await hall.arrived("10:00")
    shown = {name: visit["person"][name] for name in ("number", "family_name", "given_name", "patronymic")}
    slips = shown | {"family_name": "НЕЧУЙ-ЛЕВИЦЬКИЙ", "given_name": "Маряна", "number": hall.town.number(7)}
    assert (await hall.step(visit, "compare", slips)).json()["code"] == "illegal_transition", "not called yet"
    await hall.called()
    answer = await hall.step(visit, "compare", slips)
    booked = {name: shown[name] for name in ("family_name", "given_name", "patronymic")}
    assert answer.json() == {"match": False, "differs": ["number", "given_name"], "booked": booked}
    assert (await hall.step(visit, "compare", shown)).json() == {"match": True, "differs": [], "booked": booked}
    assert (await hall.row(visit))["verified_at"] is None
    rows = await hall.context.db.hot("SELECT details FROM audit WHERE action = 'visit.compare' ORDER BY id")
    assert [json.loads(row["details"])["differs"] for row in rows] == [["number", "given_name"], []]
    assert (await hall.step(visit, "compare", {**shown, "number": None})).json()["code"] == "invalid_request"
    assert (await hall.verify(visit)).json() == {"match": True}


async def test_a_matching_document_may_be_spelled_otherwise(hall):
    """Names and documents in another spelling; a patronymic left out; of a legal entity the person who comes."""
    spelled = {"family_name": "HEЧУЙ – ЛEBИЦЬKИЙ", "given_name": "мар’яна", "patronymic": None}
    passport = {"country": "PL", "type": "passport", "number": "AB 1234567"}
    same = {"country": "pl", "type": "Passport", "number": "ab1234567"}
    for time, applicant, shown in (
        ("10:00", {}, spelled),
        ("10:20", {"number": None, "document": passport}, {"document": same}),
        ("10:40", {"kind": "legal_entity", "edrpou": "00032106"}, {}),
    ):
        visit = await hall.arrived(time, **applicant)
        await hall.called()
        assert (await hall.verify(visit, **shown)).json() == {"match": True}
        for step, body in (("start", None), ("finish", {"outcome": "served"})):
            assert (await hall.step(visit, step, body)).status_code == 200
    rows = await hall.context.db.hot("SELECT details FROM audit WHERE action = 'visit.verify'")
    assert {row["details"] for row in rows} == {'{"match": true, "differs": []}'}
    kept = await hall.arrived("11:00")
    await hall.called()
    older = hall.context.privacy
    hall.context.privacy = type(older)("2:" + "44" * 32 + ",1:" + "11" * 32, "1:" + "22" * 32)
    try:
        assert (await hall.verify(kept)).json() == {"match": True}, "every live version of the keys is tried"
    finally:
        hall.context.privacy = older


async def test_which_documents_were_missing_is_told(hall):
    """By their names in the catalogue, given in any language, each once."""
    visit = await hall.arrived("10:00")
    await hall.called()
    missing = ["medical certificate", "Медична довідка"]
    finished = await hall.served(visit, "missing_documents", missing_documents=missing)
    name = {"uk": "Медична довідка", "en": "Medical certificate", "pl": "Zaświadczenie lekarskie"}
    assert finished.json()["missing_documents"] == [name]
    (event,) = await hall.told("visit.finished.v1")
    assert (event["outcome"], event["missing_documents"]) == ("missing_documents", ["Медична довідка"])
    seen = await hall.town.booking.get(f"/api/v1/bookings/{visit['id']}", headers=hall.terminal)
    assert (seen.json()["outcome"], seen.json()["missing_documents"]) == ("missing_documents", [name])


async def test_a_failed_attempt_keeps_its_cool_down_and_nothing_else_does(hall):
    """The day until which the same exam cannot be booked stays after `failed` alone."""
    outcomes = ("served", "failed", "missing_documents")
    visits = [await hall.arrived(f"1{hour}:00") for hour, _ in enumerate(outcomes)]
    until = hall.town.at("10:00", days=10).date()
    await hall.context.db.hot("UPDATE booking SET cooldown_until = $1", until)
    for visit, outcome in zip(visits, outcomes, strict=True):
        assert (await hall.called())["id"] == visit["id"]
        await hall.served(visit, outcome)
    assert [(await hall.row(visit))["cooldown_until"] for visit in visits] == [None, until, None]


async def test_who_never_checks_in_is_missed_a_quarter_of_an_hour_after_the_time(hall):
    """The job marks them; the place and the quota stay used; a later check-in is told that it is too late."""
    visit, there = await hall.awaited("10:00"), await hall.arrived("10:00")
    await hall.to("10:15")
    await asyncio.sleep(0.6)  # a run of the job: at the last instant nobody is late yet
    assert (await hall.row(visit))["status"] == "confirmed"
    hall.clock.advance(timedelta(microseconds=1))

    async def missed():
        return (await hall.row(visit))["status"] == "missed"

    await eventually(missed)
    assert (await hall.row(there))["status"] == "confirmed"
    (event,) = await hall.told("visit.missed.v1")
    assert (event["booking_id"], event["because"], event["desk"]) == (visit["id"], "not_checked_in", None)
    late = await hall.post(f"/bookings/{visit['id']}/check-in")
    assert (late.status_code, late.json()["code"]) == (409, "check_in_too_late")
    assert await hall.town.used(hall.town.citizen(visit["index"])) == 1
    await hall.town.healthy()


async def test_nobody_is_called_recalled_or_missed_during_a_pause(hall):
    """409 paused comes first; afterwards the queue goes on at the very place, and the pause was no waiting."""
    present, waiting = await hall.arrived("10:00"), await hall.arrived("10:20")
    awaited = await hall.awaited("10:40")
    await hall.called()
    for _ in range(2):
        await hall.step(present, "recall")
    await hall.to("10:30")
    assert (await hall.post("/centres/town/pause", {"reason": "air_raid"}, by=hall.manager)).status_code == 200
    for answer in (
        await hall.call(1),  # busy, too
        await hall.call(2),
        await hall.step(present, "recall"),
        await hall.step(present, "missed"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "paused")
    await hall.to("11:30")
    late = await hall.post(f"/bookings/{awaited['id']}/check-in")
    assert late.status_code == 200, "its time passed in the pause"
    assert (await hall.post("/centres/town/resume", by=hall.manager)).status_code == 200
    hall.clock.advance(timedelta(minutes=1))
    called = await hall.called(2)
    assert called["id"] == waiting["id"]
    assert await hall.periods(waiting) == [("waiting", 11)]
    assert [event["waiting_seconds"] for event in await hall.told("visit.called.v1")] == [0, 660]
    assert (await hall.step(present, "missed")).status_code == 200
    assert (await hall.called(1))["id"] == awaited["id"]


async def test_whose_time_a_pause_touched_is_no_no_show(hall):
    """Neither during the pause nor after it; the others are."""
    before, during, after = [await hall.awaited(time) for time in ("09:40", "10:20", "11:20")]
    await hall.to("10:10")
    await hall.post("/centres/town/pause", {"reason": "power"}, by=hall.manager)
    await hall.to("11:00")
    await hall.post("/centres/town/resume", by=hall.manager)
    await hall.to("12:00")

    async def statuses():
        found = [(await hall.row(visit))["status"] for visit in (before, during, after)]
        return found == ["missed", "confirmed", "missed"]

    await eventually(statuses)
    await hall.town.healthy()
