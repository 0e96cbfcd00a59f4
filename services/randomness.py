"""Random bytes for ids, from the system's own source, fetched for many ids at once: a call of the system for each id
is one of the dearer steps of a booking.
"""

from __future__ import annotations

import io
import os

FETCHED_BYTES = 4096
_fetched = io.BytesIO()


def random_bytes(count: int) -> bytes:
    """So many bytes that nobody can guess. Keys and nonces come from `os.urandom` itself."""
    while len(taken := _fetched.read(count)) < count:
        _fetch()
    return taken


def _fetch() -> None:
    global _fetched
    _fetched = io.BytesIO(os.urandom(FETCHED_BYTES))


os.register_at_fork(after_in_child=_fetch)  # parent and child must not give the same ids
