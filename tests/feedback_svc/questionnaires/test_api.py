"""Questionnaires are data: new versions, old answers, and an evaluator whose single answers the centre never sees."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.contracts.feedback import Rated, RemarkOpened
from services.testing import Stack
from tests.feedback_svc.conftest import BAD, CENTRE, codes
from tests.feedback_svc.remarks.conftest import listed
from tests.gateway.world import fronting

WORDS = {"uk": "Запитання?", "en": "Question?", "pl": "Pytanie?"}
OPTIONS = [{"value": value, "label": WORDS} for value in (4, 3, 2, 1)]


def question(key: str) -> dict[str, Any]:
    return {"id": key, "text": WORDS, "options": OPTIONS}


def body(*ids: str, organisation: str = "hsc", **more: Any) -> dict[str, Any]:
    return {"organisation": organisation, "questions": [question(key) for key in (*ids, "overall")], **more}


async def put(world: Any, key: str, document: Any, headers: Any = None) -> Any:
    headers = headers or world.stack.bearer("admin")
    return await world.client.put(f"/api/v1/admin/questionnaires/{key}", json=document, headers=headers)


async def test_a_new_version_is_asked_and_old_answers_stay(world: Any) -> None:
    """A session that was opened before is answered as it was asked."""
    old = await world.opened()
    manager = world.manager(None)
    assert (await put(world, "hsc-visit", body("ramp"), manager)).status_code == 201
    second = await put(world, "hsc-visit", body("ramp", "light"), manager)
    assert (second.status_code, second.json()["version"], second.json()["independent"]) == (200, 2, False)
    new = await world.opened()
    assert [item["id"] for item in new["questionnaire"]["questions"]] == ["ramp", "light", "overall"]
    assert (await world.submit(old["id"])).status_code == 201
    assert (await world.submit(new["id"], {"ramp": 4, "light": 1, "overall": 4})).status_code == 201
    told = [(event.questionnaire, event.questionnaire_version) for event in await world.told(Rated)]
    assert told == [("visit", 1), ("hsc-visit", 2)]
    elsewhere = await world.opened("lublin-bom-main-1")
    assert elsewhere["questionnaire"]["id"] == "visit"
    items = (await world.client.get("/api/v1/admin/questionnaires?organisation=hsc", headers=manager)).json()["items"]
    assert [item["version"] for item in items] == [2, 1]


async def test_the_same_again_is_no_new_version(world: Any) -> None:
    """Loading what is in force changes nothing."""
    for _ in range(2):
        answer = await put(world, "hsc-visit", body("ramp"))
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


async def test_a_version_is_asked_between_its_days(world: Any) -> None:
    """Not before the first, not after the last; then what was asked before is asked again."""
    await put(world, "hsc-visit", body("ramp", valid_from="2026-11-25", valid_to="2026-11-30"))
    for day, asked in ((24, "visit"), (25, "hsc-visit"), (30, "hsc-visit")):
        world.clock.time = world.clock.now().replace(day=day)
        assert (await world.opened())["questionnaire"]["id"] == asked
    world.clock.time = world.clock.now().replace(month=12, day=1)
    assert (await world.opened())["questionnaire"]["id"] == "visit"


CASES_OF_A_QUESTIONNAIRE_THAT_CANNOT: list[Any] = [
    ({"organisation": "hsc", "questions": [question("ramp")]}, "body"),
    (body("ramp", "ramp"), "body"),
    (body("Ramp"), "questions.0.id"),
    (body(organisation="nobody"), "organisation"),
    (body(asks="nobody"), "asks"),
    (body(valid_from="2026-12-02", valid_to="2026-12-01"), "body"),
    ({"organisation": "hsc", "questions": []}, "questions"),
    ({"organisation": "hsc", "questions": [question("overall") | {"options": OPTIONS[:1]}]}, "questions.0.options"),
    ({"organisation": "hsc", "questions": [question("overall") | {"text": {"uk": "?"}}]}, "questions.0.text.en"),
]


async def test_a_questionnaire_that_cannot_be_asked_is_refused(world: Any, subtests: pytest.Subtests) -> None:
    """Each question once, `overall` among them, in every language, of known organisations."""
    for document, field in CASES_OF_A_QUESTIONNAIRE_THAT_CANNOT:
        with subtests.test(document=str(document)[:60]):
            answer = await put(world, "hsc-visit", document)
            assert codes(answer) == (422, "invalid_request")
            assert field in {error["field"] for error in answer.json()["errors"]}


async def test_who_writes_questionnaires(world: Any) -> None:
    """The organisation's own manager, not a centre's, not another organisation's; nobody takes another one's name."""
    for bearer in (world.manager(), world.manager(None, "lublin-bom"), world.stack.bearer("analyst")):
        assert codes(await put(world, "hsc-visit", body("ramp"), bearer)) == (403, "forbidden")
    assert (await put(world, "hsc-visit", body("ramp"))).status_code == 201
    taken = await put(world, "hsc-visit", body("ramp", organisation="lublin-bom"))
    assert codes(taken) == (409, "already_exists")
    about_others = body("ramp", organisation="observer", asks="hsc")
    assert codes(await put(world, "observer-hsc", about_others, world.manager(None, "observer"))) == (403, "forbidden")


async def test_of_an_independent_evaluation_the_centre_sees_no_single_answer(world: Any, stack: Stack) -> None:
    """By role: the evaluator's manager reads remarks, stream, contact and answers; the centre's and the organisation's
    managers, administrators and admins see none of them, not even that there are any.
    """
    assert (await put(world, "observer-hsc", body("ramp", organisation="observer", asks="hsc"))).status_code == 201
    rated = {"ramp": 1, "overall": 1}
    await world.rated(rated, comment="Грубо", contact="olena@example.org")
    observer, path = world.manager(None, "observer"), f"remarks?centre={CENTRE}"
    [remark] = await listed(world, headers=observer)
    assert (remark["comment"], remark["answers"]) == ("Грубо", rated)
    [told] = await world.told(Rated)
    assert (told.evaluator, told.organisation) == ("observer", "hsc")
    assert (await world.told(RemarkOpened))[0].evaluator == "observer"
    single = (f"remarks/{remark['id']}", f"remarks/{remark['id']}/contact")
    for bearer in (world.manager(), world.manager(None), world.stack.bearer("admin")):
        answer = await world.get(path, **bearer)
        assert (answer.json()["items"], answer.headers["etag"]) == ([], 'W/"0"')
        for address in single:
            assert codes(await world.get(address, **bearer)) == (404, "not_found")
        said = await world.post(f"remarks/{remark['id']}/answer", {"text": "Ні"}, **bearer)
        assert codes(said) == (404, "not_found")
    for role in ("administrator", "system", "analyst"):
        bearer = world.stack.bearer(role, centre=CENTRE, organisation="hsc")
        for address in (path, *single):
            assert codes(await world.get(address, **bearer)) == (403, "forbidden")
    async with fronting(stack, live_check_seconds=600) as client:
        address = f"/api/v1/feedback/remarks/stream?centre={CENTRE}"
        async with client.stream("GET", address, headers=world.manager()) as stream:
            lines = stream.aiter_lines()
            shown = [line async for line in _until_data(lines)][-1]
    assert json.loads(shown.removeprefix("data: "))["items"] == []
    assert (await world.get(single[1], **observer)).json()["value"] == "olena@example.org"
    said = await world.post(f"remarks/{remark['id']}/answer", {"text": "Дякуємо"}, **observer)
    assert said.json()["state"] == "answered"


async def _until_data(lines: Any) -> Any:
    async for line in lines:
        yield line
        if line.startswith("data: "):
            return


async def test_an_evaluation_goes_before_the_centres_own_questions(world: Any) -> None:
    """While it lasts; an operator of the centre asks in the own name, not in the evaluator's."""
    await put(world, "hsc-visit", body("light"))
    await put(world, "observer-hsc", body("ramp", organisation="observer", asks="hsc"))
    assert (await world.opened())["questionnaire"]["id"] == "observer-hsc"
    operator = world.stack.bearer("administrator", centre=CENTRE, organisation="hsc")
    taken = {"centre": CENTRE, "channel": "hotline", "answers": {"light": 1, "overall": 1}}
    assert (await world.post("ratings", taken, **operator)).status_code == 201
    assert [event.questionnaire for event in await world.told(Rated)] == ["hsc-visit"]


async def test_everybodys_questionnaire_belongs_to_admins(world: Any) -> None:
    """What is asked where an organisation asks nothing itself."""
    document = body("ramp", organisation="*")
    assert codes(await put(world, "visit", document, world.manager(None))) == (403, "forbidden")
    assert (await put(world, "visit", document)).json()["version"] == 2
    assert (await world.opened())["questionnaire"]["version"] == 2
    assert (await world.rated({"ramp": 4, "overall": 4}))["status"] == "submitted"


POLICY = {"valid_from": "2026-11-24", "session_minutes": 5, "remark_hours": 2, "burst_ratings": 1, "burst_minutes": 10}
ADDRESS = "/api/v1/admin/feedback-policies/hsc"


async def test_an_organisation_decides_for_itself(world: Any) -> None:
    """How long a session lives, when a remark is due, how many ratings are too many; others are not concerned."""
    answer = await world.client.put(ADDRESS, json=POLICY, headers=world.manager(None))
    assert answer.json() == POLICY | {"organisation": "hsc"}
    assert (await world.client.get(ADDRESS, headers=world.manager(None))).json()["items"] == [answer.json()]
    assert (await world.opened())["expires_at"] == "2026-11-24T07:05:00Z"
    for _ in range(2):
        await world.rated(BAD)
    assert [event.flagged for event in await world.told(Rated)] == [False, True]
    assert {str(event.due_at - event.opened_at) for event in await world.told(RemarkOpened)} == {"2:00:00"}
    assert (await world.opened("lublin-bom-main-1"))["expires_at"] == "2026-11-24T07:10:00Z"


async def test_a_policy_begins_on_its_day(world: Any) -> None:
    """Before it the older one holds."""
    later = POLICY | {"valid_from": "2026-11-25"}
    await world.client.put(ADDRESS, json=later, headers=world.manager(None))
    assert (await world.opened())["expires_at"] == "2026-11-24T07:10:00Z"
    world.clock.time = world.clock.now().replace(day=25)
    assert (await world.opened())["expires_at"] == "2026-11-25T07:05:00Z"


async def test_who_decides(world: Any) -> None:
    """Who manages all of the organisation; an unknown one has nobody."""
    for bearer in (world.manager(), world.manager(None, "lublin-bom")):
        assert codes(await world.client.put(ADDRESS, json=POLICY, headers=bearer)) == (403, "forbidden")
        assert codes(await world.client.get(ADDRESS, headers=bearer)) == (403, "forbidden")
    nowhere = ADDRESS.replace("hsc", "nobody")
    admin = world.stack.bearer("admin")
    assert codes(await world.client.put(nowhere, json=POLICY, headers=admin)) == (404, "not_found")
    assert codes(await world.client.put(ADDRESS, json=POLICY | {"remark_hours": 0}, headers=admin))[0] == 422
    default = (await world.client.get(ADDRESS.replace("hsc", "*"), headers=admin)).json()["items"]
    assert [item["remark_hours"] for item in default] == [24]
