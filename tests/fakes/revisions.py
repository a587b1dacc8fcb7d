"""A database as an older version of the code left it."""

import asyncio

from alembic.script import ScriptDirectory

from yuzhi.store.migrations.upgrading import config_of_alembic, upgrade


async def upgraded_before(revision: str, dsn: str) -> str:
    """Bring an empty database to the revision before one, and return that."""
    before = ScriptDirectory.from_config(config_of_alembic()).get_revision(revision).down_revision
    assert isinstance(before, str)
    await asyncio.to_thread(upgrade, dsn, "5s", before)
    return before
