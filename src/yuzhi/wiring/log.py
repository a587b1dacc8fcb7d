"""The log of receipts as the settings have it, and what its commands are handed."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from yuzhi.capabilities.receipts import Log, LogFolder, key_file, open_log
from yuzhi.doors.cli import receipt
from yuzhi.settings import Settings
from yuzhi.store.postgres.pool import open_pool
from yuzhi.wiring.database import ready


def _now() -> datetime:
    return datetime.now(UTC)


def log_of(settings: Settings, pool: asyncpg.Pool) -> Log:
    """Return the log of this installation."""
    return open_log(settings.home, settings.log_origin, pool, _now, os.urandom)


def verification_page(settings: Settings) -> str:
    """Return the address of the page where residents check receipts."""
    served = f"http://{settings.host}:{settings.port}"
    return f"{settings.public_address or served}/verify"


def for_receipt(settings: Settings) -> receipt.Needs:
    """Hand `yuzhi receipt` the log. The database is opened only for commands that ask for it."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[Log]:
        async with ready(settings) as dsn:
            pool = await open_pool(dsn, size=3, name="yuzhi receipt")
            try:
                yield log_of(settings, pool)
            finally:
                pool.terminate()

    return receipt.Needs(
        open=open_,
        keys=LogFolder(settings.home / "log").keys,
        key_file=key_file(settings.home),
        page=verification_page(settings),
        now=_now,
        chance=os.urandom,
    )
