"""The embedded servers: their data, their doors, and whose folders they touch."""

import asyncio
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest

from services.local import accounts, postgres_place
from services.local.ports import LOOPBACK
from services.local.postgres import stop_forgotten
from services.local.postgres_place import FORGOTTEN_SECONDS
from services.local.servers import Servers, local_servers, temporary_servers

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that only its owner can enter, as /root is."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    yield folder
    postgres_place.discard(folder / "home" / "postgres")


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder that everybody can pass through."""
    folder = Path(tempfile.mkdtemp(prefix="vizyt-base-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def modes(folder: Path) -> dict[Path, int]:
    """Of the folder and of everything above it."""
    return {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.parents)}


async def test_both_servers_take_connections_only_with_their_password(servers: Servers) -> None:
    """Other users of the machine reach the ports, not the data."""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(servers.database_url("postgres").replace("vizyt:", "vizyt:x"))
    assert b"Authorization Violation" in await _nats_answer(servers.nats_url, {"user": "vizyt", "pass": "x"})


async def test_postgresql_keeps_what_it_confirmed_and_listens_on_this_machine_only() -> None:
    """fsync on, no socket that other runs could meet, UTC, lower case of Ukrainian letters."""
    async with temporary_servers() as servers:
        connection = await asyncpg.connect(servers.database_url("postgres"))
        wanted = {"fsync": "on", "listen_addresses": LOOPBACK, "unix_socket_directories": "", "TimeZone": "UTC"}
        assert {name: await connection.fetchval(f"SHOW {name}") for name in wanted} == wanted
        assert await connection.fetchval("SELECT lower('ЇЖАК')") == "їжак"
        assert await connection.fetchval("SHOW server_version_num") >= "180000"
        await connection.close()


async def test_nats_takes_messages_of_eight_mebibytes(servers: Servers) -> None:
    """`max_payload` of design.md §2."""
    connection = await nats.connect(servers.nats_url)
    try:
        assert connection.max_payload == 8 * 1024 * 1024
    finally:
        await connection.close()


async def test_a_database_is_made_once(servers: Servers) -> None:
    """Also when two ask at the same moment."""
    urls = await asyncio.gather(servers.create_database("made_once"), servers.create_database("made_once"))
    connection = await asyncpg.connect(urls[0])
    await connection.execute("CREATE TABLE kept (x int)")
    await connection.close()
    await servers.create_database("made_once")
    connection = await asyncpg.connect(urls[1])
    assert await connection.fetchval("SELECT count(*) FROM kept") == 0
    await connection.close()


@pytest.mark.slow
@as_root
async def test_as_root_in_a_closed_folder_postgresql_runs_as_another_user_and_no_folder_is_opened(
    closed: Path,
) -> None:
    """Its data then lie outside, behind a link, and a second start finds them."""
    before = modes(closed)
    async with local_servers(closed / "home") as servers:
        url = await servers.create_database("kept")
        assert _owner_of_listener(servers) != 0
    data = (closed / "home" / "postgres").resolve()
    assert closed not in data.parents
    assert stat.S_IMODE((data / "data").stat().st_mode) == 0o700
    async with local_servers(closed / "home") as servers:
        assert servers.database_url("kept") == url
        connection = await asyncpg.connect(url)
        await connection.close()
    assert modes(closed) == before


@pytest.mark.slow
async def test_two_pairs_of_servers_run_side_by_side(base: Path) -> None:
    """Other folder, other ports, other data; one's stop does not stop the other."""
    async with local_servers(base / "one") as one:
        async with local_servers(base / "two") as two:
            assert one.nats_url != two.nats_url
            assert one.database_url("x") != two.database_url("x")
        connection = await asyncpg.connect(one.database_url("postgres"))
        await connection.close()


@pytest.mark.slow
async def test_a_forgotten_postmaster_is_stopped_by_the_next_start(base: Path) -> None:
    """Its runner was killed, and PostgreSQL would refuse to start twice in one folder."""
    forgotten = Servers(base / "home")
    await forgotten.start()
    async with local_servers(base / "home") as servers:
        connection = await asyncpg.connect(servers.database_url("postgres"))
        await connection.close()
    await forgotten.stop()


async def test_a_pid_file_with_the_pid_of_a_stranger_does_not_hinder_the_start(tmp_path: Path) -> None:
    """After a crash the pid may belong to another program: the file goes, the program stays."""
    pid_file = tmp_path / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{tmp_path}\n")
    await stop_forgotten(tmp_path)
    assert not pid_file.exists()


@as_root
def test_data_lie_in_the_data_folder_where_postgresqls_account_gets_in(base: Path) -> None:
    """Nothing is put outside without need."""
    place = postgres_place.find(base / "postgres", where=())
    assert place.folder == base / "postgres"
    assert not place.folder.is_symlink()


@as_root
def test_a_deleted_data_folder_starts_afresh_and_its_old_data_are_removed(closed: Path, base: Path) -> None:
    """The same path again: its link points to a new folder, so nobody needs the old one."""
    (closed / "home").mkdir()
    old = postgres_place.find(closed / "home" / "postgres", where=(base,)).folder
    shutil.rmtree(closed / "home")
    (closed / "home").mkdir()
    new = postgres_place.find(closed / "home" / "postgres", where=(base,)).folder
    assert new != old
    postgres_place.sweep((base,))
    assert [path.name for path in base.iterdir()] == [new.name]


@as_root
def test_data_of_a_folder_that_is_gone_are_kept_for_a_day(closed: Path, base: Path) -> None:
    """It may have been moved, with its link, and not been started since."""
    (closed / "home").mkdir()
    folder = postgres_place.find(closed / "home" / "postgres", where=(base,)).folder
    (closed / "home").rename(closed / "moved")
    postgres_place.sweep((base,))
    assert folder.exists()
    assert postgres_place.find(closed / "moved" / "postgres", where=(base,)).folder == folder
    shutil.rmtree(closed / "moved")
    _make_older(folder / "home", by=FORGOTTEN_SECONDS + 1)
    assert folder.exists()
    (closed / "moved").mkdir()
    postgres_place.sweep((base,))
    assert not folder.exists()


@as_root
def test_foreign_folders_are_never_swept(base: Path) -> None:
    """Only what we wrote our note into, and never through a link."""
    (base / "vizyt-postgres-of-somebody").mkdir()
    (base / "target").mkdir()
    (base / "target" / "home").write_text("/nowhere/at/all")
    _make_older(base / "target" / "home", by=FORGOTTEN_SECONDS + 1)
    (base / "vizyt-postgres-link").symlink_to(base / "target")
    postgres_place.sweep((base,))
    assert len(list(base.iterdir())) == 3


@as_root
def test_the_account_is_an_unprivileged_one_that_exists_already(tmp_path: Path) -> None:
    """No account is made; existing data keep their owner."""
    account = accounts.needed(tmp_path / "none")
    assert account
    assert account.name in accounts.NAMES
    os.chown(tmp_path, 12345, 12345)
    owner = accounts.needed(tmp_path)
    assert owner
    assert owner.uid == 12345


async def _nats_answer(url: str, credentials: dict[str, str]) -> bytes:
    reader, writer = await asyncio.open_connection(LOOPBACK, int(url.rsplit(":", 1)[1]))
    await reader.readline()
    writer.write(b"CONNECT " + json.dumps(credentials).encode() + b"\r\nPING\r\n")
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


def _make_older(path: Path, *, by: float) -> None:
    then = path.stat().st_mtime - by
    os.utime(path, (then, then))


def _owner_of_listener(servers: Servers) -> int:
    port = int(servers.database_url("x").rsplit(":", 1)[1].split("/")[0])
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "postgres" and f"--port={port}" in process.cmdline():
            return process.uids().real
    raise AssertionError("no postmaster")
