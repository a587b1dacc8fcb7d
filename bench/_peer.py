"""The peer: the very rows a matter leaves, written by pgbench in one bare transaction of one statement.

There is nothing to check and nothing to work out, and every value but the keys is a constant, so that
this is what the database itself can take. Rows are read back from where the platform wrote them.
"""

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from bench._home import Home
from yuzhi.capabilities.matters import TABLES
from yuzhi.store.postgres.binaries import find_binaries
from yuzhi.store.postgres.store import ENTRY
from yuzhi.store.unit import Table

NEW_NUMBER = "k.n"
"""In the statement: a text that differs from one transaction to the next."""


@dataclass(frozen=True)
class _Written:
    table: Table
    rows: Sequence[Sequence[Any]]


async def bare_rate(home: Home, matter: UUID, *, connections: int, seconds: int) -> float:
    """Return how many times a second pgbench writes the rows a matter left, on the same database."""
    async with home.opened() as all_:
        async with all_.pool.acquire() as conn:
            statement = await statement_of(conn, matter)
        return await asyncio.to_thread(pgbench, all_.dsn, statement, connections=connections, seconds=seconds)


async def statement_of(conn: asyncpg.Connection, matter: UUID) -> str:
    """Return one statement that writes all rows of a matter again under new keys."""
    row = await conn.fetchrow("select number, requester from matter where id = $1", matter)
    assert row is not None
    written = [one for table in (*TABLES, ENTRY) if (one := await _read(conn, table, matter, row)).rows]
    uuids = sorted(
        {str(value) for one in written for line in one.rows for value in line if isinstance(value, UUID)}
    )
    fresh = {value: f"k.u{place}" for place, value in enumerate(uuids)} | {str(row["number"]): NEW_NUMBER}
    keys = ", ".join(f"gen_random_uuid() u{place}" for place in range(len(uuids)))
    head = f"with k as materialized (select {keys}, 'n' || floor(random() * 1e15)::text n)"
    writes = [f"w{place} as ({_insert(one, fresh)})" for place, one in enumerate(written)]
    return ", ".join([head, *writes]) + " select 1"


async def _read(conn: asyncpg.Connection, table: Table, matter: UUID, row: asyncpg.Record) -> _Written:
    """Return what a matter left in a table; its idempotency key is the newest one there."""
    names = [column for column, _ in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    if table.name == "idempotency":
        found = await conn.fetch(f"select {columns} from idempotency order by at desc limit 1")
    elif table.name == "vault_person":
        found = await conn.fetch(f"select {columns} from vault_person where id = $1", row["requester"])
    else:
        key = "matter_id" if "matter_id" in names else "id"
        found = await conn.fetch(f'select {columns} from "{table.name}" where "{key}" = $1', matter)
    return _Written(table, [tuple(one) for one in found])


def _insert(written: _Written, fresh: dict[str, str]) -> str:
    columns = written.table.columns
    names = ", ".join(f'"{name}"' for name, _ in columns)
    lines = ["select " + ", ".join(_values(line, columns, fresh)) + " from k" for line in written.rows]
    return f'insert into "{written.table.name}" ({names}) ' + " union all ".join(lines)


def _values(line: Sequence[Any], columns: Sequence[tuple[str, str]], fresh: dict[str, str]) -> Iterator[str]:
    for value, (name, kind) in zip(line, columns, strict=True):
        if value is None:
            yield f"null::{kind}"
        elif name == "key":
            yield NEW_NUMBER
        elif str(value) in fresh:
            yield fresh[str(value)]
        elif isinstance(value, bytes):
            yield f"'\\x{value.hex()}'::bytea"
        elif isinstance(value, datetime):
            yield f"'{value.isoformat()}'::timestamptz"
        elif isinstance(value, bool | int):
            yield f"{value}::{kind}"
        else:
            told = str(value).replace("'", "''")
            yield f"'{told}'::{kind}"


def pgbench(dsn: str, statement: str, *, connections: int, seconds: int) -> float:
    """Return the transactions a second that pgbench reaches with a statement."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        script.write(statement + ";\n")
        script.flush()
        command = [
            str(find_binaries().program("pgbench")), "--no-vacuum", "--protocol=prepared",
            f"--client={connections}", "--jobs=2", f"--time={seconds}", f"--file={script.name}", dsn,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stderr[-2000:] + done.stdout[-2000:]
    assert done.returncode == 0, done.stderr[-2000:]
    return float(found[1])
