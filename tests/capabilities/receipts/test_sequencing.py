import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest

from fakes.logbook import ORIGIN, Ticking, a_log, matter_of, published, settled, write
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import Log, LogFolder, Published, audit, open_checkpoint, publish
from yuzhi.capabilities.receipts._checkpoint import Checkpoint
from yuzhi.capabilities.receipts._merkle import EMPTY_ROOT, consistency_path, continues
from yuzhi.capabilities.receipts._tiles import Place, Tile, TileNodes


def shown(log: Log) -> Checkpoint:
    note = log.folder.checkpoint()
    assert note is not None
    return open_checkpoint(note, log.verifiers()).checkpoint


async def order(pool: asyncpg.Pool) -> list[tuple[object, int]]:
    rows = await pool.fetch("select matter_id, seq from log_leaf order by leaf_index")
    return [(row["matter_id"], row["seq"]) for row in rows]


def proves_growth(log: Log, before: Checkpoint, after: Checkpoint) -> bool:
    path = consistency_path(TileNodes(log.folder.read_tile, after.size), before.size, after.size)
    return continues(before.size, before.root, after.size, after.root, path)


async def test_an_empty_journal_has_an_empty_tree(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    assert await published(log) == Published(size=0, added=0, is_behind=False)
    assert shown(log) == Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)


async def test_entries_become_leaves_in_their_order(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(300)])
    assert await published(log, batch=70) == Published(size=300, added=300, is_behind=False)
    first = shown(log)
    await write(pool, [(n, 2) for n in range(10)])
    assert await published(log) == Published(size=310, added=10, is_behind=False)
    assert await published(log) == Published(size=310, added=0, is_behind=False)
    assert await order(pool) == [(matter_of(n), 1) for n in range(300)] + [
        (matter_of(n), 2) for n in range(10)
    ]
    assert proves_growth(log, first, shown(log))
    assert (await audit(log)).altered == ()


async def test_a_late_commit_is_neither_overtaken_nor_missed(pool: asyncpg.Pool, tmp_path: Path) -> None:
    """One transaction draws positions before and after another's, and commits last."""
    log = a_log(pool, tmp_path)
    await published(log)
    async with pool.acquire() as slow, pool.acquire() as quick:
        late = slow.transaction()
        await late.start()
        await write(slow, [(1, 1)])
        await write(quick, [(2, 1)])
        await write(slow, [(3, 1)])
        held = await publish(log)
        assert held is not None
        assert held.size == 0  # entry 2 is committed, but 1 is still to come
        await late.commit()
        after = await published(log)
        await write(quick, [(4, 1)])
        last = await published(log)
    assert after is not None
    assert last is not None
    assert (after.size, last.size) == (3, 4)
    assert set(await order(pool)) == {(matter_of(n), 1) for n in (1, 2, 3, 4)}


async def test_positions_drawn_across_a_commit_are_all_found(pool: asyncpg.Pool, tmp_path: Path) -> None:
    """A settled entry may lie behind, in position, an unsettled one: going by positions would lose that."""
    log = a_log(pool, tmp_path)
    await published(log)
    async with pool.acquire() as first, pool.acquire() as second:
        one, two = first.transaction(), second.transaction()
        await one.start()
        await two.start()
        await write(first, [(1, 1)])
        await write(second, [(2, 1)])
        await write(first, [(3, 1)])
        await one.commit()
        between = await published(log)
        await two.commit()
    await published(log)
    assert between is not None
    assert between.size == 2
    assert sorted(seq for _, seq in await order(pool)) == [1, 1, 1]
    assert (await audit(log)).altered == ()


async def test_a_rolled_back_entry_leaves_no_gap(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    async with pool.acquire() as conn:
        with pytest.raises(asyncpg.UniqueViolationError):
            await write(conn, [(1, 1), (2, 1), (1, 1)])
        await write(conn, [(3, 1)])
    done = await published(log)
    assert done is not None
    assert done.size == 1


async def test_only_one_process_at_a_time(fresh_database: str, pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(600)])
    rounds = await asyncio.gather(*(publish(log, batch=20) for _ in range(4)))
    done = [one for one in rounds if one is not None]
    assert len(done) >= 1
    assert sum(one.added for one in done) == 600
    other = await asyncpg.connect(fresh_database)
    await other.execute("select pg_advisory_lock($1)", 0x79757A68_6C6F67)
    assert await publish(log) is None
    await other.close()
    assert (await publish(log)) is not None


async def test_a_checkpoint_comes_at_most_once_a_second(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path, now=Ticking(timedelta(milliseconds=150)))
    sizes = []
    for n in range(12):
        await write(pool, [(n, 1)])
        await publish(log)
        sizes.append(shown(log).size)
    signed = [
        row["signed_at"] for row in await pool.fetch("select signed_at from log_checkpoint order by size")
    ]
    gaps = [later - earlier for earlier, later in pairwise(signed)]
    assert len(gaps) >= 1
    assert min(gaps) >= timedelta(seconds=1)
    assert len(set(sizes)) < 6


class Breaking(LogFolder):
    """A folder that breaks down before its nth write, as a process that is killed there would leave it."""

    def __init__(self, folder: Path, after: int) -> None:
        super().__init__(folder)
        self.left = after

    def _use(self) -> None:
        if self.left == 0:
            raise ConnectionAbortedError
        self.left -= 1

    def write_tiles(self, tiles: Iterable[Tile]) -> None:
        for tile in tiles:
            self._use()
            super().write_tiles([tile])

    def publish(self, note: str) -> bool:
        self._use()
        return super().publish(note)


async def test_wherever_it_is_cut_off_it_goes_on(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    await published(log)
    cuts = 0
    n = 0
    for after in range(12):
        before = shown(log)
        keys = [(n + m, 1) for m in range(200)]
        n += 200
        await write(pool, keys)
        broken = replace(log, folder=Breaking(tmp_path / "log", after))
        await settled(pool)
        try:
            await publish(broken, batch=90)
        except Refusal:
            cuts += 1
            assert shown(log) == before
        done = await published(log)
        assert done is not None
        assert shown(log).size == n
        assert proves_growth(log, before, shown(log))
        assert (await audit(log)).altered == ()
    assert cuts >= 4


@asynccontextmanager
async def rewritten(pool: asyncpg.Pool, sql: str, *args: object) -> AsyncIterator[None]:
    """Alter what may only be added to, as somebody with all rights on the database could."""
    await pool.execute("alter table entry disable trigger all")
    await pool.execute("alter table log_leaf disable trigger all")
    await pool.execute(sql, *args)
    yield
    await pool.execute("alter table entry enable trigger all")
    await pool.execute("alter table log_leaf enable trigger all")


async def test_a_journal_restored_from_an_older_copy_is_not_signed(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(20)])
    await published(log)
    async with rewritten(pool, "delete from log_leaf where leaf_index >= 10"):
        await pool.execute("update log_state set size = 10")
        await pool.execute("delete from log_checkpoint")
    with pytest.raises(Refusal) as refused:
        await published(log)
    assert refused.value.code == "receipt.log_ahead"
    assert refused.value.facts == {"published": 20, "journal": 10}


async def test_an_altered_tile_is_not_built_upon(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(20)])
    await published(log)
    tile = tmp_path / "log" / "tile" / "0" / "000.p" / "20"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    await write(pool, [(99, 1)])
    with pytest.raises(Refusal) as refused:
        await published(log)
    assert refused.value.code == "receipt.tile_altered"


async def test_lost_tiles_are_built_anew_only_as_they_were(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(700)])
    await published(log)
    before = shown(log)
    (tmp_path / "log").rename(tmp_path / "lost")
    await write(pool, [(n, 2) for n in range(100)])
    await published(log)
    assert shown(log).size == 800
    assert proves_growth(log, before, shown(log))

    (tmp_path / "log").rename(tmp_path / "lost too")
    async with rewritten(pool, "update entry set body = 'x' where matter_id = $1", matter_of(3)):
        pass
    with pytest.raises(Refusal) as refused:
        await published(log)
    assert refused.value.code == "receipt.rebuilt_differs"
    assert log.folder.checkpoint() is None


async def test_another_origin_does_not_take_over_the_folder(pool: asyncpg.Pool, tmp_path: Path) -> None:
    await publish(a_log(pool, tmp_path))
    (tmp_path / "keys" / "log.key").unlink()
    with pytest.raises(Refusal) as refused:
        await publish(a_log(pool, tmp_path, origin="elsewhere.example/log"))
    assert refused.value.code == "receipt.other_log"


async def test_a_database_moved_to_another_server_goes_on(pool: asyncpg.Pool, tmp_path: Path) -> None:
    """There transaction numbers begin anew: old entries have higher ones than new entries."""
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(30)])
    await published(log)
    await write(pool, [(n, 2) for n in range(5)])  # not yet in order when it is moved
    async with rewritten(
        pool, "update entry set transaction = (transaction::text::bigint + 1000000)::text::xid8"
    ):
        await pool.execute("update log_state set server = 'another', transaction = '1000500'")
    await write(pool, [(n, 3) for n in range(5)])
    done = await publish(log, batch=7)
    assert done is not None
    assert done.size == 40
    await write(pool, [(n, 4) for n in range(5)])
    async with asyncio.timeout(20):
        while (done := await publish(log, batch=7)) is None or done.size < 45:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert len(set(await order(pool))) == 45
    assert (await audit(log)).altered == ()


async def test_partial_tiles_go_once_the_full_one_is_there(pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    await write(pool, [(n, 1) for n in range(200)])
    await published(log)
    partial = log.folder.read_tile(Place(0, 0, 200))
    assert log.folder.partial_places(Place(0, 0)) == [Place(0, 0, 200)]
    await write(pool, [(n, 2) for n in range(200)])
    await published(log)
    assert log.folder.partial_places(Place(0, 0)) == []
    assert log.folder.read_tile(Place(0, 0, 200)) == partial  # from the full one


async def test_the_log_can_only_be_added_to(pool: asyncpg.Pool) -> None:
    await pool.execute("insert into log_leaf values (0, $1, 1)", matter_of(1))
    for sql in ("update log_leaf set seq = 2", "delete from log_leaf", "truncate log_leaf"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(sql)
