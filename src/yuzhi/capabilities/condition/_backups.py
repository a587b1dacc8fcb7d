"""What is known of backups: written down when one is made, and when one is read through again."""

import hashlib
import socket
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.capabilities.condition._views import BackupsView, BackupView


class BackupFile(Struct, frozen=True):
    """A file a backup lies in: the machine, the place, its bytes and SHA-256; no digest if it is gone."""

    host: str
    place: str
    size: int
    digest: str


def backup_file(file: Path) -> BackupFile:
    """Return what there is to know of a backup's file."""
    if not file.is_file():
        return BackupFile(socket.gethostname(), str(file.absolute()), 0, "")
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return BackupFile(socket.gethostname(), str(file.absolute()), file.stat().st_size, digest)


async def note_backup(
    conn: asyncpg.Connection, id_: UUID, file: BackupFile, *, at: datetime, revision: str, now: datetime
) -> None:
    """Write down a backup of the database as it was at `at`, which was read through after it was made."""
    await conn.execute(
        "insert into backup (id, at, host, file, size, digest, revision, verified_at, is_sound)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, true)",
        id_, at, file.host, file.place, file.size, file.digest, revision, now,
    )  # fmt: skip


async def note_verified(
    conn: asyncpg.Connection, file: BackupFile, *, is_sound: bool, now: datetime
) -> BackupView | None:
    """Write down how reading a backup through went; return the one it was, None if none is known by it.

    A sound one is known by its digest wherever it lies now; a spoilt one only by where it was written to.
    """
    row = await conn.fetchrow(
        "update backup set verified_at = $4, is_sound = $5 where id = (select id from backup"
        " where case when $5 then digest = $1 else host = $2 and file = $3 end order by at desc limit 1)"
        " returning at, host, file, size, digest, revision, verified_at, is_sound",
        file.digest, file.host, file.place, now, is_sound,
    )  # fmt: skip
    return BackupView(*row) if row is not None else None


async def backups(conn: asyncpg.Connection) -> BackupsView:
    """Return the last backup, and since when there could have been one."""
    row = await conn.fetchrow(
        "select at, host, file, size, digest, revision, verified_at, is_sound from backup"
        " order by at desc limit 1"
    )
    since = await conn.fetchval("select min(at) from watched_since")
    return BackupsView(last=BackupView(*row) if row is not None else None, since=since)
