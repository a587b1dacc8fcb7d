"""Sealing what lay in the open: who asked was kept in a plain table of its own before there was the vault."""

import os
import re
from collections.abc import Callable

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.vault._entering import FIELDS, TABLE, Person, sealed_rows
from yuzhi.capabilities.vault._keys import Keyring
from yuzhi.capabilities.vault._masking import is_masked
from yuzhi.store.postgres.pool import acquired

BATCH = 500
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_COLUMNS = [column for column, _ in TABLE.columns]


async def adopt(pool: asyncpg.Pool, ring: Keyring, *, chance: Callable[[int], bytes] = os.urandom) -> int:
    """Move every plain row into the vault, sealed, and return how many; whoever is in it already stays.

    Each batch is a transaction of its own. When nothing is left the plain table is emptied on disk, too;
    where it has been dropped there is nothing to do.
    """
    async with acquired(pool) as conn:
        if await conn.fetchval("select to_regclass('requester') is null"):
            return 0
    done = 0
    while True:
        async with acquired(pool) as conn, conn.transaction():
            rows = await conn.fetch(
                "delete from requester where id in (select id from requester order by id limit $1"
                " for update skip locked) returning *",
                BATCH,
            )
            if not rows:
                break
            sealed = [_sealed(row, ring, chance) for row in rows if row["erased_at"] is None]
            names = ", ".join(_COLUMNS)
            places = ", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))
            await conn.executemany(
                f"insert into {TABLE.name} ({names}) values ({places}) on conflict (id) do nothing", sealed
            )
        done += len(rows)
    if done:
        async with acquired(pool) as conn, conn.transaction():
            await conn.execute("lock table requester in access exclusive mode")
            if not await conn.fetchval("select exists (select from requester)"):
                await conn.execute("truncate requester")
    return done


def _sealed(row: asyncpg.Record, ring: Keyring, chance: Callable[[int], bytes]) -> tuple[object, ...]:
    """Return a plain row sealed. What bears marks of masking was never whole and is not taken along."""
    told = {name: row[name] or "" for name in (*FIELDS, "id_type") if name in row}
    if _EMAIL.fullmatch(told.get("address", "").strip()):  # there was no column of its own for it
        told["email"], told["address"] = told["address"], ""
    whole = {name: value for name, value in told.items() if not is_masked(value)}
    try:
        return sealed_rows(Person(**whole), row["created_at"], ring, id=row["id"], chance=chance)[0]
    except Refusal:  # what could be kept once and can no more, such as a sign that is none
        plain = {name: _plain(value) for name, value in whole.items()}
        return sealed_rows(Person(**plain), row["created_at"], ring, id=row["id"], chance=chance)[0]


def _plain(value: str) -> str:
    return "".join(one if one.isprintable() else " " for one in value)
