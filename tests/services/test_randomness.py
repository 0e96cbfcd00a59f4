"""Random bytes are fetched for many ids at once, and nobody is given the same twice."""

from __future__ import annotations

import os

from services.randomness import FETCHED_BYTES, random_bytes


def test_every_id_has_bytes_of_its_own() -> None:
    """Also over the end of what was fetched at once."""
    taken = [random_bytes(10) for _ in range(3 * FETCHED_BYTES // 10)]
    assert {len(one) for one in taken} == {10}
    assert len(set(taken)) == len(taken)


def test_a_child_does_not_repeat_its_parent() -> None:
    """After a fork both go on with bytes of their own."""
    random_bytes(1)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 16) != random_bytes(16)
    os.close(reading)
    os.close(writing)
