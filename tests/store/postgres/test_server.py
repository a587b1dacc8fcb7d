"""The supervisor of our own server: lifecycles, kills, sharing, users and impossible folders.

Most tests share one cluster, each starting and stopping it as it needs.
"""

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.account import Account, account_for, own_account
from yuzhi.store.postgres.binaries import find_binaries
from yuzhi.store.postgres.cluster import SOCKET_PATH_LIMIT, socket_folder
from yuzhi.store.postgres.postmaster import left_over, lives
from yuzhi.store.postgres.server import Server

IS_ROOT = os.geteuid() == 0
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
PREAMBLE = """
import os, sys, time
from pathlib import Path
from yuzhi.store.postgres.server import Server
server = Server(Path(sys.argv[1]))
"""
SOURCES = Path(__file__).parents[3] / "src"


@pytest.fixture(scope="module")
def cluster(home: Path) -> Iterator[Path]:
    folder = home / "pg"
    with Server(folder) as made:
        ask(made, "create extension pg_trgm", "create table acknowledged (n int)")
    yield folder
    Server(folder).stop()


@pytest.fixture
def server(cluster: Path) -> Iterator[Server]:
    made = Server(cluster)
    yield made
    made.stop()


def ask(server: Server, *statements: str) -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(server.dsn)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(asked())


def pid_of(server: Server) -> int:
    pid = server.status().pid
    assert pid is not None
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    while lives(pid):  # a signal takes a moment
        time.sleep(0.001)


def foreign_process() -> subprocess.Popen[bytes]:
    """A process of the server's own user that is no server."""
    told: dict[str, int] = {"user": pwd.getpwnam("nobody").pw_uid} if IS_ROOT else {}
    return subprocess.Popen(["/bin/sleep", "60"], **told)  # type: ignore[call-overload,no-any-return]  # two ints


def python(text: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PREAMBLE + text, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_runs_with_safe_settings_behind_a_private_socket(server: Server) -> None:
    server.start()
    status = server.status()
    assert (status.is_ready, status.is_detached, status.major) == (True, False, find_binaries().major)
    for name in ("data", "run"):
        folder = server.folder / name
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.owner() == ("nobody" if IS_ROOT else own_account().name)
    assert server.log.stat().st_mode & 0o777 == 0o600
    told = {
        name: ask(server, f"select current_setting('{name}')")
        for name in ("listen_addresses", "fsync", "synchronous_commit", "full_page_writes", "jit", "timezone")
    }
    assert told == {
        "listen_addresses": "",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "jit": "off",
        "timezone": "UTC",
    }
    assert ask(server, "select current_user || ' ' || current_setting('is_superuser')") == "yuzhi off"


def test_sees_chinese_letters(server: Server) -> None:
    server.start()
    assert ask(server, "select cardinality(show_trgm('路灯'))") == 3
    assert (
        ask(server, "select pg_encoding_to_char(encoding) from pg_database where datname = 'yuzhi'") == "UTF8"
    )


def test_the_local_file_has_the_last_word(server: Server) -> None:
    local = server.folder / "local.conf"
    before = local.read_text(encoding="utf-8")
    try:
        local.write_text(before + "work_mem = '23MB'\n", encoding="utf-8")
        server.start()
        assert ask(server, "select current_setting('work_mem')") == "23MB"
    finally:
        local.write_text(before, encoding="utf-8")


def test_stops_and_starts_again(server: Server) -> None:
    assert server.stop() is False
    server.start()
    pid = pid_of(server)
    server.start()
    assert pid_of(server) == pid
    assert server.stop() is True
    assert not lives(pid)
    assert server.status().pid is None
    assert server.stop() is False


def test_the_last_user_stops_it(server: Server, cluster: Path) -> None:
    with server:
        pid = pid_of(server)
        with Server(cluster) as other:
            assert pid_of(other) == pid
        assert pid_of(server) == pid
        assert ask(server, "select 1") == 1
    assert not server.status().is_running


def test_the_starter_may_leave_first(server: Server, cluster: Path) -> None:
    other = Server(cluster)
    with server:
        other.start()
    assert ask(other, "select 1") == 1
    other.release()
    assert not other.status().is_running


def test_what_was_acknowledged_survives_a_kill(server: Server) -> None:
    for n in range(3):
        server.start()
        ask(server, *[f"insert into acknowledged values ({n})" for _ in range(50)])
        kill(pid_of(server))
    server.start()
    assert ask(server, "select count(*) from acknowledged") == 150


def test_starts_again_while_sessions_of_a_killed_server_end(server: Server) -> None:
    server.start()

    async def kill_under_a_session() -> None:
        connection = await asyncpg.connect(server.dsn)
        await connection.execute("begin")
        kill(pid_of(server))
        await asyncio.to_thread(server.start)
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=1)

    asyncio.run(kill_under_a_session())
    assert ask(server, "select 1") == 1
    assert pid_of(server) in left_over(server.folder / "data")


def test_lock_files_whose_number_is_now_a_foreign_process(server: Server) -> None:
    server.start()
    pid = pid_of(server)
    locks = [server.folder / "data/postmaster.pid", socket_folder(server.folder) / ".s.PGSQL.5432.lock"]
    kill(pid)
    with foreign_process() as foreign:
        try:
            for lock in locks:
                lock.write_text(lock.read_text(encoding="ascii").replace(str(pid), str(foreign.pid), 1))
            assert not server.status().is_running
            server.start(timeout=20)
            assert ask(server, "select 1") == 1
            server.stop()
            assert foreign.poll() is None
        finally:
            foreign.kill()


def test_a_lock_file_of_nonsense_is_no_server(server: Server) -> None:
    lock = server.folder / "data/postmaster.pid"
    for text in ("", "no number\n", "99999999999999\n", f"{os.getpid()}\n"):
        lock.write_text(text)
        assert not server.status().is_running
    lock.unlink()


def test_a_server_whose_starter_was_killed_is_found_again(server: Server) -> None:
    with python("server.start(); os.kill(os.getpid(), 9)", server.folder) as starter:
        assert starter.wait(20) == -signal.SIGKILL
    orphan = pid_of(server)
    with server:
        assert pid_of(server) == orphan
    assert not lives(orphan)


def test_a_detached_server_outlives_its_users(server: Server) -> None:
    with python("server.start(detached=True)", server.folder) as starter:
        assert starter.wait(20) == 0
    with server:
        assert server.status().is_detached
    assert server.status().is_ready
    assert server.stop() is True
    assert not server.status().is_detached
    with server:
        pass
    assert not server.status().is_running


def test_two_processes_that_start_at_once_share_one_server(server: Server) -> None:
    text = "server.start(); print(server.status().pid, flush=True); time.sleep(.5); server.release()"
    with python(text, server.folder) as one, python(text, server.folder) as two:
        told = {one.communicate()[0], two.communicate()[0]}
    assert (one.returncode, two.returncode) == (0, 0)
    assert len(told) == 1
    assert not server.status().is_running


def test_a_folder_somebody_is_busy_with(server: Server) -> None:
    with (server.folder / "server.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Refusal, match=r"database\.busy"):
            server.start(timeout=0.1)


def test_a_server_that_will_not_start_tells_why(server: Server) -> None:
    local = server.folder / "local.conf"
    before = local.read_text(encoding="utf-8")
    try:
        local.write_text("shared_buffers = potato\n")
        with pytest.raises(Refusal) as refused:
            server.start()
    finally:
        local.write_text(before, encoding="utf-8")
    assert refused.value.code == "database.will_not_start"
    assert "potato" in str(refused.value.facts["told"])
    assert "ready to accept" not in str(refused.value.facts["told"])


def test_data_of_another_version(server: Server) -> None:
    version = server.folder / "data/PG_VERSION"
    before = version.read_text()
    try:
        version.write_text("14\n")
        with pytest.raises(Refusal) as refused:
            server.start()
    finally:
        version.write_text(before)
    assert refused.value.code == "database.other_version"
    assert refused.value.facts["data"] == 14


def test_a_long_log_is_put_aside(server: Server) -> None:
    with server.log.open("ab") as log:
        log.truncate(9 << 20)
    server.start()
    assert server.log.stat().st_size < 100_000
    assert server.log.with_suffix(".log.1").exists()


def test_a_file_where_the_folder_should_be(home: Path) -> None:
    (home / "file").touch()
    for folder in (home / "file", home / "file/pg"):
        with pytest.raises(Refusal) as refused:
            Server(folder).start()
        assert refused.value.code == "database.folder_unusable"
        assert "Not a directory" in str(refused.value.facts["told"])


@pytest.mark.skipif(not IS_ROOT, reason="only root's server is somebody else")
def test_a_folder_the_servers_user_may_not_enter(home: Path) -> None:
    (home / "closed/pg").mkdir(parents=True)
    (home / "closed").chmod(0o700)
    (home / "closed/pg/local.conf").touch()
    with pytest.raises(Refusal) as refused:
        Server(home / "closed/pg").start()
    assert refused.value.code == "database.folder_closed"
    assert refused.value.facts["closed"] == str(home / "closed")
    assert (home / "closed").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="only root's server is somebody else")
def test_below_a_closed_folder_a_new_cluster_goes_elsewhere(home: Path) -> None:
    (home / "roots").mkdir(mode=0o700)
    given = home / "roots/checkout/var/pg"
    early, server = (Server(given, elsewhere=home / "elsewhere") for _ in range(2))
    assert early.stop() is False
    with server:
        assert given.is_symlink()
        assert server.folder.parent == home / "elsewhere"
        assert ask(server, "select 1") == 1
        assert early.status().pid == pid_of(server)
        assert early.dsn == server.dsn
    with Server(given):
        assert len(list((home / "elsewhere").iterdir())) == 1
    assert (home / "roots").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="only root can give folders away")
def test_data_of_root_or_of_somebody_else(home: Path) -> None:
    folder = home / "strange"
    (folder / "data").mkdir(parents=True)
    with pytest.raises(Refusal, match=r"database\.folder_of_root"):
        Server(folder).start()
    os.chown(folder / "data", 1, 1)
    assert account_for(folder / "data").name == pwd.getpwuid(1).pw_name
    os.chown(folder / "data", 54_321, 54_321)
    with pytest.raises(Refusal, match=r"database\.user_unnamed"):
        Server(folder).start()


def test_a_socket_folder_that_is_not_private(home: Path) -> None:
    (home / "open/run").mkdir(parents=True)
    (home / "open").chmod(0o755)
    (home / "open/run").chmod(0o777)
    with pytest.raises(Refusal, match=r"database\.folder_taken"):
        Server(home / "open").start()


def test_long_and_odd_paths_get_a_short_socket_folder(home: Path) -> None:
    fitting = Path("/" + "x" * (SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432") - len("//run")))
    assert socket_folder(fitting) == fitting / "run"
    for folder in (Path(f"{fitting}x"), Path('/a"b'), Path("/a,b"), Path("/" + "域" * 34)):
        assert socket_folder(folder).parent == Path("/tmp")
        assert len(str(socket_folder(folder))) < 40
    assert socket_folder(Path('/a"b')) != socket_folder(Path("/a,b"))


def test_runs_in_a_deep_folder_with_a_chinese_name(home: Path, cluster: Path) -> None:
    deep = home / ("很深 % 的文件夹" * 6) / "pg"
    deep.parent.mkdir(mode=0o755)
    cluster.rename(deep)
    try:
        with Server(deep) as server:
            assert ask(server, "select 1") == 1
            short = socket_folder(server.folder)
            assert short.stat().st_mode & 0o777 == 0o700
    finally:
        deep.rename(cluster)
    shutil.rmtree(short)


@pytest.mark.skipif(not (DEBIAN_15 / "initdb").exists(), reason="no PostgreSQL 15 of the operating system")
def test_other_binaries_can_be_used(home: Path) -> None:
    with Server(home / "fifteen", binaries=DEBIAN_15) as server:
        assert server.status().major == 15
        assert str(ask(server, "select version()")).startswith("PostgreSQL 15")
        assert ask(server, "create extension pg_trgm", "select cardinality(show_trgm('路灯'))") == 3


def test_missing_binaries(home: Path) -> None:
    with pytest.raises(Refusal) as refused:
        Server(home / "none", binaries=home).start()
    assert refused.value.code == "database.program_missing"
    assert refused.value.facts == {"program": "postgres", "folder": str(home)}


@pytest.mark.skipif(not IS_ROOT, reason="every other test here runs without root already")
def test_runs_as_oneself_without_root(home: Path) -> None:
    nobody = account_for(home / "unmade")
    if (interpreter := _interpreter_for(nobody)) is None:
        pytest.skip("no Python 3.11 and sources that nobody may read")
    folder = home / "nobodys"
    folder.mkdir()
    os.chown(folder, nobody.uid, nobody.gid)
    text = "server.start(); print(os.geteuid(), server.status().is_ready, flush=True); server.stop()"
    done = subprocess.run(
        [interpreter, "-c", PREAMBLE + text, folder / "pg"],
        env={"PYTHONPATH": f"{SOURCES}:{find_binaries().folder.parents[2]}"},
        capture_output=True,
        text=True,
        check=False,
        user=nobody.uid,
        group=nobody.gid,
        extra_groups=[],
    )
    assert (done.stdout, done.stderr) == (f"{nobody.uid} True\n", "")
    assert (folder / "pg").stat().st_mode & 0o777 == 0o700


def _interpreter_for(account: Account) -> str | None:
    """Return a Python that `account` may run our sources with."""
    for interpreter in (sys.executable, "/usr/bin/python3"):
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(
                [interpreter, "-c", "import sys, yuzhi.store; assert sys.version_info >= (3, 11)"],
                env={"PYTHONPATH": str(SOURCES)},
                capture_output=True,
                check=True,
                cwd="/",
                user=account.uid,
                group=account.gid,
                extra_groups=[],
            )
            return interpreter
    return None
