"""A day in the centre over real HTTP: who comes is called, compared, served; who does not belong there is refused."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

AT = {"centre": "hsc-1841", "service": "licence-exchange"}
OLENA = {"family_name": "Д'яченко", "given_name": "Олена", "patronymic": "Сергіївна"}


def rnokpp(first: int) -> str:
    """A valid number of an invented person."""
    digits = f"{first:09d}"
    weights = (-1, 5, 7, 9, 4, 6, 10, 5, 7)
    return digits + str(sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 % 10)


@pytest.fixture(scope="module")
def terminal(town: Any) -> Any:
    return town.caller("terminal", "--centre", AT["centre"])


@pytest.fixture(scope="module")
def desk(town: Any) -> Any:
    return town.caller("administrator", "--desk", "hsc-1841-1")


def arrived(town: Any, terminal: Any, person: int, *, place: int, **more: Any) -> dict[str, Any]:
    """Booked at the terminal for a time of today, and there at once."""
    start = town.slots(town.now().date(), **AT)[place]["starts_at"]
    applicant = {"kind": "individual", "number": rnokpp(person), **OLENA, **more}
    return terminal.confirmed(start, applicant=applicant, **AT)


def test_a_visitor_books_at_the_terminal_is_called_compared_and_served(
    town: Any, terminal: Any, desk: Any, refused: Any
) -> None:
    """Priority first; nothing starts before the document matches; the desk has one visitor at a time."""
    later = arrived(town, terminal, 711_000_001, place=3)
    first = arrived(town, terminal, 711_000_002, place=4, priority="military", document_shown=True)
    calls = [desk.post("desks/hsc-1841-1/call", key="press").json() for _ in range(2)]
    assert calls[0] == calls[1]
    assert (calls[0]["visit"], calls[0]["ticket"], calls[0]["priority"]) == (first["id"], 1, "military")
    assert calls[0].items() >= {"service": AT["service"], "starts_at": first["starts_at"]}.items()
    refused(desk.post("desks/hsc-1841-1/call"), 409, "desk_busy")
    visit = f"visits/{first['id']}"
    refused(desk.post(f"{visit}/start"), 409, "identity_not_verified")
    shown = {"number": rnokpp(711_000_002), "family_name": "ДʼЯЧЕНКО", "given_name": "oлeнa"}
    assert desk.post(f"{visit}/verify", shown).json() == {"match": True}
    assert desk.post(f"{visit}/start").json()["status"] == "serving"
    assert desk.post(f"{visit}/finish", {"outcome": "served"}).json()["outcome"] == "served"
    refused(desk.post(f"{visit}/finish", {"outcome": "served"}), 409, "illegal_transition")
    assert desk.post("desks/hsc-1841-1/call").json()["visit"] == later["id"]
    stranger = shown | {"family_name": "Коваль"}
    problem = refused(desk.post(f"visits/{later['id']}/verify", stranger), 409, "identity_mismatch")
    assert problem["differs"] == ["number", "family_name"]
    refused(desk.post(f"visits/{later['id']}/start"), 409, "illegal_transition")
    assert desk.post("desks/hsc-1841-1/call").status_code == 204
    assert terminal.booking(later["id"])["status"] == "refused"


def test_a_ticket_booked_online_is_checked_in_by_its_qr_code(town: Any, terminal: Any, desk: Any, refused: Any) -> None:
    """Today's, as often as it is scanned; not a coming day's, a forged one, or in another centre."""
    today, coming = town.slots(town.now().date(), **AT)[5]["starts_at"], town.times(1, centre=AT["centre"])[0]
    citizen = town.citizen()
    ticket, other = (citizen.confirmed(start, **AT)["ticket"]["token"] for start in (today, coming))
    for _ in range(2):
        answer = terminal.post("check-in", {"ticket_token": ticket})
        assert (answer.status_code, answer.json()["checked_in"]) == (200, True), answer.text
    refused(terminal.post("check-in", {"ticket_token": other}), 409, "check_in_too_early")
    refused(terminal.post("check-in", {"ticket_token": ticket[:-8] + "AAAAAAAA"}), 422, "invalid_request")
    elsewhere = town.caller("terminal", "--centre", "hsc-0741")
    refused(elsewhere.post("check-in", {"ticket_token": ticket}), 403, "forbidden")
    refused(citizen.post("check-in", {"ticket_token": ticket}), 403, "forbidden")
    called = desk.post("desks/hsc-1841-1/call").json()
    for missing in (2, 1):
        assert (
            refused(desk.post(f"visits/{called['id']}/missed"), 409, "illegal_transition")["calls_missing"] == missing
        )
        desk.post(f"visits/{called['id']}/recall")
    assert desk.post(f"visits/{called['id']}/missed").json()["status"] == "missed"
    refused(town.caller("administrator", "--desk", "hsc-0741-1").post("desks/hsc-1841-1/call"), 403, "forbidden")
