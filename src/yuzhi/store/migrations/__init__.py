"""Brings a database to the shape this version needs, and tells which shape it has.

Revisions are in `versions`; they never import our code. The first one executes the frozen files of
`ddl`. Each revision is one transaction; two processes that migrate at once do it one after the other.
"""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.pool import connect, guarded

ADVISORY_LOCK = 0x79757A6869  # "yuzhi": held while migrating


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def head() -> str:
    """Return the revision this version of the code needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None, "there is a first revision"
    return revision


async def migrate(dsn: str, *, lock_timeout: str = "5s") -> str:
    """Bring a database to `head()` and return that revision; nothing to do is fine too.

    No statement waits longer than `lock_timeout` behind others' locks, so that nobody queues behind it.

    Raises Refusal `store.newer` when the database belongs to a newer version of the code,
    `store.busy` when a table stayed locked by others for longer than that, and those of `connect`.
    """
    await (await connect(dsn, name="yuzhi migrate")).close()

    async def connecting() -> asyncpg.Connection:
        return await connect(dsn, name="yuzhi migrate")

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connecting, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"select pg_advisory_lock({ADVISORY_LOCK})")
        await connection.exec_driver_sql("select set_config('lock_timeout', $1, false)", (lock_timeout,))
        await connection.commit()
        with guarded():
            await connection.run_sync(_upgrade)
    return head()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Refusal("store.newer", trouble=str(error)) from error
    except DBAPIError as error:
        raise error.driver_exception from error


async def current(dsn: str) -> str | None:
    """Return the revision a database has, None when it is empty; raises as `connect`."""
    connection = await connect(dsn, name="yuzhi migrate")
    try:
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    else:
        return revision
    finally:
        await connection.close()


async def is_current(dsn: str) -> bool:
    """Say whether a database has the shape this version of the code needs."""
    return await current(dsn) == head()
