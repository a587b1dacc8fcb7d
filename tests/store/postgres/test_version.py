"""Which PostgreSQL servers the platform refuses to live on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.version import check_server_version


async def test_our_own_will_do(conn: asyncpg.Connection) -> None:
    await check_server_version(conn)


@dataclass
class OldServer:
    """Stands in for a connection to PostgreSQL 14."""

    major: int = 14
    minor: int = 9

    def get_server_version(self) -> "OldServer":
        return self


async def test_an_old_one_will_not() -> None:
    connection: Any = OldServer()
    with pytest.raises(Refusal) as refused:
        await check_server_version(connection)
    assert refused.value.code == "database.too_old"
    assert refused.value.facts == {"version": "14.9", "least": 15}


@pytest.fixture
async def ascii_database(run: Any) -> AsyncIterator[str]:
    name = f"{run.name}_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(run.admin)
    await admin.execute(f"create database \"{name}\" template template0 encoding 'SQL_ASCII' locale 'C'")
    yield run.address(name)
    await run.drop(name)
    await admin.close()


async def test_one_without_every_character_will_not(ascii_database: str) -> None:
    connection = await asyncpg.connect(ascii_database)
    try:
        with pytest.raises(Refusal, match=r"database\.not_utf8.*SQL_ASCII"):
            await check_server_version(connection)
    finally:
        await connection.close()
