"""Ports of the local processes, remembered in the data folder so that they stay the same over restarts."""

import json
import random
import socket
from pathlib import Path

from services.local.trouble import Trouble

# Below the range of outgoing connections, so that nobody gets the port of a process while it restarts.
RANGE = range(15_000, 32_000)
LOOPBACK = "127.0.0.1"


class PortTaken(Trouble):
    """Somebody else listens there."""


def is_free(port: int, *, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on that port now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def any_free() -> int:
    """A free port, by chance, so that runs started at the same moment hardly meet."""
    for _ in range(200):
        port = random.choice(RANGE)  # noqa: S311 (not a secret)
        if is_free(port):
            return port
    raise PortTaken(f"no free port between {RANGE.start} and {RANGE.stop}")


class Ports:
    """The remembered ports of one data folder (`ports.json`)."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ports.json"
        self._ports: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def get(self, name: str) -> int:
        """The port of last time if it is still free, else another one."""
        port = self._ports.get(name)
        if port is not None and is_free(port):
            return port
        return self.another(name)

    def another(self, name: str) -> int:
        """A new port for that name, remembered."""
        port = any_free()
        while port in self._ports.values():
            port = any_free()
        self._ports[name] = port
        self._file.write_text(json.dumps(self._ports, indent=1))
        return port
