"""What a run leaves behind while it works: logs without persons, little memory, nothing left of what tests did."""

import base64
import json
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow

MIB = 1024 * 1024


def test_no_person_is_in_the_logs(town: Any, refused: Any) -> None:
    """No number, no name, no token, also of what was refused."""
    token = town.told("token", "citizen", "--first", "77")
    person = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    citizen = type(town.anybody())(town, token)
    booking = citizen.confirmed(town.time())
    citizen.step(booking["id"], "cancel")
    applicant = {"kind": "individual", "number": person["number"], "family_name": "Невідомська", "given_name": "Ярина"}
    refused(citizen.hold(town.time(), applicant=applicant), 403, "not_your_identity")
    refused(citizen.hold(town.time(), applicant=applicant | {"number": "2472202750"}), 422, "invalid_request")
    logs = {file.name: file.read_text() for file in (town.home / "logs").iterdir()}
    assert logs
    for secret in (person["number"], person["family_name"], "Невідомська", "2472202750", token, "eyJhbGci"):
        assert not [name for name, text in logs.items() if secret in text]


def test_nothing_crashed_and_the_logs_are_short(town: Any) -> None:
    """Bad input is no error of ours."""
    for file in (town.home / "logs").iterdir():
        text = file.read_text()
        assert "request.crashed" not in text
        assert "Traceback" not in text
        assert len(text.splitlines()) < 200, file.name


def test_the_processes_are_small(town: Any) -> None:
    """A service needs less than 200 MiB."""
    for name, item in town.processes().items():
        assert psutil.Process(item["pid"]).memory_info().rss < 200 * MIB, name


def test_in_the_end_the_store_holds_together(town: Any) -> None:
    """`doctor`: slots against bookings, the ledger against usage, no dead letters, an empty outbox."""
    assert town.told("doctor") == "all is well"
