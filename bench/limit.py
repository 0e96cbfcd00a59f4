"""The limit: what PostgreSQL alone does, driven by its own `pgbench` over the same kind of connection."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from bench import databases
from bench.system import Failed, System, query, script
from services.local import postgres_place

FUNCTION = Path(__file__).with_name("limit.sql")
SPREAD, HOT = "\\set slot random(1, {slots})\nSELECT book(:slot);\n", "SELECT book(1);\n"
RATE = re.compile(r"tps = ([0-9.]+)")
THREADS = 2


class Limit:
    """One booking = one call of one function = one commit."""

    def __init__(self, system: System) -> None:
        self.url, self._base = databases.make(system, databases.LIMIT), system.base
        script(self.url, FUNCTION.read_text())
        slots = query(self.url, "SELECT count(*) FROM slot")[0][0]
        self._spread, self._hot = system.base / "spread.sql", system.base / "hot.sql"
        self._spread.write_text(SPREAD.format(slots=slots))
        self._hot.write_text(HOT)

    def spread(self, count: int, *, clients: int = 32) -> float:
        """Bookings per second over all slots."""
        return self._pgbench(self._spread, count, clients)

    def hot(self, count: int, *, clients: int = 32) -> float:
        """Bookings per second on one row."""
        return self._pgbench(self._hot, count, clients)

    def run(self, name: str, script: str, count: int, *, clients: int) -> float:
        """Transactions per second of another script."""
        file = self._base / name
        file.write_text(script)
        return self._pgbench(file, count, clients)

    def _pgbench(self, file: Path, count: int, clients: int) -> float:
        address = urlsplit(self.url)
        done = subprocess.run(  # noqa: S603 (our own command)
            [
                str(postgres_place.installed() / "bin" / "pgbench"), "--no-vacuum", "--protocol=prepared",
                f"--file={file}", f"--client={clients}", f"--jobs={THREADS}", f"--transactions={-(-count // clients)}",
                f"--host={address.hostname}", f"--port={address.port}", f"--username={address.username}",
                address.path.lstrip("/"),
            ],
            env=os.environ | {"PGPASSWORD": address.password or "", "PGOPTIONS": "-c jit=off"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode or not (rate := RATE.search(done.stdout)):
            raise Failed(f"pgbench: {done.stdout}{done.stderr}")
        return float(rate[1])
