import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from fakes.bulk import Seen, a_file, a_mapping, a_row, a_store, an_office, imported
from fakes.keys import told
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.intake import Imported
from yuzhi.capabilities.matters import Office, verify
from yuzhi.store.memory.store import MemoryStore
from yuzhi.store.postgres.store import PostgresStore
from yuzhi.store.unit import Change


def real(office: Office) -> Office:
    return replace(office, chance=os.urandom)


def subjects(store: MemoryStore) -> set[str]:
    return {str(row[4]) for row in store.rows["text"].values() if row[2] == "subject"}


async def test_a_row_becomes_a_matter_with_its_own_time_and_its_requester_in_the_vault(
    tmp_path: Path,
) -> None:
    store = a_store()
    done = await imported(an_office(store), a_file(tmp_path, [a_row(1)]), Seen())
    assert done == Imported(rows=1, loaded=1, there=0, refused=0)
    (entry,) = [one async for batch in store.all_entries() for one in batch]
    assert entry.at == datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
    assert b"user1" not in entry.body
    assert [told(row).name for row in store.rows["vault_person"].values()] == ["user1"]
    assert [row[0] for row in store.rows["idempotency"].values()] == ["import:town"]
    assert store.rows["delivery"] == {}, "nobody is written to about what is long past"
    started = next(row for row in store.rows["clock"].values() if row[1] == "handle")
    assert started[7] == datetime(2026, 3, 9, 16, tzinfo=UTC), "five workdays from the original time"


async def test_letters_go_out_when_the_mapping_wants_them(tmp_path: Path) -> None:
    store = a_store()
    mapping = a_mapping(('key = "no"', 'key = "no"\nletters = true'))
    await imported(an_office(store), a_file(tmp_path, [a_row(1)]), Seen(), mapping)
    assert {row[3] for row in store.rows["delivery"].values()} >= {"received"}


async def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    store = a_store()
    office = real(an_office(store))
    file = a_file(tmp_path, [a_row(no) for no in range(1, 1201)])
    assert (await imported(office, file, Seen())).loaded == 1200
    assert await imported(office, file, Seen()) == Imported(rows=1200, loaded=0, there=1200, refused=0)
    assert len(store.rows["matter"]) == 1200


async def test_without_a_key_column_the_same_file_again_adds_nothing_either(tmp_path: Path) -> None:
    store = a_store()
    mapping = a_mapping(('key = "no"\n', ""))
    file = a_file(tmp_path, [a_row(1), a_row(1), a_row(2)])
    assert (await imported(real(an_office(store)), file, Seen(), mapping)).loaded == 3
    assert (await imported(real(an_office(store)), file, Seen(), mapping)).there == 3


async def test_bad_rows_are_told_and_hinder_nobody(tmp_path: Path) -> None:
    store, seen = a_store(), Seen()
    rows = [
        a_row(1),
        a_row(2, title=""),
        a_row(3, title="长" * 201),
        a_row(4, text="长" * 20_001),
        a_row(5, at="yesterday"),
        a_row(6, at="2026-12-24 00:00:00"),
        a_row(7, at="1999-05-01 10:00:00"),
        a_row(8, field="火星"),
        a_row(9, text="nul \x00 inside"),
        a_row(1, title="another row with a used key"),
        a_row(1),
        a_row(" "),
        a_row("k" * 151),
        a_row(14),
    ]
    done = await imported(real(an_office(store)), a_file(tmp_path, rows), seen)
    assert seen.codes == [
        (3, "opening.subject_missing"),
        (4, "text.too_long"),
        (5, "text.too_long"),
        (6, "time.unreadable"),
        (7, "time.in_future"),
        (8, "calendar.year_not_loaded"),
        (9, "value.not_in_table"),
        (10, "text.control_character"),
        (11, "key.repeated"),
        (13, "key.missing"),
        (14, "key.too_long"),
    ]
    assert done == Imported(rows=14, loaded=2, there=1, refused=11)
    assert subjects(store) == {"路灯不亮 1", "路灯不亮 14"}
    assert seen.moved == 14


async def test_rows_without_a_time_are_spread_the_same_way_every_time(tmp_path: Path) -> None:
    times = []
    for _ in range(2):
        store = a_store()
        await imported(
            real(an_office(store)), a_file(tmp_path, [a_row(no, at="") for no in range(200)]), Seen()
        )
        times.append(sorted((str(row[1]), row[16]) for row in store.rows["matter"].values()))
    assert [at for _, at in times[0]] == [at for _, at in times[1]]
    opened = [at for _, at in times[0] if isinstance(at, datetime)]
    assert min(opened) >= datetime(2024, 12, 31, 16, tzinfo=UTC)
    assert max(opened) < datetime(2025, 1, 31, 16, tzinfo=UTC)
    assert len({at.date() for at in opened}) > 20


async def test_without_a_stated_period_a_row_without_a_time_is_refused(tmp_path: Path) -> None:
    seen = Seen()
    mapping = a_mapping(("missing = {from = 2025-01-01, to = 2025-02-01}\n", ""))
    await imported(an_office(a_store()), a_file(tmp_path, [a_row(1, at="")]), seen, mapping)
    assert seen.codes == [(2, "time.missing")]


async def test_a_dry_run_reads_everything_and_writes_nothing(tmp_path: Path) -> None:
    store, seen = a_store(), Seen()
    file = a_file(tmp_path, [a_row(1), a_row(2, at="?"), a_row(3)])
    done = await imported(an_office(store), file, seen, is_dry=True)
    assert (done.loaded, done.refused) == (2, 1)
    assert not store.rows["matter"]
    assert not store.rows["idempotency"]


async def test_no_more_rows_are_looked_at_than_asked_for(tmp_path: Path) -> None:
    file = a_file(tmp_path, [a_row(no) for no in range(50)])
    assert (await imported(real(an_office(a_store())), file, Seen(), most=7)).rows == 7


async def test_those_who_draw_turns_take_the_whole_file_between_them_and_each_row_once(
    tmp_path: Path,
) -> None:
    store, turns = a_store(), count()
    file = a_file(tmp_path, [a_row(no) for no in range(4700)])
    together = [imported(real(an_office(store)), file, Seen(), turns=turns) for _ in range(3)]
    done = await asyncio.gather(*together)
    assert sum(one.rows for one in done) == 4700
    assert all(one.loaded == one.rows > 0 for one in done)
    assert len(store.rows["matter"]) == 4700


class Failing(MemoryStore):
    """A store that goes away after some batches, or refuses whatever holds a certain subject."""

    def __init__(self, *, batches: int = 99, poison: str = "") -> None:
        super().__init__(matters.TABLES)
        self._left = batches
        self._poison = poison

    async def save(self, changes: Sequence[Change]) -> None:
        if self._left == 0:
            raise Refusal("store.unavailable", retry_after=5)
        if self._poison and any(self._poison in str(row) for one in changes for row in one.rows["text"]):
            raise Refusal("store.row_exists", table="text")
        self._left -= 1
        await super().save(changes)


async def test_a_row_the_database_refuses_is_found_and_its_neighbours_go_in(tmp_path: Path) -> None:
    store, seen = Failing(poison="路灯不亮 77"), Seen()
    file = a_file(tmp_path, [a_row(no) for no in range(1, 601)])
    done = await imported(real(an_office(store)), file, seen)
    assert (done.loaded, seen.codes) == (599, [(78, "store.row_exists")])


async def test_when_the_database_goes_away_the_import_stops_and_goes_on_later(tmp_path: Path) -> None:
    store = Failing(batches=2)
    file = a_file(tmp_path, [a_row(no) for no in range(2000)])
    with pytest.raises(Refusal, match=r"store\.unavailable"):
        await imported(real(an_office(store)), file, Seen())
    assert len(store.rows["matter"]) == 1000
    store._left = 99
    done = await imported(real(an_office(store)), file, Seen())
    assert (done.loaded, done.there) == (1000, 1000)
    assert len(subjects(store)) == 2000


async def test_two_imports_of_one_file_at_once_leave_each_row_once(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    store = PostgresStore(pool, matters.TABLES)
    file = a_file(tmp_path, [a_row(no) for no in range(600)])
    office = real(an_office(store))
    both = await asyncio.gather(imported(office, file, Seen()), imported(office, file, Seen()))
    assert [one.refused for one in both] == [0, 0]
    assert sum(one.loaded for one in both) == sum(one.there for one in both) == 600
    assert await pool.fetchval("select count(*) from matter") == 600
    assert not (await verify(store)).faults
