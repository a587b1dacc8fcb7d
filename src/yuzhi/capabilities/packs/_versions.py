"""Versions of packs that are proposed by one person, approved by another, and then begin on their day."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.packs._shelf import Shelf
from yuzhi.engine.check import check_pack
from yuzhi.engine.definition import Pack
from yuzhi.engine.examples import parse_examples
from yuzhi.engine.parse import read_pack, unsound

MOST_ROWS = 200
CHANNEL = "ground_changed"
"""Notified with `packs` when a version was approved, so that every process takes it."""


class ProposalView(Struct, frozen=True):
    """A proposed version of a pack; `decision` is empty while nobody has decided."""

    id: UUID
    pack: str
    version: str
    digest: str
    in_force_from: date
    note: str
    proposed_by: str
    proposed_at: datetime
    decision: str
    decided_by: str
    decided_at: datetime | None
    reason: str


async def propose(
    conn: asyncpg.Connection, files: Mapping[str, str], shelf: Shelf, *, by: str, note: str,
    begins: date | None, today: date, now: datetime, entropy: bytes,
) -> ProposalView:  # fmt: skip
    """Keep a version of a pack for approval, in the caller's transaction, if it is sound.

    It begins on `begins`, or on the day the pack itself names; never in the past, for what has been
    decided under other rules stays decided. Raises Refusal `pack.unsound`, `pack.version_twice`,
    `procedure.twice` and `pack.begins_in_past`.
    """
    pack = sound(files)
    first = begins or date.fromisoformat(pack.in_force_from)
    if first < today:
        raise Refusal("pack.begins_in_past", begins=first, today=today)
    Shelf(shelf.packs).take([pack])  # what would refuse it on the day it begins refuses it now
    try:
        async with conn.transaction():
            row = await conn.fetchrow(
                "insert into pack_version (id, name, version, digest, files, in_force_from, note,"
                " proposed_by, proposed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                f" returning {_COLUMNS}",
                uuid7(now, entropy),
                pack.name,
                pack.version,
                pack.digest,
                msgspec.json.encode(dict(files)).decode(),
                first,
                note,
                by,
                now,
            )
    except asyncpg.UniqueViolationError:
        raise Refusal("pack.version_twice", pack=pack.name, version=pack.version, folder="") from None
    await trace.note(
        conn, "pack_changed", by=by, at=now, subject=f"pack:{pack.name}", change="proposed",
        version=pack.version, digest=pack.digest, begins=first,
    )  # fmt: skip
    return _view(row)


async def decide(
    conn: asyncpg.Connection,
    proposal: UUID,
    *,
    approve: bool,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> ProposalView:
    """Approve or reject a proposal, in the caller's transaction; whoever proposed it may only withdraw it.

    Raises Refusal `pack.no_proposal`, `pack.decided_already`, `pack.own_proposal` and
    `pack.begins_in_past`.
    """
    found = await proposal_of(conn, proposal, for_update=True)
    if found.decision:
        raise Refusal("pack.decided_already", pack=found.pack, version=found.version)
    if approve and found.proposed_by == by:
        raise Refusal("pack.own_proposal")
    if approve and found.in_force_from < today:
        raise Refusal("pack.begins_in_past", begins=found.in_force_from, today=today)
    decision = "approved" if approve else "rejected"
    if approve:
        await conn.execute("select pg_notify($1, 'packs')", CHANNEL)
    row = await conn.fetchrow(
        "update pack_version set decision = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1"
        f" returning {_COLUMNS}",
        proposal,
        decision,
        by,
        now,
        reason,
    )
    await trace.note(
        conn, "pack_changed", by=by, at=now, subject=f"pack:{found.pack}", change=decision,
        version=found.version, digest=found.digest, begins=found.in_force_from, proposed_by=found.proposed_by,
    )  # fmt: skip
    return _view(row)


async def proposals(conn: asyncpg.Connection, *, most: int = 50) -> tuple[ProposalView, ...]:
    """Return the newest proposals, decided ones too."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from pack_version order by proposed_at desc, id desc limit $1",
        min(most, MOST_ROWS),
    )
    return tuple(_view(row) for row in rows)


async def proposal_of(conn: asyncpg.Connection, proposal: UUID, *, for_update: bool = False) -> ProposalView:
    """Return a proposal; raises Refusal `pack.no_proposal`."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from pack_version where id = $1{' for update' if for_update else ''}", proposal
    )
    if row is None:
        raise Refusal("pack.no_proposal", proposal=str(proposal))
    return _view(row)


async def proposed_pack(conn: asyncpg.Connection, proposal: UUID) -> Pack:
    """Return the pack of a proposal; raises Refusal `pack.no_proposal`."""
    row = await conn.fetchrow("select files, in_force_from from pack_version where id = $1", proposal)
    if row is None:
        raise Refusal("pack.no_proposal", proposal=str(proposal))
    return _stored(row)


async def approved_packs(conn: asyncpg.Connection, but: Collection[UUID] = ()) -> dict[UUID, Pack]:
    """Return the approved versions by proposal, for the shelf to take, except those taken already.

    A version whose day has not come waits on the shelf.
    """
    rows = await conn.fetch(
        "select id, files, in_force_from from pack_version where decision = 'approved' and id <> all($1)"
        " order by decided_at, id",
        list(but),
    )
    return {row["id"]: _stored(row) for row in rows}


def sound(files: Mapping[str, str]) -> Pack:
    """Return the pack some files are; raises Refusal `pack.unsound` for what is wrong with it."""
    pack, where = read_pack(files)
    if problems := check_pack(pack, where):
        raise unsound(problems)
    parse_examples(pack, files)
    return pack


def _stored(row: asyncpg.Record) -> Pack:
    pack, _ = read_pack(msgspec.json.decode(row["files"], type=dict[str, str]))
    return replace(pack, in_force_from=row["in_force_from"].isoformat())


_COLUMNS = (
    "id, name, version, digest, in_force_from, note, proposed_by, proposed_at, coalesce(decision, ''),"
    " coalesce(decided_by, ''), decided_at, reason"
)


def _view(row: asyncpg.Record) -> ProposalView:
    return ProposalView(*row)
