"""Desks' codes: for the manager of the centre, as address, picture and sheet; revoked and printed again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.contracts.places import Desk, Places
from services.testing import eventually
from tests.feedback_svc.conftest import CENTRE, CITY, DESK, PUBLIC_URL, centre, codes, running

PAGES = [f"desks/{DESK}", f"desks/{DESK}/qr.svg", f"desks/{DESK}/qr.png", f"desks/{DESK}/sheet.pdf"]
PAGES += [f"centres/{CENTRE}/sheets.pdf"]


async def test_a_desk_has_a_code_as_soon_as_it_is_known(world: Any) -> None:
    """128 random bits in the address that the QR code says."""
    view = (await world.get(f"desks/{DESK}", **world.manager())).json()
    assert len(view["feedback_code"]) == 26
    assert view["url"] == f"{PUBLIC_URL}/f/{view['feedback_code']}"
    assert (view["centre"], view["desk_number"]) == (CENTRE, 1)
    assert len({row["code"] for row in await world.rows("SELECT code FROM code")}) == 6


@pytest.mark.parametrize("page", PAGES)
async def test_only_the_centres_own_manager_sees_its_codes(world: Any, page: str) -> None:
    """Not another centre's, not another organisation's, not an administrator, nobody without login."""
    assert (await world.get(page, **world.manager())).status_code == 200
    assert (await world.get(page, **world.manager(None))).status_code == 200, "of the whole organisation"
    assert (await world.get(page, **world.stack.bearer("admin"))).status_code == 200
    for other in (world.manager("hsc-5641"), world.manager(None, "lublin-bom"), world.manager(CENTRE, "lublin-bom")):
        assert codes(await world.get(page, **other)) == (403, "forbidden")
    for role in ("administrator", "citizen", "system", "terminal"):
        bearer = world.stack.bearer(role, centre=CENTRE, organisation="hsc")
        assert codes(await world.get(page, **bearer)) == (403, "forbidden")
    assert codes(await world.get(page)) == (401, "unauthenticated")


@pytest.mark.parametrize("page", ["desks/hsc-0741-9", "desks/nowhere/qr.svg", "centres/nowhere/sheets.pdf"])
async def test_an_unknown_place_is_not_found(world: Any, page: str) -> None:
    """404."""
    assert codes(await world.get(page, **world.manager())) == (404, "not_found")


async def test_the_code_comes_as_vectors_and_as_dots(world: Any) -> None:
    """SVG and PNG, with the quiet zone that scanners need."""
    vectors = await world.get(f"desks/{DESK}/qr.svg", **world.manager())
    assert vectors.headers["content-type"] == "image/svg+xml"
    assert vectors.text.startswith("<svg")
    dots = await world.get(f"desks/{DESK}/qr.png", **world.manager())
    assert (dots.headers["content-type"], dots.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")


async def test_a_sheet_is_a_page_with_ukrainian_words(world: Any) -> None:
    """A4, the typeface embedded; the sheets of a centre are a page for each desk."""
    one = await world.get(f"desks/{DESK}/sheet.pdf", **world.manager())
    assert (one.headers["content-type"], one.content[:5]) == ("application/pdf", b"%PDF-")
    assert one.content.count(b"/Type /Page\n") == 1
    assert b"/FontFile2" in one.content
    assert b"/Lang (uk)" in one.content
    assert set("Оцініть обслуговування, «Надіслати повідомлення»") - {" "} <= letters(one.content)
    both = await world.get(f"centres/{CENTRE}/sheets.pdf", **world.manager())
    assert both.content.count(b"/Type /Page\n") == 2


def letters(pdf: bytes) -> set[str]:
    """What the shapes of the embedded typefaces stand for, so that words can be found and read aloud."""
    return {chr(int(code, 16)) for code in re.findall(rb"^<[0-9A-F]{4}> <([0-9A-F]{4})>$", pdf, re.MULTILINE)}


async def test_a_revoked_code_holds_no_more_and_the_desk_has_a_new_one(world: Any) -> None:
    """Audited; the same request again changes nothing."""
    old, keyed = await world.code(), {**world.manager(), "Idempotency_Key": "lost sheet"}
    new = await world.post(f"desks/{DESK}/revoke", **keyed)
    assert new.status_code == 200
    assert new.json()["feedback_code"] == await world.code() != old
    assert codes(await world.post("sessions", {"feedback_code": old})) == (404, "unknown_code")
    assert (await world.post("sessions", {"feedback_code": await world.code()})).status_code == 201
    assert (await world.post(f"desks/{DESK}/revoke", **keyed)).json() == new.json()
    actions = [row["action"] for row in await world.rows("SELECT action FROM audit")]
    assert actions == ["code.revoke"]


async def test_nobody_else_revokes_a_code(world: Any) -> None:
    """403, and the code holds."""
    before = await world.code()
    for bearer in (world.manager("hsc-5641"), world.stack.bearer("administrator", centre=CENTRE, organisation="hsc")):
        assert codes(await world.post(f"desks/{DESK}/revoke", **bearer)) == (403, "forbidden")
    assert await world.code() == before


async def test_a_desk_that_was_taken_away_is_not_rated(world: Any) -> None:
    """Its code is unknown until it comes back; and an older state that comes late changes nothing."""
    code = await world.code()
    desks = [Desk(id=DESK, desk_number=1, active=False), Desk(id="hsc-0741-2", desk_number=2)]
    await world.publish(centre(CENTRE, "hsc", version=3, desks=desks))
    await world.publish(centre(CENTRE, "hsc", version=2))
    assert codes(await world.post("sessions", {"feedback_code": code})) == (404, "unknown_code")
    await world.publish(centre(CENTRE, "hsc", version=4))
    assert (await world.post("sessions", {"feedback_code": code})).status_code == 201


async def test_what_no_stream_tells_any_more_is_asked_for(world: Any) -> None:
    """The leader compares with booking_svc: a desk that was never told of has a code then."""
    from services.contracts.places import Centre, Known

    new = centre("hsc-1841", "hsc", version=9)

    async def answer(request: Places) -> Known:
        if request.after is None:
            known = [Centre(**event.model_dump()) for event in CITY if hasattr(event, "desks")]
            return Known(organisations=[], centres=known, following="lublin-bom-main")
        return Known(organisations=[], centres=[Centre(**new.model_dump())], following=None)

    await world.bus.respond_all({Places: answer}, group="booking_svc")

    async def known() -> bool:
        return bool(await world.rows("SELECT FROM code WHERE desk = 'hsc-1841-1'"))

    await eventually(known)


async def test_doctor_says_where_codes_lead_nowhere(world: Any) -> None:
    """A desk without a code, and an installation without an address."""
    assert await world.findings() == []
    await world.rows("UPDATE code SET revoked_at = made_at WHERE desk = $1", DESK)
    assert await world.findings() == [f"desk {DESK} has no feedback code"]


async def test_a_code_may_open_a_chat_with_the_bot(stack: Any) -> None:
    """Where there is one: its link, and pictures of it."""
    async with running(stack, telegram_bot="vizyt_bot") as world:
        code = (await world.get(f"desks/{DESK}", **world.manager())).json()
        assert code["telegram_url"] == f"https://t.me/vizyt_bot?start={code['feedback_code']}"
        page = (await world.get(f"desks/{DESK}/qr.svg", **world.manager())).content
        chat = await world.get(f"desks/{DESK}/qr.svg?way=telegram", **world.manager())
        assert (chat.status_code, chat.content != page) == (200, True)


async def test_without_a_bot_there_is_no_code_for_it(world: Any) -> None:
    assert (await world.get(f"desks/{DESK}", **world.manager())).json()["telegram_url"] is None
    assert codes(await world.get(f"desks/{DESK}/qr.png?way=telegram", **world.manager())) == (404, "not_found")
