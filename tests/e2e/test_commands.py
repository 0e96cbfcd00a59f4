"""The `./vizyt` commands as they are promised."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow

ROLES = ("citizen", "terminal", "administrator", "manager", "analyst", "moderator", "officer", "system", "admin")
NAMES = {"postgres", "nats", "issuer", "gateway", "booking_svc", "quota_svc", "feedback_svc", "stats_svc"}


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))


@pytest.mark.parametrize("role", ROLES)
def test_a_token_is_one_line_for_every_role(town: Any, role: str) -> None:
    """Valid 60 days on the run's clock."""
    done = town.vizyt("token", role)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    told = claims(done.stdout)
    assert told["roles"] == [role]
    assert told["exp"] - told["iat"] == 60 * 24 * 3600
    assert abs(told["iat"] - town.now().timestamp()) < 5


def test_a_token_says_what_the_options_say(town: Any) -> None:
    """All of them."""
    names = ("--family-name", "Кобилянська", "--given-name", "Ольга", "--patronymic", "Юліанівна")
    citizen = claims(town.told("token", "citizen", "--number", "2472202757", "--edrpou", "14360570", *names))
    assert (citizen["number"], citizen["edrpou"], citizen["family_name"]) == ("2472202757", "14360570", "Кобилянська")
    assert (citizen["given_name"], citizen["middle_name"]) == ("Ольга", "Юліанівна")
    foreigner = claims(town.told("token", "citizen", "--document", "PL:passport:EA1234567"))
    assert foreigner["document"] == "PL:passport:EA1234567"
    place = {"organisation": "hsc", "centre": "hsc-0741", "desk": "hsc-0741-1", "officer": "o-1"}
    options = [word for name, value in place.items() for word in (f"--{name}", value)]
    assert place.items() <= claims(town.told("token", "administrator", *options)).items()


def test_invented_citizens_are_distinct_and_always_the_same(town: Any) -> None:
    """`--count N --first K`."""
    told = [claims(line) for line in town.told("token", "citizen", "--count", "5", "--first", "40").splitlines()]
    again = [claims(line) for line in town.told("token", "citizen", "--count", "3", "--first", "42").splitlines()]
    assert len({person["number"] for person in told}) == len({person["sub"] for person in told}) == 5
    identity = ("sub", "number", "family_name", "given_name", "middle_name")
    assert [[p[name] for name in identity] for p in told[2:]] == [[p[name] for name in identity] for p in again]


def test_retention_says_how_many_before_it_erases(town: Any) -> None:
    """A line per organisation; without an option nothing is erased."""
    for options in ((), ("--dry-run",)):
        lines = town.told("retention", *options).splitlines()
        assert any(line.startswith("hsc: ") and line.endswith("are due") for line in lines)
    assert town.vizyt("retention", "--now", "--dry-run").returncode == 1
    assert all(line.endswith("bookings erased") for line in town.told("retention", "--now").splitlines())


def test_wrong_options_are_refused_in_words(town: Any) -> None:
    """Not zero, nothing on the standard output, no trace of a stack."""
    for wrong in (
        ("token", "king"),
        ("token", "citizen", "--number", "1234567890"),
        ("token", "citizen", "--edrpou", "1"),
        ("clock", "advance", "soon"),
        ("clock", "set", "yesterday"),
        ("import", "no-such-file.yaml"),
        ("no-such-command",),
    ):
        done = town.vizyt(*wrong)
        assert done.returncode != 0
        assert done.stdout == ""
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr


def test_the_processes_are_listed_with_pid_and_port(town: Any) -> None:
    """`ps --json` and, for people, `ps`."""
    processes = town.processes()
    assert set(processes) == NAMES
    assert processes["gateway"]["port"] == town.port
    assert len({item["port"] for item in processes.values()}) == len(NAMES)
    assert all(psutil.pid_exists(item["pid"]) for item in processes.values())
    table = town.told("ps")
    assert all(name in table and str(item["pid"]) in table for name, item in processes.items())


def test_seeding_and_migrating_again_changes_nothing(town: Any) -> None:
    """Both are safe to repeat on a store in use."""
    citizen, start = town.citizen(), town.time()
    booking = citizen.held(start)
    before = town.anybody().get("centres").json()
    town.told("migrate")
    town.told("seed")
    assert town.anybody().get("centres").json() == before
    assert citizen.booking(booking["id"]) == booking


def test_the_commands_work_from_any_folder_with_nothing_on_path(town: Any, tmp_path: Path) -> None:
    """The launcher finds its own environment."""
    launcher = Path(__file__).parents[2] / "vizyt"
    link = tmp_path / "link"
    link.symlink_to(launcher)
    bare = {name: value for name, value in town.env.items() if name in ("VIZYT_HOME", "PORT")}
    for path in ({}, {"PATH": ""}, {"PATH": "/nowhere"}):
        for command in (launcher, link):
            shown = subprocess.run(
                [command, "clock", "show"], cwd=tmp_path, env=bare | path, capture_output=True, text=True
            )
            assert shown.stdout.endswith("+02:00\n"), shown.stderr


def test_commands_without_a_run_say_so(new_run: Any) -> None:
    """Exit code 1; what needs no run works."""
    nowhere = new_run()
    for command in (("ps",), ("doctor",), ("import", "services/local/demo/demo.yaml")):
        done = nowhere.vizyt(*command)
        assert done.returncode == 1
        assert "Traceback" not in done.stdout + done.stderr
    assert nowhere.told("token", "citizen")
    assert nowhere.told("clock", "show")


def test_doctor_says_what_is_wrong_and_when_all_is_well(town: Any) -> None:
    """Exit code 1 with a sentence, 0 without."""
    assert town.vizyt("doctor").returncode == 0
    rule = {"organisation": "hsc", "applicant": "individual", "channel": "online"}
    admin = town.caller("admin")
    policies = admin.get("admin/policies", organisation="hsc").json()["items"]
    policy = next(item for item in policies if rule.items() <= item.items())
    assert admin.send("DELETE", f"admin/policies/{policy['id']}").status_code == 204
    done = town.vizyt("doctor")
    assert done.returncode == 1
    assert "hsc" in done.stdout
    town.told("seed")
    assert town.vizyt("doctor").returncode == 0
