"""How we reach PostgreSQL: the pool, what we ask of a server, and which trouble is nobody's mistake."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress

import asyncpg

from yuzhi.base.refusal import Refusal

LEAST_VERSION = 15
CONNECT_WITHIN = 10.0  # seconds
ACQUIRE_WITHIN = 10.0  # seconds

AWAY, BUSY, FULL = "store.unavailable", "store.busy", "store.full"
RETRY_AFTER = {AWAY: 5, BUSY: 1, FULL: 60}  # seconds a client is told to wait

_BY_STATE = {
    "25006": AWAY,  # read_only_sql_transaction: the server became a standby
    "53100": FULL,  # disk_full
    "53200": BUSY,  # out_of_memory
    "53300": BUSY,  # too_many_connections
    "53400": BUSY,  # configuration_limit_exceeded
    "55P03": BUSY,  # lock_not_available
    "57014": BUSY,  # query_canceled, by a timeout of ours
    "57P01": AWAY,  # admin_shutdown
    "57P02": AWAY,  # crash_shutdown
    "57P03": AWAY,  # cannot_connect_now
    "57P04": AWAY,  # database_dropped
    "57P05": AWAY,  # idle_session_timeout
    "58030": AWAY,  # io_error
}
_BY_CLASS = {"08": AWAY, "40": BUSY}  # connection exceptions; transaction rollbacks
# What asyncpg says of a connection that ended while idle, or that its pool has taken back for that.
_CLOSED = (
    "connection is closed",
    "connection was closed",
    "been released",
    "pool is clos",
    "cannot switch to state",
)
_OURS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
)

OURS: Mapping[str, str] = {"timezone": "UTC", "jit": "off"}
"""What every session of ours is set to: instants come back in UTC, short statements are not compiled."""


def trouble(error: BaseException) -> Refusal | None:
    """Return the refusal for trouble with the database that no change of code would mend, else None.

    `store.unavailable` (away, starting, shut down), `store.busy` (locks, serialization, no free
    connection) and `store.full` (its disk), each with `retry_after` in seconds.
    """
    code = _code_of(error)
    return Refusal(code, retry_after=RETRY_AFTER[code]) if code else None


def _code_of(error: BaseException) -> str | None:
    if isinstance(error, asyncpg.PostgresError):
        state = str(getattr(error, "sqlstate", "") or "")
        return _BY_STATE.get(state) or _BY_CLASS.get(state[:2])
    if isinstance(error, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return AWAY if any(sign in str(error) for sign in _CLOSED) else None
    if isinstance(error, TimeoutError):
        return BUSY
    return AWAY if isinstance(error, ConnectionError) else None


@contextmanager
def guarded() -> Iterator[None]:
    """Turn trouble with the database inside the block into its refusal; leave every other error alone."""
    try:
        yield
    except _OURS as error:
        if refusal := trouble(error):
            raise refusal from error
        raise


@contextmanager
def _connecting() -> Iterator[None]:
    """While connecting any error of the operating system means that nobody is there."""
    try:
        with guarded():
            yield
    except OSError as error:  # no such socket, no such host, refused
        raise Refusal(AWAY, retry_after=RETRY_AFTER[AWAY]) from error
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise Refusal("store.refuses_us", trouble=str(error)) from error


async def connect(dsn: str, *, name: str = "yuzhi") -> asyncpg.Connection:
    """Return one connection for work of its own (migrations, listening, copying); the caller closes it.

    Raises Refusal `store.unavailable`, `store.refuses_us` (login or database name), `store.too_old`
    and `store.not_utf8`.
    """
    settings = {**OURS, "application_name": name}
    with _connecting():
        connection = await asyncpg.connect(dsn, timeout=CONNECT_WITHIN, server_settings=settings)
    try:
        check_server(connection)
    except Refusal:
        await connection.close()
        raise
    return connection


async def open_pool(dsn: str, *, size: int, name: str = "yuzhi", least: int = 1) -> asyncpg.Pool:
    """Return a pool of at most `size` connections, its first one already made and the server checked.

    Statements are prepared once a connection and kept; codecs are asyncpg's own. Raises as `connect`.
    """
    await (await connect(dsn, name=name)).close()
    with _connecting():
        return await asyncpg.create_pool(
            dsn,
            min_size=min(least, size),
            max_size=size,
            timeout=CONNECT_WITHIN,
            statement_cache_size=1024,
            max_cached_statement_lifetime=0,
            server_settings={**OURS, "application_name": name},
            reset=_leave_as_it_is,
        )


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """Spare a round trip at every release: whatever we set, we set for one transaction only."""


@asynccontextmanager
async def acquired(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """Lend a connection of the pool; trouble in getting or using it comes out as its refusal."""
    with _connecting():
        connection = await pool.acquire(timeout=ACQUIRE_WITHIN)
    try:
        with guarded():
            yield connection
    except Refusal as refusal:
        if refusal.code == AWAY:
            with suppress(asyncpg.InterfaceError):  # the pool has taken it back already
                connection.terminate()
        raise
    finally:
        await pool.release(connection)


def check_server(connection: asyncpg.Connection) -> None:
    """Raise Refusal `store.too_old` or `store.not_utf8` when a server is not one we can stand on."""
    version = connection.get_server_version()
    if version.major < LEAST_VERSION:
        raise Refusal("store.too_old", version=version.major, least=LEAST_VERSION)
    encoding = connection.get_settings().server_encoding
    if encoding != "UTF8":
        raise Refusal("store.not_utf8", encoding=encoding)
