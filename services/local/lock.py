"""One runner per data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from services.local import run_file
from services.local.home import Home
from services.local.trouble import Trouble


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Holds the data folder. The kernel gives the lock back however the holder ends."""
    file = os.open(home.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise Trouble(_who(home)) from None
    try:
        yield
    finally:
        os.close(file)


def _who(home: Home) -> str:
    run = run_file.read(home)
    who = f" (process {run.runner.pid}, {run.url})" if run else ""
    return f"another run{who} uses {home.path}: stop it, or give this one a VIZYT_HOME and a PORT of its own"
