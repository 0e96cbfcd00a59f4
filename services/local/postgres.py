"""The embedded PostgreSQL: one cluster per data folder, on a loopback port, with a password of its own."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil

from services.local import postgres_place
from services.local.ports import LOOPBACK, Ports
from services.local.postgres_place import Place
from services.local.private import password
from services.local.processes import Command
from services.local.trouble import Trouble

NAME = "postgres"
USER = "vizyt"
MAJOR = "18"
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "max_wal_size": "1GB",
    "log_min_duration_statement": "1s",
    # parameters may hold names and contacts: never in the log
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


class PostgresFailed(Trouble):
    """PostgreSQL could not be prepared or did not answer."""


class Postgres:
    """Knows how to prepare, start and ask the cluster of one data folder. The process is the supervisor's."""

    def __init__(self, home: Path, ports: Ports) -> None:
        self._home = home
        self._log = home / "logs" / "postgres.log"
        self._password = password(home / "postgres.password")
        self._ports = ports
        self.port = 0
        self.data = home / "postgres" / "data"

    async def prepare(self) -> Command:
        """Makes the cluster at the first call, ends a forgotten postmaster, chooses the port."""
        place = await asyncio.to_thread(postgres_place.find, self._home / "postgres")
        if not place.data.exists():
            await asyncio.to_thread(self._initialise, place)
        self.data = place.data
        check_version(place.data)
        await stop_forgotten(place.data)
        self.port = self._ports.get(NAME)
        return self.command(place)

    def command(self, place: Place) -> Command:
        """The server's command line: every setting on it, so that a change of ours needs no new files."""
        options = [f"--{name}={value}" for name, value in (SETTINGS | {"port": str(self.port)}).items()]
        program = place.install / "bin" / "postgres"
        return Command(
            name=NAME, argv=(str(program), "-D", str(place.data), *options), env=ENV, log=self._log,
            account=place.account, stop_signal=signal.SIGINT,
        )  # fmt: skip

    def url(self, database: str) -> str:
        """`postgresql://…` of one database."""
        return f"postgresql://{USER}:{self._password}@{LOOPBACK}:{self.port}/{database}"

    async def wait_ready(self, *, seconds: float = 30) -> None:
        """Returns as soon as it takes connections."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                connection = await asyncpg.connect(self.url("postgres"), timeout=5)
            except (OSError, TimeoutError, asyncpg.PostgresError) as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise PostgresFailed(f"PostgreSQL does not answer: {error}") from error
                await asyncio.sleep(0.03)
            else:
                await connection.close()
                return

    def _initialise(self, place: Place) -> None:
        """Runs initdb in a folder beside and renames it: an interrupted one leaves nothing half done."""
        fresh = place.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=place.folder, prefix=".pw-") as secret:
            secret.write(self._password)
            secret.flush()
            if place.account:
                os.chown(fresh, place.account.uid, place.account.gid)
                os.chown(secret.name, place.account.uid, place.account.gid)
            _initdb(place, fresh, Path(secret.name))
        # only with a password, only over TCP, only from this machine
        (fresh / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        fresh.rename(place.data)


def _initdb(place: Place, data: Path, secret: Path) -> None:
    account = place.account
    # the built-in provider gives C.UTF-8 on machines that have no such locale
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    result = subprocess.run(
        [str(place.install / "bin" / "initdb"), "-D", str(data), f"--username={USER}", f"--pwfile={secret}",
         "--auth=scram-sha-256", "--data-checksums", *locale],
        user=account.uid if account else None, group=account.gid if account else None,
        extra_groups=[] if account else None, cwd="/", env=ENV, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if result.returncode != 0:
        raise PostgresFailed(f"initdb failed: {result.stderr.strip() or result.stdout.strip()}")


def check_version(data: Path) -> None:
    """A cluster of another major version is not touched."""
    found = (data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise PostgresFailed(f"{data} is of PostgreSQL {found}, this is {MAJOR}: dump it with {found} first")


async def stop_forgotten(data: Path) -> None:
    """Ends the postmaster of a killed run; removes a stale pid file with a stranger's pid."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = _pid(pid_file)
    postmaster = _postmaster(pid, data)
    if postmaster is None:
        if psutil.pid_exists(pid):  # PostgreSQL would take the stranger for a running postmaster
            pid_file.unlink()
        return
    for signal_number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(psutil.NoSuchProcess):
            postmaster.send_signal(signal_number)
        with suppress(psutil.TimeoutExpired):
            await asyncio.to_thread(postmaster.wait, 4)
            return


def _pid(pid_file: Path) -> int:
    first = pid_file.read_text().splitlines()[:1]
    return int(first[0]) if first and first[0].isdecimal() else 0


def _postmaster(pid: int, data: Path) -> psutil.Process | None:
    """The process if it is the postmaster of exactly this folder."""
    try:
        process = psutil.Process(pid)
        line = process.cmdline()
    except psutil.Error:
        return None
    if not line or Path(line[0]).name != NAME or process.status() == psutil.STATUS_ZOMBIE:
        return None
    return process if data.resolve() in (Path(part).resolve() for part in line) else None
