"""What all tests share: shut sockets, one PostgreSQL for the whole run, and databases cloned from a template.

`conn` is a connection whose work is rolled back; `fresh_database` is the address of a migrated database
of the test's own, for tests that must commit; `pool` is a pool on one. YUZHI_TEST_DATABASE_URL names a
PostgreSQL (whose user may create databases) to use in place of the embedded one.
"""

import asyncio
import gc
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import settings

from fakes.folders import open_folder
from yuzhi.store.migrations import migrate
from yuzhi.store.postgres.pool import open_pool
from yuzhi.store.postgres.server import Server

# A machine that is busy is no fault of what is tested.
settings.register_profile("yuzhi", deadline=None)
settings.load_profile("yuzhi")

EXTERNAL = os.environ.get("YUZHI_TEST_DATABASE_URL", "")
RUN = pytest.StashKey["Run"]()
FORGETFUL = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
"""What the server of a run is told: it dies with the run. Tests of what lasts start servers of their own."""

LONGEST = ("tests/security/test_schemathesis.py", "tests/chaos/", "tests/security/", "tests/web/")


def _may_reach(host: object) -> bool:
    """Say whether a test may talk to a host: this machine, or the database it was told to use."""
    if not host or host in {"localhost", b"localhost"}:
        return True
    if EXTERNAL and host == urlsplit(EXTERNAL).hostname:
        return True
    try:
        address = ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _shut_sockets(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a unix socket is a path
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    if not _may_reach(host):
        raise RuntimeError(f"a test reached for the network: {host!r}")


sys.addaudithook(_shut_sockets)


class Run:
    """One run of the tests, all its processes together: where its server is and what it is called."""

    def __init__(self, *, dsn: str = "", admin: str = "", name: str = "") -> None:
        self.dsn = dsn
        self.admin = admin  # may create databases
        self.name = name or f"yuzhi_test_{uuid4().hex[:8]}"
        self._folder: Path | None = None
        self._server: Server | None = None

    def start(self) -> None:
        """Have a server: the one named outside, or an embedded one below a folder of its own."""
        if self.dsn or EXTERNAL:
            self.dsn, self.admin = self.dsn or EXTERNAL, self.admin or EXTERNAL
            return
        self._folder = open_folder()
        self._server = Server(self._folder / "pg")
        self._server.folder.mkdir(mode=0o755)
        (self._server.folder / "local.conf").write_text(FORGETFUL, encoding="ascii")
        self._server.start()
        self.dsn, self.admin = self._server.dsn, self._server.superuser_dsn

    def stop(self) -> None:
        """Leave nothing behind; only the process that had the server started does this."""
        if self._server is not None:
            self._server.stop()
        elif self.dsn:
            asyncio.run(self._drop_all())
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def address(self, database: str) -> str:
        """Return the address of another database of the same server."""
        return re.sub(r"^(\w+://[^/]*)/[^?]*", rf"\1/{database}", self.dsn)

    async def clone(self, database: str) -> str:
        """Make a database like the migrated template, which is made first if need be; return its address."""
        template = f"{self.name}_template"
        async with self._as_admin() as admin:
            await admin.execute("select pg_advisory_lock(8311)")
            if not await admin.fetchval("select 1 from pg_database where datname = $1", template):
                await self.create(f"{template}_new")
                await migrate(self.address(f"{template}_new"))
                await admin.execute(f'alter database "{template}_new" rename to "{template}"')
            await admin.execute("select pg_advisory_unlock(8311)")
        await self.create(database, template)
        return self.address(database)

    async def create(self, database: str, template: str = "template1") -> None:
        """Make a database, owned by the role that tests use."""
        role = urlsplit(self.dsn).username
        owner = f'owner "{role}"' if role else ""
        async with self._as_admin() as admin:
            await admin.execute(
                f'create database "{database}" template "{template}" strategy file_copy {owner}'
            )

    async def drop(self, database: str) -> None:
        """Remove a database, whoever is still in it."""
        async with self._as_admin() as admin:
            await admin.execute(f'drop database if exists "{database}" with (force)')

    async def _drop_all(self) -> None:
        async with self._as_admin() as admin:
            found = await admin.fetch(
                "select datname from pg_database where starts_with(datname, $1)", self.name
            )
        for row in found:
            await self.drop(row["datname"])

    @asynccontextmanager
    async def _as_admin(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.admin)
        try:
            yield connection
        finally:
            await connection.close()


def pytest_configure(config: pytest.Config) -> None:
    """Give every worker process the server that the first process started."""
    told = getattr(config, "workerinput", {})
    config.stash[RUN] = Run(dsn=told.get("dsn", ""), admin=told.get("admin", ""), name=told.get("run", ""))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: "pytest.Item") -> None:
    """Before a worker starts: the server it shares with the others."""
    run = node.config.stash[RUN]
    if not run.dsn:
        run.start()
    node.workerinput |= {"dsn": run.dsn, "admin": run.admin, "run": run.name}  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process ends the server, after all others."""
    if not hasattr(config, "workerinput"):
        config.stash[RUN].stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left with much when the others are done."""
    items.sort(
        key=lambda item: next(
            (place for place, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST)
        )
    )


def pytest_collection_finish() -> None:
    """Keep all that was imported and collected out of the garbage collector's way: it stays to the end."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their length: what is in them (the hour of a gzip file) may differ between workers."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run's server, started when the first test needs it."""
    found = pytestconfig.stash[RUN]
    if not found.dsn:
        found.start()
    return found


@pytest.fixture(scope="session")
def shared_database(run: Run, worker_id: str) -> Iterator[str]:
    """The address of this process's own migrated database, for tests that roll back."""
    name = f"{run.name}_{worker_id}"
    yield asyncio.run(run.clone(name))
    asyncio.run(run.drop(name))


@pytest.fixture
async def conn(shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection in a transaction that is rolled back when the test ends."""
    connection = await asyncpg.connect(shared_database, server_settings={"timezone": "UTC"})
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest.fixture
async def fresh_database(run: Run) -> AsyncIterator[str]:
    """The address of a migrated, empty database of the test's own."""
    name = f"{run.name}_{uuid4().hex[:8]}"
    yield await run.clone(name)
    await run.drop(name)


@pytest.fixture
async def empty_database(run: Run) -> AsyncIterator[str]:
    """The address of a database without any table."""
    name = f"{run.name}_{uuid4().hex[:8]}"
    await run.create(name)
    yield run.address(name)
    await run.drop(name)


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a database of the test's own."""
    made = await open_pool(fresh_database, size=5, name="yuzhi test")
    yield made
    await made.close()


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder for servers that tests start themselves: short, open to the server's user, fast."""
    folder = open_folder()
    yield folder
    shutil.rmtree(folder)
