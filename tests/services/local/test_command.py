"""The `vizyt` command as people call it: from any folder, through a link, with clear words when something is wrong."""

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest

from services.local import lock
from services.local.home import Home
from services.local.trouble import Trouble

ROOT = Path(__file__).parents[3]


def vizyt(*arguments: str, cwd: Path, program: Path = ROOT / "vizyt", **env: str) -> subprocess.CompletedProcess[str]:
    """Calls the launcher with nothing on PATH but the system's own."""
    return subprocess.run(
        [str(program), *arguments], cwd=cwd, env={"PATH": "/usr/bin:/bin", "VIZYT_HOME": "data", **env},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_it_runs_from_any_folder_and_through_a_link(tmp_path: Path) -> None:
    """The data folder is seen from where it is called; a `services` folder there is not taken for ours."""
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "__init__.py").write_text("raise SystemExit('imported the wrong one')")
    link = tmp_path / "link to vizyt"
    link.symlink_to(os.path.relpath(ROOT / "vizyt", tmp_path))
    answer = vizyt("token", "admin", cwd=tmp_path, program=link)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("\n") == 1
    assert answer.stdout.count(".") == 2
    assert (tmp_path / "data" / "issuer.jwk").exists()


def test_many_citizens_are_different_ones_and_the_second_is_the_first_of_the_next(tmp_path: Path) -> None:
    """`--first` says where to begin."""
    (three := vizyt("token", "citizen", "--count", "3", cwd=tmp_path)).check_returncode()
    later = vizyt("token", "citizen", "--first", "2", cwd=tmp_path)
    people = [_claims(token)["number"] for token in three.stdout.split()]
    assert len(set(people)) == 3
    assert _claims(later.stdout)["number"] == people[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "citizen", "--number", "1234567890"),
        ("token", "king"),
        ("token", "terminal", "--count", "2"),
        ("clock", "advance", "soon"),
        ("clock", "set", "tomorrow"),
        ("import", "no-such-file.yaml"),
    ],
)
def test_a_wrong_option_ends_with_2_and_says_so_on_stderr(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Nothing on stdout, so that nobody takes it for a token."""
    answer = vizyt(*arguments, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_tester_can_have_a_token_with_a_wrong_check_digit(tmp_path: Path) -> None:
    """By asking for it."""
    answer = vizyt("token", "citizen", "--number", "1234567890", "--no-check", cwd=tmp_path)
    assert _claims(answer.stdout)["number"] == "1234567890"


@pytest.mark.parametrize("arguments", [("ps",), ("ps", "--json"), ("doctor",), ("seed",), ("migrate",)])
def test_commands_that_need_a_run_say_that_nothing_runs(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """And end with 1."""
    answer = vizyt(*arguments, cwd=tmp_path)
    assert answer.returncode == 1
    assert "nothing runs" in answer.stderr


def test_the_clock_is_shown_set_and_advanced(tmp_path: Path) -> None:
    """Each prints one time; going back ends with 1."""
    assert vizyt("clock", "set", "2098-11-25T08:00", cwd=tmp_path).stdout.startswith("2098-11-25T08:00:00")
    assert vizyt("clock", "advance", "1d2h", cwd=tmp_path).stdout.startswith("2098-11-26T10:00:0")
    assert vizyt("clock", "show", cwd=tmp_path).stdout.strip().endswith("+02:00")
    back = vizyt("clock", "set", "2098-11-25T08:00", cwd=tmp_path)
    assert back.returncode == 1
    assert "never goes back" in back.stderr


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    """Before anything is started."""
    answer = vizyt("run", cwd=tmp_path, PORT="http")
    assert answer.returncode == 1
    assert "PORT must be a number" in answer.stderr


def test_one_data_folder_has_one_run(tmp_path: Path) -> None:
    """The second is told whose it is; afterwards it is free again."""
    home = Home(tmp_path)
    with lock.locked(home), pytest.raises(Trouble, match="another run"), lock.locked(home):
        pytest.fail("two runs in one folder")
    with lock.locked(home):
        pass


def _claims(token: str) -> dict[str, str]:
    payload = token.split(".")[1]
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
