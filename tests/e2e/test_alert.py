"""An air-raid alert on a working day, from the siren to the last visitor whom it sent away."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

LUTSK, RIVNE = "hsc-0741", "hsc-5641"
REGION = "UA07000000000024379"


@pytest.fixture(scope="module")
def day(new_run: Any) -> Any:
    """Tuesday, 2 March 2027, 09:00 in Kyiv."""
    run = new_run(VIZYT_CLOCK="2027-03-02T09:00:00+02:00")
    run.start()
    return run


def visitor(number: int) -> dict[str, Any]:
    document = {"country": "PL", "type": "passport", "number": f"EA700000{number}"}
    return {"kind": "individual", "document": document, "family_name": "Nowak", "given_name": f"Anna{number}"}


def test_the_queue_goes_on_at_the_very_place_where_the_alert_stopped_it(
    day: Any, refused: Any, eventually: Any
) -> None:
    """Nobody is called and nobody is a no-show; afterwards the same order, who comes late keeps the place, and who
    cannot stay moves without using quota.
    """
    starts = [f"2027-03-02T{time}:00+02:00" for time in ("09:20", "09:40", "10:00", "10:20")]
    terminal, feed = day.caller("terminal", "--centre", LUTSK), day.caller("system")
    desks = [day.caller("administrator", "--desk", f"{LUTSK}-{number}") for number in (1, 2, 3, 4)]
    third, first, second = [terminal.confirmed(starts[place], applicant=visitor(place))["id"] for place in (3, 0, 2)]
    late, moving, elsewhere = [day.citizen() for _ in range(3)]
    at_home = late.confirmed(starts[1])["id"]
    leaving = moving.confirmed(starts[1])["id"]
    missed = elsewhere.confirmed(starts[1], centre=RIVNE)["id"]

    def called(number: int) -> Any:
        answer = desks[number - 1].post(f"desks/{LUTSK}-{number}/call")
        assert answer.status_code == 200, answer.text
        return answer.json()["visit"]

    day.clock("advance", "25m")
    assert called(1) == first
    assert feed.post("pauses", {"region": REGION, "reason": "air_raid"}).json()["changed"] == 2
    for number in (1, 2):
        problem = refused(desks[number - 1].post(f"desks/{LUTSK}-{number}/call"), 409, "paused")
        assert problem["reason"] == "air_raid"
    refused(desks[0].post(f"visits/{first}/recall"), 409, "paused")

    day.clock("advance", "60m")
    eventually(lambda: elsewhere.booking(missed)["status"] == "missed", seconds=5)
    assert late.booking(at_home)["status"] == "confirmed", "not where the centre stood still"
    assert feed.post("pauses/end", {"region": REGION}).json()["changed"] == 2

    assert terminal.post(f"bookings/{at_home}/check-in").status_code == 200
    assert [called(number) for number in (2, 3, 4)] == [at_home, second, third]

    answer = moving.post(f"bookings/{leaving}/move", {"starts_at": "2027-03-03T11:00:00+02:00"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["starts_at"] == "2027-03-03T11:00:00+02:00"
    assert moving.quota("2027-03")["used"] == 1
    refused(
        late.post(f"bookings/{at_home}/move", {"starts_at": "2027-03-03T11:00:00+02:00"}), 409, "illegal_transition"
    )
    day.told("doctor")
