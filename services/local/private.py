"""Files that hold secrets: readable by their owner only, from the first byte on."""

import json
import os
import secrets
from pathlib import Path


def write_private(path: Path, content: str) -> None:
    """Writes the whole file or nothing; mode 0600 whatever the umask."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    fresh.replace(path)


def write_private_once(path: Path, content: str) -> None:
    """Like `write_private`, but the first writer wins, so that two commands at once agree on one content."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    write_private(fresh, content)
    try:
        os.link(fresh, path)
    except FileExistsError:
        fresh.unlink()
    except OSError:  # a file system without hard links
        fresh.replace(path)
    else:
        fresh.unlink()


def password(path: Path) -> str:
    """The password kept in that file; made at the first call."""
    if not path.exists():
        write_private_once(path, secrets.token_hex(24))
    return path.read_text().strip()


def read_json(path: Path) -> dict[str, str]:
    """A flat JSON object of strings; empty if there is no file."""
    if not path.exists():
        return {}
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
