"""A desk is rated over real HTTP: code, session, submit, remark, answer; and a visit's own token verifies it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow

CENTRE, DESK = "if-cnap-main", "if-cnap-main-1"
"""Where no other test counts the tickets of today."""
AT = {"centre": CENTRE, "service": "residence-extract"}
GOOD = {"premises": 4, "services": 4, "staff": 3, "process": 4, "overall": 4}


@pytest.fixture(scope="module")
def manager(town: Any) -> Any:
    return town.caller("manager", "--centre", CENTRE)


def code_of(manager: Any, desk: str, eventually: Any) -> str:
    """As soon as the desk is known there."""
    answer = eventually(lambda: (found := manager.get(f"feedback/desks/{desk}")).is_success and found, seconds=20)
    return answer.json()["feedback_code"]


def test_a_visitor_rates_the_desk_and_the_manager_answers(
    town: Any, manager: Any, refused: Any, eventually: Any
) -> None:
    """The code in three forms; ten minutes; once; the words on the manager's list and stream; the answer once."""
    code = code_of(manager, DESK, eventually)
    assert manager.get(f"feedback/desks/{DESK}").json()["url"].endswith(f"/f/{code}")
    kinds = {name: manager.get(f"feedback/desks/{DESK}/{name}").content[:5] for name in ("qr.svg", "sheet.pdf")}
    assert kinds == {"qr.svg": b"<svg ", "sheet.pdf": b"%PDF-"}
    refused(town.caller("manager", "--centre", "hsc-0741").get(f"feedback/desks/{DESK}"), 403, "forbidden")
    visitor = town.anybody()
    refused(visitor.post("feedback/sessions", {"feedback_code": "0" * 26}), 404, "unknown_code")
    opened = visitor.post("feedback/sessions", {"feedback_code": code})
    assert opened.status_code == 201
    session = opened.json()
    assert [question["id"] for question in session["questionnaire"]["questions"]] == list(GOOD)
    path = f"feedback/sessions/{session['id']}/submit"
    refused(visitor.post(path, {"answers": {"overall": 4}}), 422, "invalid_request")
    body = {"answers": GOOD | {"overall": 1}, "comment": "Довго чекали", "contact": "olena@example.org"}
    assert visitor.post(path, body).status_code == 201
    refused(visitor.post(path, body), 409, "already_submitted")
    [remark] = manager.get("feedback/remarks", centre=CENTRE, state="open").json()["items"]
    assert (remark["comment"], remark["contact"], remark["desk"]) == ("Довго чекали", "email", DESK)
    assert json.loads(first_state(manager))["items"][0]["id"] == remark["id"]
    answer = f"feedback/remarks/{remark['id']}/answer"
    assert manager.post(answer, {"text": "Відкрили ще одне вікно."}).json()["state"] == "answered"
    refused(manager.post(answer, {"text": "Ще"}), 409, "illegal_transition")
    eventually(lambda: manager.get(f"feedback/remarks/{remark['id']}").json()["told"] == "sent", seconds=10)


def first_state(manager: Any) -> str:
    """What the live stream begins with."""
    with manager.open("GET", "feedback/remarks/stream", params={"centre": CENTRE}) as stream:
        return next(line for line in stream.iter_lines() if line.startswith("data: ")).removeprefix("data: ")


def test_a_finished_visit_verifies_one_rating(town: Any, manager: Any, refused: Any, eventually: Any) -> None:
    """The token that its owner reads opens a session of the right desk, and is used up."""
    citizen, terminal = town.citizen(), town.caller("terminal", "--centre", CENTRE)
    desk = town.caller("administrator", "--desk", DESK)
    applicant = person(citizen)
    start = town.slots(town.now().date(), **AT)[5]["starts_at"]
    visit = terminal.confirmed(start, applicant={"kind": "individual", **applicant}, **AT)
    assert desk.post(f"desks/{DESK}/call").json()["visit"] == visit["id"]
    assert desk.post(f"visits/{visit['id']}/verify", applicant).json() == {"match": True}
    assert desk.post(f"visits/{visit['id']}/start").is_success
    assert desk.post(f"visits/{visit['id']}/finish", {"outcome": "served"}).is_success
    token = citizen.booking(visit["id"])["feedback_token"]
    opened = eventually(
        lambda: (found := town.anybody().post("feedback/sessions", {"visit_token": token})).is_success and found,
        seconds=10,
    )
    assert opened.json()["place"]["desk"] == DESK
    submit = f"feedback/sessions/{opened.json()['id']}/submit"
    done = town.anybody().post(submit, {"answers": GOOD, "visit_token": token})
    assert done.json()["verified"] is True
    refused(town.anybody().post("feedback/sessions", {"visit_token": token}), 404, "unknown_code")


def person(citizen: Any) -> dict[str, str]:
    """Who the token says that it is."""
    part = citizen.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return {name: claims[name] for name in ("number", "family_name", "given_name")} | {
        "patronymic": claims["middle_name"]
    }


def test_after_ten_minutes_the_code_is_to_be_scanned_again(journey: Any, refused: Any, eventually: Any) -> None:
    """By the clock of the run."""
    code = code_of(journey.caller("manager", "--centre", CENTRE), DESK, eventually)
    sessions = [journey.anybody().post("feedback/sessions", {"feedback_code": code}).json() for _ in range(2)]
    journey.clock("advance", "9m50s")
    first, second = (f"feedback/sessions/{session['id']}/submit" for session in sessions)
    assert journey.anybody().post(first, {"answers": GOOD}).status_code == 201
    journey.clock("advance", "60s")
    refused(journey.anybody().post(second, {"answers": GOOD}), 410, "session_expired")


def test_past_ratings_are_imported_once(town: Any) -> None:
    """A stream of lines; a bad one is named, the others are kept."""
    line = {"desk": DESK, "submitted_at": "2025-03-04T10:15:00+02:00", "answers": GOOD}
    lines = [json.dumps(line | {"external_id": f"e2e-{number}"}) for number in range(3)] + ["{"]
    system = town.caller("system")
    for imported, repeated in ((3, 0), (0, 3)):
        answer = system.send("POST", "feedback/import", content="\n".join(lines)).json()
        assert (answer["imported"], answer["repeated"], answer["rejected"]) == (imported, repeated, 1)
        assert answer["errors"] == [{"line": 4, "reason": "body: is not valid JSON"}]
