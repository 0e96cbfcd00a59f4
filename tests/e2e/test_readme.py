"""The README is a promise: what it says to paste works as it is written."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("curl"), reason="the tour uses curl")]

ROOT = Path(__file__).parents[2]
SHOWN = (
    '"centre": "hsc-0741"',
    '"status": "held"',
    "confirmed {'number': 1000",
    "held 4 4",
    '"code": "quota_exhausted"',
    '"blocked": null',
    "cancelled\n(4, 4)",
    "(1, 4)",
    "terminal True",
    'called 1 licence-exchange\nidentity_not_verified\n{"match":true}\nserving\nfinished served',
    "submitted\nA long wait.",
    "('chernivtsi-main'",
    "all is well",
    '"booking_svc":"ok"',
)


def test_the_tour_of_the_main_job_can_be_pasted(journey: Any) -> None:
    """Every command succeeds, and shows what the README says, in that order."""
    text = (ROOT / "README.md").read_text()
    pasted = re.findall(r"```sh\n(.*?)```", text[text.index("## A tour") :], re.DOTALL)
    done = subprocess.run(
        ["bash", "-euc", "\n".join(pasted)], cwd=ROOT, env=journey.env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rest = done.stdout
    for words in SHOWN:
        assert words in rest, f"{words} is missing in:\n{done.stdout}"
        rest = rest[rest.index(words) + len(words) :]
