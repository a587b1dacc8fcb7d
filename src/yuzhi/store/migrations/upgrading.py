"""The upgrade itself, by Alembic and SQLAlchemy: loaded where it runs, never by a process that serves."""

import asyncio
from pathlib import Path
from typing import Final

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.pool import connect, guarded

ADVISORY_LOCK: Final = 0x79757A6869  # "yuzhi": held while migrating


def upgrade(dsn: str, lock_timeout: str, to: str = "head") -> None:
    """Bring a database to a revision, usually the newest; raises as `migrations.migrate`."""
    asyncio.run(_upgraded(dsn, lock_timeout, to))


async def _upgraded(dsn: str, lock_timeout: str, to: str) -> None:
    async def connecting() -> asyncpg.Connection:
        return await connect(dsn, name="yuzhi migrate")

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connecting, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"select pg_advisory_lock({ADVISORY_LOCK})")
        await connection.exec_driver_sql("select set_config('lock_timeout', $1, false)", (lock_timeout,))
        await connection.commit()
        with guarded():
            await connection.run_sync(_upgrade, to)


def _upgrade(connection: Connection, to: str) -> None:
    config = config_of_alembic()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise Refusal("store.newer", trouble=str(error)) from error
    except DBAPIError as error:
        cause = error.driver_exception
        # So r0040 says that it may not go on.
        if isinstance(cause, asyncpg.ObjectNotInPrerequisiteStateError):
            raise Refusal("store.plain_requesters") from error
        raise cause from error


def config_of_alembic() -> Config:
    """Return what tells Alembic where the revisions are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
