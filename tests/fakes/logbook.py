"""A journal written straight into its table, and a transparency log over it, for tests of receipts."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from yuzhi.capabilities.receipts import Log, Published, open_log, publish
from yuzhi.store.journal import leaf_hash

ORIGIN = "city.example/log"
BEGUN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Ticking:
    """A clock that goes on by two seconds whenever it is looked at, so that a checkpoint is always due."""

    def __init__(self, step: timedelta = timedelta(seconds=2)) -> None:
        self.at = BEGUN
        self.step = step

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


def a_log(pool: asyncpg.Pool, home: Path, *, origin: str = ORIGIN, now: Ticking | None = None) -> Log:
    """Return a log below a folder, whose key is always the same."""
    return open_log(home, origin, pool, now or Ticking(), lambda size: bytes(range(size)))


def matter_of(n: int) -> UUID:
    """Return the id of the nth matter."""
    return UUID(int=(0x0195 << 112) | n)


def number_of(n: int) -> str:
    """Return the number of the nth matter."""
    return f"20260302{n:07d}0"


def body_of(n: int, seq: int, detail: str = "") -> bytes:
    """Return the canonical body of an entry."""
    facts = [{"fact": "opened", "number": number_of(n)}] if seq == 1 else [{"fact": "step_taken"}]
    entry = {
        "at": "2026-03-02T09:00:00Z", "by": {"hand": "post", "id": "p1"}, "facts": facts,
        "matter": str(matter_of(n)), "seq": seq, "step": "open" if seq == 1 else f"sign{detail}", "v": 1,
    }  # fmt: skip
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


async def write(conn: asyncpg.Connection, keys: Sequence[tuple[int, int]]) -> None:
    """Add entries, by matter and sequence number, in one statement."""
    rows = [(matter_of(n), seq, body := body_of(n, seq), leaf_hash(body)) for n, seq in keys]
    await conn.execute(
        "insert into entry (matter_id, seq, at, step, body, leaf) select m, s, $5, 'x', b, l"
        " from unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[]) as given (m, s, b, l)",
        *(list(column) for column in zip(*rows, strict=True)),
        BEGUN,
    )


async def settled(pool: asyncpg.Pool) -> None:
    """Wait until no transaction can overtake what is in the journal.

    Those of other tests on the same server count too: transaction numbers are the server's.
    """
    is_settled = "coalesce(bool_and(transaction < pg_snapshot_xmin(pg_current_snapshot())), true)"
    async with asyncio.timeout(20):
        while not await pool.fetchval(f"select {is_settled} from entry"):  # noqa: ASYNC110 - others decide
            await asyncio.sleep(0.02)


async def published(log: Log, *, batch: int = 5000) -> Published:
    """Publish everything there is."""
    await settled(log.pool)
    done = await publish(log, batch=batch)
    assert done is not None
    return done
