"""How the database is reached: our own embedded server, or the one the settings name."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.doors.cli import db
from yuzhi.settings import Settings
from yuzhi.store import migrations
from yuzhi.store.postgres.pool import connect
from yuzhi.store.postgres.server import Server

FOLDER = "postgres"
"""The embedded server's folder below the installation's home."""


def embedded(settings: Settings) -> Server | None:
    """Return our own server, None when the settings name a database elsewhere."""
    if settings.database_url is not None:
        return None
    return Server(settings.home / FOLDER, binaries=settings.postgres_binaries)


@contextmanager
def reached(settings: Settings) -> Iterator[str]:
    """Give the address of a database that is up; our own server is started, and stopped by its last user."""
    server = embedded(settings)
    if server is None:
        assert settings.database_url is not None
        yield settings.database_url
    else:
        with server:
            yield server.dsn


@asynccontextmanager
async def ready(settings: Settings) -> AsyncIterator[str]:
    """Give the address of a database that is up and has the shape this version needs.

    The embedded one is migrated on the way. Another one is its keeper's: Refusal `store.not_migrated`.
    """
    with reached(settings) as dsn:
        if settings.database_url is None:
            await migrations.migrate(dsn)
        elif (found := await migrations.current(dsn)) != migrations.head():
            raise Refusal("store.not_migrated", found=found or "-", needed=migrations.head())
        yield dsn


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Lend one connection to a database that is ready."""
    async with ready(settings) as dsn:
        connection = await connect(dsn)
        try:
            yield connection
        finally:
            await connection.close()


def for_db(settings: Settings) -> db.Needs:
    """Make what `yuzhi db` is handed."""
    return db.Needs(
        server=embedded(settings),
        reach=partial(reached, settings),
        binaries=settings.postgres_binaries,
        now=lambda: datetime.now(UTC),
        chance=os.urandom,
    )
