"""The data folder of a local run (`VIZYT_HOME`) and the names of what it holds."""

import os
from dataclasses import dataclass
from pathlib import Path

from services.local.trouble import Trouble

PROJECT = Path(__file__).resolve().parents[2]
DEMO_DOCUMENT = Path(__file__).with_name("demo") / "demo.yaml"
DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Home:
    """Paths of one data folder."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run_file(self) -> Path:
        return self.path / "run.json"

    @property
    def lock_file(self) -> Path:
        return self.path / "run.lock"

    @property
    def clock_file(self) -> Path:
        return self.path / "clock"

    @property
    def secrets_file(self) -> Path:
        return self.path / "secrets.json"

    @property
    def issuer_key(self) -> Path:
        return self.path / "issuer.jwk"

    @property
    def jwks(self) -> Path:
        return self.path / "jwks.json"

    def create(self) -> "Home":
        """Makes the folder if it is missing; as root such that PostgreSQL's account can pass through."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        except OSError as error:
            raise Trouble(f"cannot make the data folder {self.path}: {error.strerror}") from error
        return self


def current() -> Home:
    """The folder that `VIZYT_HOME` names, seen from where the command was called; `.vizyt` in the project else."""
    named = os.environ.get("VIZYT_HOME")
    return Home(Path(named).expanduser().absolute() if named else PROJECT / ".vizyt")


def port() -> int:
    """The gateway's port: `PORT`, 8000 if it is not set."""
    return named_port() or DEFAULT_PORT


def named_port() -> int | None:
    """`PORT` if it is set."""
    text = os.environ.get("PORT", "").strip()
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Trouble(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)
