"""Whether a PostgreSQL given by its address is one the platform can live on."""

import asyncpg

from yuzhi.base.refusal import Refusal

LEAST_MAJOR = 15


async def check_server_version(connection: asyncpg.Connection) -> None:
    """Refuse a server older than PostgreSQL 15, and a database that cannot hold every character.

    Raises Refusal `database.too_old` with `version` and `least`, `database.not_utf8` with `encoding`.
    """
    version = connection.get_server_version()
    if version.major < LEAST_MAJOR:
        raise Refusal("database.too_old", version=f"{version.major}.{version.minor}", least=LEAST_MAJOR)
    encoding = await connection.fetchval("select current_setting('server_encoding')")
    if encoding != "UTF8":
        raise Refusal("database.not_utf8", encoding=encoding)
