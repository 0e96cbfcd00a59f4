"""The bench itself: its smallest round runs, and its figures are what they say."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import load, results, screens
from bench.results import Row, at_least, at_most
from bench.system import Failed

ROOT = Path(__file__).parents[2]
PARTS = ("(a)", "(b)", "(c)", "(d)", "(e)", "(f)", "(g)", "(h)", "(i)", "(j)", "(k)")
ANSWERS = (
    b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}",
    b'HTTP/1.1 409 Conflict\r\ncontent-length: 20\r\n\r\n{"code":"slot_full"}',
    b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n",
)


@pytest.mark.slow
@pytest.mark.skipif("BENCH" not in os.environ, reason="takes a minute or two: BENCH=1 make test")
def test_the_smallest_round_measures_everything(tmp_path: Path) -> None:
    """Each part has rows of the promised form, and whatever must be zero at the opening is."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--smallest"], cwd=ROOT, env=os.environ | {"VIZYT_HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "bench.json").read_text())
    assert {row["name"][:3] for row in rows} == set(PARTS)
    for row in rows:
        assert list(row) == ["name", "value", "unit", "baseline", "ratio", "target", "held"]
        assert (row["target"] is None) == (row["held"] is None)
        assert row["name"] in done.stdout
    zero = {row["name"]: row["value"] for row in rows if row["target"] == "≤ 0"}
    assert len(zero) == 3
    assert set(zero.values()) == {0}


def test_the_clients_count_every_answer_by_its_code(port: int) -> None:
    """A refusal is named by the code of its document, an answer without a body is one too."""
    done = load.run(port, itertools.repeat(b"GET / HTTP/1.1\r\n\r\n", 90), clients=3)
    assert done.codes == {"201": 30, "slot_full": 30, "304": 30}
    assert 0 < done.milliseconds(0.5) <= done.milliseconds(0.99)
    assert done.per_second == 90 / done.seconds


def test_what_was_refused_is_not_taken_for_fast(port: int) -> None:
    """A round that must succeed fails when one answer is another."""
    done = load.run(port, itertools.repeat(b"GET / HTTP/1.1\r\n\r\n", 3), clients=1)
    with pytest.raises(load.WrongAnswers, match="slot_full"):
        done.only("201")


def test_a_call_counts_from_its_press_to_every_screen() -> None:
    """The first state that shows it at a desk; one that a screen never showed is a failure, not a fast one."""
    near, far = screens.Screen(), screens.Screen()
    for screen, delay in ((near, 0.01), (far, 0.03)):
        screen.pieces = [(5 + delay, b'"calls":[{"ticket":7,'), (9, b'"calls":[{"ticket":7,'), (9, b'"waiting":[8]')]
    delays = screens._delays([near, far], {7: 5.0}, [4.0])
    assert (round(delays.p50), round(delays.p99), delays.answer_p50, delays.shown) == (30, 30, 4.0, 2)
    with pytest.raises(Failed, match="2 of 4 were never shown"):
        screens._delays([near, far], {7: 5.0, 8: 6.0}, [4.0])


def test_a_target_is_held_against_the_ratio_or_else_the_value() -> None:
    """At the bound it is held."""
    assert Row("a", 20, "bookings/s", 100, at_least(0.2)).held is True
    assert Row("a", 19, "bookings/s", 100, at_least(0.2)).held is False
    assert Row("a", 0, "places", target=at_most(0)).held is True
    assert Row("a", 151, "MiB", target=at_most(150)).document() == {
        "name": "a", "value": 151, "unit": "MiB", "baseline": None, "ratio": None, "target": "≤ 150", "held": False,
    }  # fmt: skip


def test_the_table_replaces_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    """The words around it are written by hand."""
    file = tmp_path / "README.md"
    file.write_text("before\n\n<!-- table -->\nold\n<!-- end -->\n\nafter\n")
    results.write_readme("new", file)
    assert file.read_text() == "before\n\n<!-- table -->\n\nnew\n\n<!-- end -->\n\nafter\n"


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server whose answers go round."""
    loop, answers = asyncio.new_event_loop(), itertools.cycle(ANSWERS)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readline()
            writer.write(next(answers))
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.close()
