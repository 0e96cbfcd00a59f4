"""Who the servers run as. PostgreSQL refuses root, so as root it runs as an account that exists already."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.local.trouble import Trouble

NAMES = ("postgres", "nobody")


class NoAccount(Trouble):
    """Root, and no unprivileged account to run PostgreSQL as."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    def can(self, test: str, path: Path) -> bool:
        """Whether this account passes `test -r|-x path`: asked of the kernel, which knows them all."""
        check = subprocess.run(
            ["/bin/sh", "-c", f'test {test} "$0"', str(path)],
            user=self.uid, group=self.gid, extra_groups=[], cwd="/", env={}, check=False,
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return check.returncode == 0


def needed(data: Path) -> Account | None:
    """None when we are not root; else the owner of existing data, or `postgres`, or `nobody`."""
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid if data.exists() else 0
    if owner != 0:
        return Account(name=str(owner), uid=owner, gid=data.stat().st_gid)
    for name in NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise NoAccount(f"PostgreSQL does not run as root, and there is no account {' or '.join(NAMES)} here")
