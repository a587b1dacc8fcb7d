"""`yuzhi db`: the embedded PostgreSQL server, migrations, and backups of whichever database is used."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.condition import BackupFile, BackupView, backup_file, note_backup, note_verified
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output
from yuzhi.store import migrations
from yuzhi.store.postgres import backup as backups
from yuzhi.store.postgres.pool import connect
from yuzhi.store.postgres.server import Server

app = group("The database: start, stop, migrate, back up.")

File = Annotated[Path, typer.Argument(help="The backup file.", metavar="FILE")]


@dataclass(frozen=True)
class Needs:
    """What these commands are handed. `server` is None when the database is somebody else's to run.

    `reach` gives the address of a database that is up, for as long as it is held.
    """

    server: Server | None
    reach: Callable[[], AbstractContextManager[str]]
    binaries: Path | None
    now: Callable[[], datetime]
    chance: Callable[[int], bytes]


@app.command()
def start(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Start the embedded server and leave it running until `yuzhi db stop`."""
    server = _own(ctx)
    server.start(detached=True)
    Output(json=json).facts({"address": server.dsn, "pid": server.status().pid, "log": server.log})


@app.command()
def stop(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Stop the embedded server, for all who use it."""
    was_running = _own(ctx).stop()
    out = Output(json=json)
    out.facts({"stopped": was_running}) if json else out.say("stopped" if was_running else "was not running")


@app.command()
def status(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Tell whether the database is up, what it is, and whether it has the shape this version needs."""
    needs = needed(ctx, Needs)
    facts: dict[str, object] = {"embedded": needs.server is not None}
    if needs.server is not None:
        known = needs.server.status()
        facts |= {
            "folder": known.folder,
            "running": known.is_running,
            "detached": known.is_detached,
            "pid": known.pid,
            "started_at": known.started_at,
        }
        if not known.is_running:
            Output(json=json).facts(facts)
            return
    with needs.reach() as dsn:
        facts |= {"address": without_password(dsn), **asyncio.run(_standing(dsn))}
    Output(json=json).facts(facts)


@app.command()
def migrate(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Bring the database to the shape this version needs; nothing to do is fine too."""
    with needed(ctx, Needs).reach() as dsn:
        before = asyncio.run(migrations.current(dsn))
        after = asyncio.run(migrations.migrate(dsn))
    Output(json=json).facts({"before": before, "after": after})


@app.command()
def backup(
    ctx: typer.Context,
    file: File,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Write over a file of that name.")] = False,
    json: JsonFlag = False,
) -> None:
    """Write the whole database, as it is at one instant, to FILE."""
    needs = needed(ctx, Needs)
    if file.exists() and not replace:
        raise Refusal("database.file_exists", file=str(file))
    began = needs.now()
    with needs.reach() as dsn:
        size = backups.backup(dsn, file, binaries=needs.binaries)
        made = backup_file(file)
        asyncio.run(_note_backup(needs, dsn, made, began))
    Output(json=json).facts({"file": file, "bytes": size, "sha256": made.digest})


@app.command()
def verify(ctx: typer.Context, file: File, *, json: JsonFlag = False) -> None:
    """Read a backup through, and write down how that went; refused if it is spoilt."""
    needs = needed(ctx, Needs)
    spoilt: Refusal | None = None
    try:
        backups.read_through(file, binaries=needs.binaries)
    except Refusal as refusal:
        if refusal.code != "database.backup_unreadable":
            raise
        spoilt = refusal
    with needs.reach() as dsn:
        known = asyncio.run(_note_verified(needs, dsn, backup_file(file), is_sound=spoilt is None))
    if spoilt is not None:
        raise spoilt
    made = {"made_at": known.at, "revision": known.revision} if known is not None else {}
    Output(json=json).facts({"file": file, "sound": True, "known": known is not None, **made})


@app.command()
def restore(
    ctx: typer.Context,
    file: File,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Throw away what is in the database.")] = False,
    json: JsonFlag = False,
) -> None:
    """Fill the database from FILE: all of it or nothing."""
    needs = needed(ctx, Needs)
    with needs.reach() as dsn:
        backups.restore(dsn, file, replace=replace, binaries=needs.binaries)
        revision = asyncio.run(migrations.current(dsn))
    Output(json=json).facts({"file": file, "revision": revision, "needed": migrations.head()})


def without_password(dsn: str) -> str:
    """Return an address that may be shown."""
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1:***@", dsn)


def _own(ctx: typer.Context) -> Server:
    server = needed(ctx, Needs).server
    if server is None:
        raise Refusal("database.not_ours")
    return server


async def _note_backup(needs: Needs, dsn: str, made: BackupFile, began: datetime) -> None:
    """Write a backup down in the database it is of, unless that has no place for it yet."""
    async with _in_shape(dsn) as connection:
        if connection is not None:
            id_, revision = uuid7(began, needs.chance(10)), migrations.head()
            await note_backup(connection, id_, made, at=began, revision=revision, now=needs.now())


async def _note_verified(needs: Needs, dsn: str, file: BackupFile, *, is_sound: bool) -> BackupView | None:
    async with _in_shape(dsn) as connection:
        if connection is None:
            return None
        return await note_verified(connection, file, is_sound=is_sound, now=needs.now())


@asynccontextmanager
async def _in_shape(dsn: str) -> AsyncIterator[asyncpg.Connection | None]:
    """Lend a connection to a database of the shape this version needs; None to one of another."""
    if await migrations.current(dsn) != migrations.head():
        yield None
        return
    connection = await connect(dsn, name="yuzhi backup")
    try:
        yield connection
    finally:
        await connection.close()


async def _standing(dsn: str) -> dict[str, object]:
    connection = await connect(dsn, name="yuzhi status")
    try:
        size = await connection.fetchval("select pg_database_size(current_database())")
        version = await connection.fetchval("show server_version")
    finally:
        await connection.close()
    revision = await migrations.current(dsn)
    return {"version": version, "bytes": size, "revision": revision, "needed": migrations.head()}
