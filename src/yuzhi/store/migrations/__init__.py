"""Brings a database to the shape this version needs, and tells which shape it has.

Revisions are in `versions`; they never import our code. The first one executes the frozen files of
`ddl`. Each revision is one transaction; two processes that migrate at once do it one after the other.
Upgrading runs in a process of its own: its libraries are not kept by those who serve.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

import asyncpg

from yuzhi.base.apart import run_apart
from yuzhi.store.postgres.pool import connect

UPGRADE: Final = "yuzhi.store.migrations.upgrading:upgrade"
_REVISION: Final = re.compile(r'^(down_)?revision = "(\w+)"', re.MULTILINE)


@cache
def head() -> str:
    """Return the revision this version of the code needs: the one that no other follows."""
    told: list[list[tuple[str, str]]] = [
        _REVISION.findall(file.read_text(encoding="utf-8"))
        for file in sorted((Path(__file__).parent / "versions").glob("r*.py"))
    ]
    revisions = {name for one in told for is_down, name in one if not is_down}
    followed = {name for one in told for is_down, name in one if is_down}
    [newest] = revisions - followed
    return newest


async def migrate(dsn: str, *, lock_timeout: str = "5s") -> str:
    """Bring a database to `head()` and return that revision; nothing to do is fine too.

    No statement waits longer than `lock_timeout` behind others' locks, so that nobody queues behind it.

    Raises Refusal `store.plain_requesters` while personal data lies outside the vault, `store.newer` when
    the database belongs to a newer version of the code, `store.busy` when a table stayed locked by others
    for longer than that, and those of `connect`.
    """
    if not await is_current(dsn):
        await run_apart(UPGRADE, dsn, lock_timeout)
    return head()


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
