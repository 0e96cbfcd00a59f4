"""Check-in in its three ways, and whatever comes in that should not: a clear code, and nothing changed."""

import asyncio
from uuid import uuid4

import pytest

from booking_svc.visits import domain


async def test_a_visitor_checks_in_by_booking_by_qr_code_or_by_number(hall):
    """Each way on the visit's day, in the own centre; again answers the same, and no name is shown."""
    one, two, three = [await hall.awaited(time) for time in ("10:00", "10:20", "10:40")]
    first = await hall.first("11:00")
    answers = [
        await hall.post(f"/bookings/{one['id']}/check-in", by=hall.terminal),
        await hall.post("/check-in", {"ticket_token": two["ticket"]["token"]}, by=hall.terminal),
        await hall.post("/check-in", {"ticket": three["ticket"]["number"]}, by=hall.staff),
        await hall.post("/check-in", {"ticket": 1, "priority": True}, by=hall.terminal),
    ]
    for visit, answer in zip((one, two, three, first), answers, strict=True):
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert (body["id"], body["checked_in"], body["status"]) == (visit["id"], True, "confirmed")
        assert body["ticket"] == visit["ticket"]["number"]
        assert "Коваль" not in answer.text
    again = await hall.post("/check-in", {"ticket_token": two["ticket"]["token"]}, by=hall.terminal)
    assert again.json() == answers[1].json()
    assert len(await hall.told("visit.checked_in.v1")) == 3, "who booked at the terminal was there already"
    seen = await hall.town.booking.get(f"/api/v1/bookings/{one['id']}", headers=hall.town.citizen(one["index"]))
    assert seen.json()["checked_in"] is True


async def test_check_in_before_the_day_or_after_the_grace_says_so(hall):
    """409 with the day, or with the time until which it was possible."""
    tomorrow, today = await hall.awaited("10:00", days=1), await hall.awaited("10:00")
    for answer in (
        await hall.post(f"/bookings/{tomorrow['id']}/check-in"),
        await hall.post("/check-in", {"ticket_token": tomorrow["ticket"]["token"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "check_in_too_early")
        assert answer.json()["day"] == "2026-11-25"
    await hall.to("10:16")
    answer = await hall.post(f"/bookings/{today['id']}/check-in", by=hall.terminal | {"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (409, "check_in_too_late")
    assert answer.json()["until"] == "2026-11-24T10:15:00+02:00"
    assert "24.11.2026 10:15" in answer.json()["detail"]
    assert await hall.told("visit.checked_in.v1") == []


async def test_who_may_not_may_not(hall):
    """Without a centre's role, or in another centre: 403; what is unknown: 404; without login 401. Nothing changes."""
    visit, late = await hall.arrived("10:00"), await hall.awaited("10:20")
    await hall.called()
    other, manager = hall.staff_of("other"), hall.manager
    terminal, citizen = hall.terminal, hall.town.citizen(late["index"])
    path = f"/visits/{visit['id']}"
    shown = {"number": hall.town.number(1), "family_name": "А", "given_name": "Б"}
    steps = [("recall", None), ("skip", None), ("missed", None), ("verify", shown), ("start", None)]
    steps.append(("compare", shown))
    steps.append(("finish", {"outcome": "served"}))
    for who in (other, manager, terminal, citizen):
        for step, body in steps:
            answer = await hall.post(f"{path}/{step}", body, by=who)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), step
        assert (await hall.call(1, by=who)).json()["code"] == "forbidden"
        assert (await hall.town.booking.get(f"/api/v1{path}", headers=who)).json()["code"] == "forbidden"
    for who in (other, hall.staff_of("other", "terminal"), manager, citizen):
        assert (await hall.post(f"/bookings/{late['id']}/check-in", by=who)).json()["code"] == "forbidden"
        token = {"ticket_token": late["ticket"]["token"]}
        assert (await hall.post("/check-in", token, by=who)).json()["code"] == "forbidden"
    nowhere = hall.town.stack.bearer("administrator", sub="admin-9")
    assert (await hall.post("/check-in", {"ticket": 1000}, by=nowhere)).json()["code"] == "forbidden"
    elsewhere = await hall.post("/check-in", {"ticket": 1001}, by=other)
    assert elsewhere.json()["code"] == "not_found", "a number belongs to its centre"
    for step, body in steps:
        answer = await hall.post(f"/visits/{uuid4()}/{step}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await hall.post("/desks/nowhere-1/call")).json()["code"] == "not_found"
    assert (await hall.post(f"/bookings/{uuid4()}/check-in")).json()["code"] == "not_found"
    unknown = {"Authorization": "Bearer nobody"}
    assert (await hall.call(1, by=unknown)).json()["code"] == "unauthenticated"
    row = await hall.row(visit)
    assert (row["status"], row["calls"], (await hall.row(late))["checked_in_at"]) == ("called", 1, None)


async def test_steps_out_of_order_are_refused(hall):
    """409 with the state; a duplicate press changes nothing, and with its key it is answered as the first one."""
    visit, held = await hall.arrived("10:00"), await hall.town.hold(hall.town.citizen(), hall.town.at("10:20"))

    async def refused(step, code, body=None, on=visit):
        answer = await hall.step(on, step, body)
        assert (answer.status_code, answer.json()["code"]) == (409, code), (step, answer.text)

    served = {"outcome": "served"}
    for step in ("recall", "skip", "missed", "start"):
        await refused(step, "illegal_transition")
        await refused(step, "illegal_transition", on=held.json())
    await refused("finish", "illegal_transition", served)
    assert (await hall.post(f"/bookings/{held.json()['id']}/check-in")).json()["code"] == "illegal_transition"
    await hall.called()
    await refused("start", "identity_not_verified")
    await refused("finish", "illegal_transition", served)
    await hall.verify(visit)
    presses = await asyncio.gather(*(hall.step(visit, "start") for _ in range(6)))
    assert sorted(press.status_code for press in presses) == [200, *[409] * 5]
    for step in ("recall", "skip", "missed"):
        await refused(step, "illegal_transition")
    assert (await hall.verify(visit)).json()["code"] == "illegal_transition"
    for key, again in (("done-1", 200), ("done-1", 200), ("done-2", 409)):
        assert (await hall.step(visit, "finish", served, key=key)).status_code == again
    other = await hall.step(visit, "finish", {"outcome": "failed"}, key="done-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert (await hall.row(visit))["outcome"] == "served"
    assert [len(await hall.told(f"visit.{what}.v1")) for what in ("started", "finished")] == [1, 1]
    assert len(await hall.periods(visit)) == 3


BAD_CHECK_INS = [
    {},
    {"ticket": "1000"},
    {"ticket": 0},
    {"ticket": 2**31},
    {"ticket": True},
    {"ticket": 1000, "ticket_token": "x"},
    {"ticket_token": ""},
    {"ticket_token": "a.b.c"},
    {"ticket_token": 7},
    {"ticket": 1000, "centre": "town"},
    [],
    "x",
]


async def test_wrong_bodies_are_refused_by_field_and_never_repeated(hall):
    """422 invalid_request; the visit stays as it was: a mistyped number refuses nobody."""
    visit = await hall.arrived("10:00")
    for body in BAD_CHECK_INS:
        answer = await hall.post("/check-in", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body
    token = visit["ticket"]["token"]
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    answer = await hall.post("/check-in", {"ticket_token": forged})
    assert answer.json()["errors"] == [{"field": "ticket_token", "reason": "this is not a ticket of ours"}]
    await hall.called()
    number = visit["person"]["number"]
    names = {"family_name": "Нечуй-Левицький", "given_name": "Мар'яна"}
    passport = {"country": "UA", "type": "passport", "number": "1"}
    for body in (
        names,
        {"number": number},
        {"number": number, "document": passport, **names},
        {"number": number[:-1] + str((int(number[-1]) + 1) % 10), **names},
        {"number": 7, **names},
        {"document": "UA:passport:1", **names},
        {"number": number, **names, "given_name": " "},
        {"number": number, **names, "comment": "ok"},
        None,
    ):
        answer = await hall.step(visit, "verify", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body
        assert number not in answer.text
    assert (await hall.verify(visit)).status_code == 200
    await hall.step(visit, "start")
    for body in (
        {},
        {"outcome": "done"},
        {"outcome": "served", "missing_documents": ["Паспорт"]},
        {"outcome": "missing_documents", "missing_documents": ["Свідоцтво Коваль О. П."]},
        {"outcome": "missing_documents", "missing_documents": "Паспорт"},
        {"outcome": "missing_documents", "missing_documents": ["x"] * 21},
        {"outcome": "served", "comment": "ok"},
    ):
        answer = await hall.step(visit, "finish", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body
        assert "Коваль" not in answer.text
    assert (await hall.row(visit))["status"] == "serving"
    assert (await hall.step(visit, "finish", {"outcome": "missing_documents"})).status_code == 200


async def test_the_ticket_tells_where_to_go_and_what_became_of_it(hall):
    """The owner sees the desk and its number, then the outcome; the number of the ticket stays."""
    visit = await hall.awaited("10:00")
    owner, path = hall.town.citizen(visit["index"]), f"/api/v1/bookings/{visit['id']}"
    await hall.post(f"/bookings/{visit['id']}/check-in")
    await hall.called(2)

    async def seen():
        body = (await hall.town.booking.get(path, headers=owner)).json()
        return body["status"], body["desk"], body["desk_number"], body["outcome"], body["ticket"]["number"]

    assert await seen() == ("called", "town-2", 2, None, 1000)
    number = hall.town.number(visit["index"])
    shown = {"number": number, "family_name": "Коваль", "given_name": f"Олена{visit['index']}"}
    for step, body in (("verify", shown), ("start", None), ("finish", {"outcome": "served"})):
        assert (await hall.step(visit, step, body)).status_code == 200
    assert await seen() == ("finished", "town-2", 2, "served", 1000)
    assert (await hall.town.step(owner, visit["id"], "cancel")).json()["code"] == "illegal_transition"
    staff = await hall.town.booking.get(f"/api/v1/visits/{visit['id']}", headers=hall.staff)
    assert (staff.json()["status"], staff.json()["verified"]) == ("finished", True)
    unconfirmed = await hall.town.hold(hall.town.citizen(), hall.town.at("10:20"))
    missing = await hall.town.booking.get(f"/api/v1/visits/{unconfirmed.json()['id']}", headers=hall.staff)
    assert missing.status_code == 404


@pytest.mark.parametrize("language", ["uk", "en", "pl"])
def test_the_refusals_of_the_day_speak_every_language(language):
    """Without a gap left open."""
    for refusal in (
        domain.DeskBusy(visit="1", ticket=1),
        domain.IdentityMismatch(differs=["number"]),
        domain.IdentityNotVerified(),
        domain.TooFewCalls(state="called", calls=1, calls_missing=2),
        domain.SkippedBefore(state="called"),
    ):
        assert "…" not in refusal.explain(language)
        assert "{" not in refusal.explain(language)
