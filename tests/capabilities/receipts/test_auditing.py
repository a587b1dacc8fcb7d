from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from fakes.logbook import BEGUN, a_log, body_of, matter_of, published, write
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import Altered, Log, audit
from yuzhi.capabilities.receipts._tiles import Place
from yuzhi.store.journal import leaf_hash

ENTRIES = 66_100  # a full tile of the second level, and some more


async def tampered(pool: asyncpg.Pool, sql: str, *args: object) -> None:
    """Do what only somebody with all rights on the database can: alter what may only be added to."""
    async with pool.acquire() as conn, conn.transaction():
        for table in ("entry", "log_leaf"):
            await conn.execute(f"alter table {table} disable trigger all")
        await conn.execute(sql, *args)
        for table in ("entry", "log_leaf"):
            await conn.execute(f"alter table {table} enable trigger all")


@pytest.fixture
async def log(pool: asyncpg.Pool, tmp_path: Path) -> Log:
    """A log of 600 entries: two full tiles of leaves and a partial one."""
    log = a_log(pool, tmp_path)
    await write(pool, [(n, seq) for seq in (1, 2) for n in range(300)])
    await published(log)
    return log


async def test_nothing_altered(log: Log) -> None:
    await write(log.pool, [(n, 3) for n in range(7)])
    seen: list[int] = []
    found = await audit(log, seen.append)
    assert (found.size, found.entries, found.altered) == (600, 600, ())
    assert seen[-1] == 600


@pytest.mark.parametrize(("n", "seq"), [(0, 1), (255, 1), (256, 1), (299, 2)])
async def test_a_rewritten_row_is_named(log: Log, n: int, seq: int) -> None:
    """The rewriter made body and leaf fit each other, so that the journal alone shows nothing."""
    body = body_of(n, seq, detail="otherwise")
    await tampered(
        log.pool, "update entry set body = $1, leaf = $2 where matter_id = $3 and seq = $4",
        body + b" ", leaf_hash(body + b" "), matter_of(n), seq,
    )  # fmt: skip
    index = n + 300 * (seq - 1)
    assert (await audit(log)).altered == (
        Altered("receipt.entry_altered", matter=matter_of(n), seq=seq, index=index),
    )


async def test_a_row_taken_out_is_named(log: Log) -> None:
    await tampered(log.pool, "delete from entry where matter_id = $1 and seq = 2", matter_of(41))
    assert (await audit(log)).altered == (
        Altered("receipt.entry_missing", matter=matter_of(41), seq=2, index=341),
    )


async def test_a_row_taken_out_of_journal_and_log_leaves_its_hole(log: Log) -> None:
    await tampered(log.pool, "delete from entry where matter_id = $1 and seq = 2", matter_of(41))
    await tampered(log.pool, "delete from log_leaf where matter_id = $1 and seq = 2", matter_of(41))
    assert (await audit(log)).altered == (Altered("receipt.leaf_missing", index=341),)


async def test_rows_that_changed_places_are_named(log: Log) -> None:
    await tampered(
        log.pool, "update log_leaf set leaf_index = leaf_index + 1000 where leaf_index in (10, 20)"
    )
    await tampered(log.pool, "update log_leaf set leaf_index = 1030 - leaf_index where leaf_index > 1000")
    assert [(one.code, one.matter) for one in (await audit(log)).altered] == [
        ("receipt.entry_altered", matter_of(20)),
        ("receipt.entry_altered", matter_of(10)),
    ]


async def test_a_row_slipped_into_the_past_is_named(log: Log) -> None:
    body = body_of(7, 3)
    await log.pool.execute(
        "insert into entry (matter_id, seq, at, step, body, leaf, transaction)"
        " values ($1, 3, $2, 'x', $3, $4, (select min(transaction) from entry))",
        matter_of(7), BEGUN, body, leaf_hash(body),
    )  # fmt: skip
    assert (await audit(log)).altered == (Altered("receipt.entry_unlogged", matter=matter_of(7), seq=3),)


@pytest.mark.parametrize("place", [Place(0, 0), Place(0, 1), Place(0, 2, 88), Place(1, 0, 2)])
async def test_an_altered_tile_is_named_and_no_row_is_blamed(log: Log, place: Place) -> None:
    tile = log.folder.path / "tile" / place.path
    tile.write_bytes(tile.read_bytes()[:-1] + b"!")
    assert (await audit(log)).altered == (Altered("receipt.tile_altered", tile=place.path),)


@pytest.mark.parametrize("change", [Path.unlink, lambda tile: tile.write_bytes(b"")])
async def test_a_lost_tile_is_named(log: Log, change: Callable[[Path], object]) -> None:
    change(log.folder.path / "tile" / "0" / "001")
    found = (await audit(log)).altered
    assert [(one.tile, one.code.startswith("receipt.tile_")) for one in found] == [("0/001", True)]


async def test_row_and_tile_altered_alike_still_show(log: Log) -> None:
    body = body_of(3, 1) + b" "
    await tampered(
        log.pool, "update entry set body = $1, leaf = $2 where matter_id = $3 and seq = 1",
        body, leaf_hash(body), matter_of(3),
    )  # fmt: skip
    tile = log.folder.path / "tile" / "0" / "000"
    content = tile.read_bytes()
    tile.write_bytes(content[: 3 * 32] + leaf_hash(body) + content[4 * 32 :])
    found = {(one.code, one.tile) for one in (await audit(log)).altered}
    assert ("receipt.tile_altered", "0/000") in found
    assert ("receipt.root_differs", "") in found


async def test_a_checkpoint_by_another_key_is_refused(log: Log) -> None:
    log.folder.publish((log.folder.checkpoint() or "").replace("\n600\n", "\n601\n"))
    with pytest.raises(Refusal) as refused:
        await audit(log)
    assert refused.value.code == "receipt.bad_signature"


async def test_erasing_what_is_personal_alters_nothing(log: Log) -> None:
    await log.pool.execute("insert into text values ($1, $1, 'detail', 'salt', 'words', null)", matter_of(1))
    await log.pool.execute("update text set body = null, salt = ''")
    await log.pool.execute("delete from text")
    await log.pool.execute("delete from vault_person")
    assert (await audit(log)).altered == ()


async def test_a_tree_of_three_levels(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    for first in range(0, ENTRIES, 20_000):
        await write(pool, [(n, 1) for n in range(first, min(ENTRIES, first + 20_000))])
    await published(log)
    await tampered(pool, "update entry set body = 'x' where matter_id = $1", matter_of(65_600))
    assert [(one.matter, one.index) for one in (await audit(log)).altered] == [(matter_of(65_600), 65_600)]
