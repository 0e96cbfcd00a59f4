"""A child process of ours: started with its log, dying with us, stopped in time."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.local.accounts import Account

LAUNCH = Path(__file__).with_name("launch.py")
LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Command:
    """How a process is started and stopped."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str]
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM


class Child:
    """One running process of a command."""

    def __init__(self, command: Command, process: Process) -> None:
        self.command = command
        self.process = process
        self._started = time.monotonic()

    @classmethod
    async def start(cls, command: Command) -> "Child":
        """Starts in a session of its own: Ctrl-C reaches only the runner, which stops all in order."""
        rotate(command.log)
        log = os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                *_launcher(command), cwd="/", env=dict(command.env), start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        finally:
            os.close(log)
        return cls(command, process)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def stop(self, *, seconds: float = 5) -> None:
        """Asks, waits for `seconds`, then kills the whole session."""
        if not self.running:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(self.command.stop_signal)
        try:
            await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError:
            print(f"{self.command.name} does not stop and is killed", file=sys.stderr, flush=True)
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL for the process and everything in its session's group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        await self.process.wait()


def _launcher(command: Command) -> tuple[str, ...]:
    account = command.account
    ids = (str(account.uid), str(account.gid)) if account else ("-", "-")
    head = (sys.executable, "-I", "-S", "-B", str(LAUNCH), str(os.getpid()), str(int(command.stop_signal)))
    return (*head, *ids, *command.argv)


def rotate(log: Path) -> None:
    """Keeps one older part, `name.log.1`. Copied and cut, for the process keeps its file open."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.with_name(log.name + ".1").write_bytes(log.read_bytes()[-LOG_BYTES:])
        os.truncate(log, 0)


def tail(log: Path, *, lines: int = 8) -> str:
    """The last lines of a log, for a message about why a process ended."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
