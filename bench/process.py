"""A process of ours that ends with us, however we end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from services.local.home import PROJECT
from services.local.processes import LAUNCH

STOP_SECONDS = 30.0
DEATH_SIGNAL = str(int(signal.SIGTERM))
SAME_ACCOUNT = ("-", "-")


@contextmanager
def running(argv: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Asked to stop at the end."""
    launcher = (sys.executable, "-I", "-S", "-B", str(LAUNCH), str(os.getpid()), DEATH_SIGNAL, *SAME_ACCOUNT)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [*launcher, *argv], env=dict(environment), cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
