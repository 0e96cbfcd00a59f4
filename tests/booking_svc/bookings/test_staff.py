"""The terminal and the administrator book for the day itself, in their own centre."""

import pytest


@pytest.fixture
def applicant(town):
    return {"kind": "individual", "number": town.number(1), "family_name": "Коваль", "given_name": "Олена"}


async def test_a_terminal_books_for_today_and_is_checked_in(town, applicant):
    """Channel `terminal`, its own limit; the visitor is there already."""
    terminal = town.stack.bearer("terminal", sub="terminal-1", centre="town")
    held = await town.hold(terminal, town.at("15:00"), applicant=applicant)
    assert held.status_code == 201, held.text
    assert (held.json()["channel"], held.json()["quota"]["channel"]) == ("terminal", "terminal")
    confirmed = await town.step(terminal, held.json()["id"], "confirm")
    assert confirmed.json()["checked_in"] is True
    assert await town.used(town.citizen()) == 0, "the online limit is another one"


async def test_an_operator_counts_with_the_terminal(town, applicant):
    """Channel `operator`, counted as `terminal` (domain.md §2)."""
    staff = town.stack.bearer("administrator", sub="admin-1", centre="town", organisation="hsc")
    held = (await town.hold(staff, town.at("15:00"), applicant=applicant)).json()
    assert (held["channel"], held["quota"]["channel"]) == ("operator", "terminal")


async def test_tomorrow_is_for_online_only(town, applicant):
    """422 outside_window with the reason."""
    terminal = town.stack.bearer("terminal", centre="town")
    answer = await town.hold(terminal, town.at("10:00", days=1), applicant=applicant)
    assert (answer.json()["code"], answer.json()["reason"]) == ("outside_window", "today_only")


async def test_another_centre_is_forbidden(town, applicant):
    """A device is bound to one centre."""
    terminal = town.stack.bearer("terminal", centre="elsewhere")
    answer = await town.hold(terminal, town.at("15:00"), applicant=applicant)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_applicant_must_be_complete(town, applicant):
    """Without applicant, number or entity: 422 that names the field."""
    terminal = town.stack.bearer("terminal", centre="town")
    for given in (None, applicant | {"number": None}, applicant | {"kind": "legal_entity"}):
        more = {"applicant": given} if given else {}
        answer = await town.hold(terminal, town.at("15:00"), **more)
        assert answer.json()["code"] == "invalid_request"
        assert answer.json()["errors"][0]["field"].startswith("applicant")


async def test_priority_needs_the_document_shown(town, applicant):
    """With it the ticket comes from a sequence of its own, from 1."""
    terminal = town.stack.bearer("terminal", centre="town")
    wish = applicant | {"priority": "military"}
    refused = await town.hold(terminal, town.at("15:00"), applicant=wish)
    assert refused.json()["code"] == "priority_needs_document"
    held = await town.hold(terminal, town.at("15:00"), applicant=wish | {"document_shown": True})
    confirmed = await town.step(terminal, held.json()["id"], "confirm")
    assert confirmed.json()["ticket"]["number"] == 1


async def test_reading_by_staff_is_audited(town):
    """Who read which booking, and when; the owner's own reading is not."""
    who = town.citizen()
    booking = await town.booked(who, town.at("10:00", days=1))
    staff = town.stack.bearer("administrator", sub="admin-7", centre="town", organisation="hsc")
    for reader in (who, staff):
        assert (await town.booking.get(f"/api/v1/bookings/{booking['id']}", headers=reader)).status_code == 200
    context = town.booking._transport.app.state.context
    rows = await context.db.hot("SELECT actor FROM audit WHERE action = 'booking.read'")
    assert [row["actor"] for row in rows] == ["admin-7"]


@pytest.mark.parametrize(
    ("kind", "limit", "rule"),
    [("individual", 4, "hsc/individual/terminal/month"), ("legal_entity", 6, "hsc/legal_entity/terminal/day")],
)
async def test_the_centre_has_limits_of_its_own_for_people_and_for_firms(town, applicant, kind, limit, rule):
    """Terminal and operator together; what is booked online does not count there (domain.md §2, quotas)."""
    given = applicant | ({"kind": kind, "edrpou": "32855961"} if kind == "legal_entity" else {})
    firm = {"edrpou": "32855961"} if kind == "legal_entity" else {}
    assert (await town.hold(town.citizen(1, **firm), town.at("10:00", days=1))).status_code == 201
    staff = [town.stack.bearer(role, centre="town", organisation="hsc") for role in ("terminal", "administrator")]
    for number in range(limit):
        answer = await town.hold(staff[number % 2], town.at(f"{10 + number}:00"), applicant=given)
        assert answer.status_code == 201, answer.text
    for one in staff:
        refused = await town.hold(one, town.at("16:20"), applicant=given)
        assert (refused.json()["code"], refused.json()["rule"]) == ("quota_exhausted", rule)


async def test_a_device_without_a_centre_and_a_role_that_does_not_book_are_refused(town, applicant):
    """Managers, analysts and the like do not book; a terminal stands somewhere."""
    for role, claims in (("terminal", {}), ("administrator", {"organisation": "hsc"}), ("manager", {"centre": "town"})):
        answer = await town.hold(town.stack.bearer(role, **claims), town.at("15:00"), applicant=applicant)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_two_terminals_that_confirm_one_hold_get_one_ticket(town, applicant):
    """Confirming again answers the same; a terminal of another centre does not see the booking."""
    terminals = [town.stack.bearer("terminal", sub=f"terminal-{number}", centre="town") for number in (1, 2)]
    held = (await town.hold(terminals[0], town.at("15:00"), applicant=applicant)).json()
    tickets = [(await town.step(one, held["id"], "confirm")).json()["ticket"] for one in terminals]
    assert tickets[0] == tickets[1]
    elsewhere = town.stack.bearer("terminal", centre="elsewhere")
    assert (await town.step(elsewhere, held["id"], "confirm")).status_code == 404
