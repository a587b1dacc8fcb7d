"""Looking at the machine: a handful of statements, each bounded, whatever the size of the city."""

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from shutil import disk_usage
from typing import Final

import asyncpg

from yuzhi.capabilities import sensors
from yuzhi.capabilities.condition._backups import backups
from yuzhi.capabilities.condition._beating import beats
from yuzhi.capabilities.condition._views import (
    ConditionView,
    DatabaseView,
    DiskView,
    LimitsView,
    LogView,
    PackView,
    ProcessView,
    QueueView,
)
from yuzhi.engine.definition import Pack
from yuzhi.store import migrations

MOST_COUNTED: Final = 10_000
LOOKED_BACK: Final = timedelta(days=31)
"""Clocks that ran out longer ago are of imported years: rehearsals work them off, nobody waits for them."""


@dataclass(frozen=True)
class Machine:
    """What is looked at beside the database: our folder, the box of mail, the name of the log, the limits."""

    home: Path
    mail: Path
    log_origin: str
    limits: LimitsView


async def condition_of(
    conn: asyncpg.Connection, machine: Machine, packs: Sequence[Pack], now: datetime
) -> ConditionView:
    """Return how the machine stands; `packs` are those in force."""
    log = await conn.fetchrow(
        "select s.size, c.size signed_size, c.signed_at from log_state s"
        " left join lateral (select size, signed_at from log_checkpoint order by size desc limit 1) c on true"
    )
    standing = await sensors.status(conn)
    return ConditionView(
        at=now,
        version=version("yuzhi"),
        python=platform.python_version(),
        database=await _database(conn),
        processes=await _processes(conn),
        beats=await beats(conn, now),
        backups=await backups(conn),
        packs=tuple(PackView(one.name, one.version, one.in_force_from) for one in packs),
        limits=machine.limits,
        queues=(*await _queues(conn, now), *_mail(machine.mail)),
        dead_letters=await conn.fetchval(_DEAD, MOST_COUNTED),
        log=LogView(machine.log_origin, log["size"], log["signed_size"] or 0, log["signed_at"]),
        sensors=standing,
        disk=_disk(machine.home),
    )


async def _database(conn: asyncpg.Connection) -> DatabaseView:
    row = await conn.fetchrow(_DATABASE)
    return DatabaseView(needed_revision=migrations.head(), **dict(row))


async def _processes(conn: asyncpg.Connection) -> tuple[ProcessView, ...]:
    rows = await conn.fetch(_PROCESSES)
    return tuple(ProcessView(*row) for row in rows)


async def _queues(conn: asyncpg.Connection, now: datetime) -> Iterable[QueueView]:
    due = await conn.fetch(_DUE, now, now - LOOKED_BACK, MOST_COUNTED)
    letters = await conn.fetch(_LETTERS, now, MOST_COUNTED)
    readers = await conn.fetch(_READERS, MOST_COUNTED)
    inbox = await conn.fetchrow('select count(*), min("at") from sensor_inbox')
    return (
        *(QueueView("clocks", "", *row) for row in due),
        *(QueueView("channel" if row["channel"] else "letters", *row) for row in letters),
        *(QueueView(*row) for row in readers),
        QueueView("sensors", "", *inbox),
    )


def _mail(folder: Path) -> Iterable[QueueView]:
    """Return the box of mail as a queue; nothing where no mail is taken."""
    try:
        waiting = [one.stat().st_mtime for one in (folder / "new").iterdir()]
    except OSError:
        return ()
    oldest = datetime.fromtimestamp(min(waiting), UTC) if waiting else None
    return (QueueView("mail", "", len(waiting), oldest),)


def _disk(folder: Path) -> DiskView:
    used = disk_usage(folder)
    return DiskView(str(folder), used.total, used.free)


_DATABASE: Final = """
select current_setting('server_version') as version,
    coalesce((select version_num from alembic_version), '') as revision,
    pg_database_size(current_database()) as size,
    (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
    current_setting('max_connections')::int as most_connections,
    pg_postmaster_start_time() as started_at,
    (select min(xact_start) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()) as oldest_transaction_at
"""
_PROCESSES: Final = """
select substr(application_name, 7), count(*), min(backend_start) from pg_stat_activity
where datname = current_database() and application_name like 'yuzhi %' group by 1 order by 1
"""
_DUE: Final = """
select count(*), min(next_at)
from (select next_at from clock where next_at between $2 and $1 order by next_at limit $3) due
"""
_LETTERS: Final = """
select channel, count(*), min(next_at)
from (select channel, next_at from delivery where next_at <= $1 order by next_at limit $2) due
group by channel order by channel
"""
_DEAD: Final = """
select count(*) from (select from delivery where state = 'dead' and audience <> 'alarm' limit $1) dead
"""
_READERS: Final = """
select point.kind, point.name, count(entry.at), min(entry.at) from (
    select 'log' as kind, '' as name, transaction, position from log_state
    union all select 'search', '', transaction, position from search_state
    union all select 'reader', name, transaction, position from reader
) point left join lateral (
    select at from entry where (entry.transaction, entry.position) > (point.transaction, point.position)
    order by entry.transaction, entry.position limit $1
) entry on true group by 1, 2 order by 1, 2
"""
