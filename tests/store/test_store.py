"""One contract for both stores: what is saved is there whole, in order, once; a refusal leaves nothing."""

import asyncio
from collections.abc import Awaitable
from itertools import chain
from uuid import UUID

import asyncpg
import pytest

from fakes.writing import TABLES, change, id_of, key, link, text
from yuzhi.base.refusal import Refusal
from yuzhi.store.journal import StoredEntry, leaf_hash
from yuzhi.store.memory.store import MemoryStore
from yuzhi.store.postgres.store import MANY, PostgresStore

Store = MemoryStore | PostgresStore


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore(TABLES)
    pool: asyncpg.Pool = request.getfixturevalue("pool")
    return PostgresStore(pool, TABLES)


async def refused(saving: Awaitable[None]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await saving
    return caught.value


async def links(store: Store) -> set[tuple[UUID, str]]:
    if isinstance(store, MemoryStore):
        return {(row[0], row[2]) for row in store.rows["link"].values()}  # type: ignore[misc]
    async with store._using() as conn:
        return {(row["matter_id"], row["kind"]) for row in await conn.fetch("select * from link")}


async def everything(store: Store) -> list[StoredEntry]:
    return list(chain.from_iterable([batch async for batch in store.all_entries()]))


async def test_what_is_saved_is_read_as_it_was(store: Store) -> None:
    first, second = change(1, said="é 路 \U0001f6b0"), change(1, 2)
    await store.save([first])
    await store.save([second])
    read = (await store.entries([id_of(1), id_of(9)]))[id_of(1)]
    assert [(one.matter, one.seq, one.at, one.step, one.body, one.leaf) for one in read] == [
        (one.matter, one.seq, one.at, one.step, one.body, one.leaf) for one in (first.entry, second.entry)
    ]
    assert leaf_hash(read[0].body) == read[0].leaf


async def test_a_matter_without_entries_is_absent(store: Store) -> None:
    assert await store.entries([id_of(1)]) == {}
    assert await store.entries([]) == {}


async def test_nothing_to_save_is_nothing_saved(store: Store) -> None:
    await store.save([])
    assert await everything(store) == []


async def test_a_place_in_a_journal_is_taken_once(store: Store) -> None:
    await store.save([change(1, said="first")])
    assert (await refused(store.save([change(1, said="second")]))).code == "matter.stale"
    assert [one.body for one in await everything(store)] == [change(1, said="first").entry.body]


async def test_a_row_is_added_once(store: Store) -> None:
    await store.save([change(1, rows=text(1, "words", id=5))])
    refusal = await refused(store.save([change(2, rows=text(2, "others", id=5))]))
    assert (refusal.code, refusal.facts["table"]) == ("store.row_exists", "text")
    assert await store.texts([UUID(int=5)]) == {UUID(int=5): "words"}


async def test_a_row_twice_in_one_batch_is_a_conflict_too(store: Store) -> None:
    both = [change(1, rows=key("a", "k")), change(2, rows=key("a", "k"))]
    assert (await refused(store.save(both))).facts["table"] == "idempotency"
    assert await store.answer_to("a", "k") is None
    assert (await refused(store.save([change(1), change(1)]))).code == "matter.stale"


@pytest.mark.parametrize("many", [3, MANY + 1])
async def test_a_batch_is_written_whole_or_not_at_all(store: Store, many: int) -> None:
    await store.save([change(2)])
    batch = [change(n, rows=text(n, f"text {n}") | link(n, "child_of")) for n in range(1, many + 1)]
    assert (await refused(store.save(batch))).code == "matter.stale"
    assert [one.matter for one in await everything(store)] == [id_of(2)]
    assert await store.texts([UUID(int=n) for n in range(many + 1)]) == {}
    assert await links(store) == set()


@pytest.mark.parametrize("many", [3, MANY + 1])
async def test_a_row_that_exists_undoes_the_batch(store: Store, many: int) -> None:
    await store.save([change(500, rows=key("a", "k"))])
    batch = [change(n, rows=text(n, "x")) for n in range(1, many)] + [change(many, rows=key("a", "k"))]
    assert (await refused(store.save(batch))).facts["table"] == "idempotency"
    assert len(await everything(store)) == 1


async def test_many_new_matters_at_once_are_all_there(store: Store) -> None:
    await store.save([change(n, rows=text(n, str(n)) | link(n, "child_of")) for n in range(MANY * 2, 0, -1)])
    assert [one.matter for one in await everything(store)] == [id_of(n) for n in range(1, MANY * 2 + 1)]
    assert (await store.texts([UUID(int=7)]))[UUID(int=7)] == "7"
    assert len(await links(store)) == MANY * 2


async def test_the_newest_row_of_a_read_table_wins(store: Store) -> None:
    await store.save([change(1, rows=link(1, "child_of"))])
    await store.save([change(1, 2, rows=link(1, "duplicate_of")), change(2, rows=link(2, "child_of"))])
    assert await links(store) == {(id_of(1), "duplicate_of"), (id_of(2), "child_of")}


async def test_the_newest_row_wins_within_a_batch(store: Store) -> None:
    await store.save(
        [change(1, rows={"link": [*link(1, "child_of")["link"], *link(1, "follow_up_of")["link"]]})]
    )
    assert await links(store) == {(id_of(1), "follow_up_of")}


async def test_texts_are_found_and_the_unknown_absent(store: Store) -> None:
    await store.save([change(1, rows=text(1, "家里漏水\n\t'\"\\")), change(2, rows=text(2, None))])
    found = await store.texts([UUID(int=1), UUID(int=2), UUID(int=3)])
    assert found == {UUID(int=1): "家里漏水\n\t'\"\\", UUID(int=2): None}


async def test_answers_are_remembered_by_actor_and_key(store: Store) -> None:
    await store.save([change(1, rows=key("a", "k", b"one")), change(2, rows=key("b", "k", b"two"))])
    assert await store.answer_to("a", "k") == (b"digest", b"one")
    assert await store.answer_to("b", "k") == (b"digest", b"two")
    assert await store.answer_to("a", "other") is None
    assert await store.digests("a", ["k", "other"]) == {"k": b"digest"}


async def test_entries_are_numbered_as_they_come(store: Store) -> None:
    for n in (3, 1, 2):
        await store.save([change(n)])
    by_position = sorted(await everything(store), key=lambda entry: entry.position)
    assert [one.matter.int for one in by_position] == [3, 1, 2]


async def test_all_entries_come_by_matter_and_sequence(store: Store) -> None:
    for n, seq in ((2, 1), (1, 1), (2, 2), (1, 2), (1, 3)):
        await store.save([change(n, seq)])
    assert [(one.matter.int, one.seq) for one in await everything(store)] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (2, 2),
    ]


async def test_serial_numbers_are_given_to_one_only(store: Store) -> None:
    blocks = await asyncio.gather(*(store.serials() for _ in range(20)))
    numbers = list(chain.from_iterable(blocks))
    assert len(numbers) == len(set(numbers)) == sum(map(len, blocks))
    assert min(numbers) >= 1


async def test_of_two_at_once_one_is_stale(store: Store) -> None:
    await store.save([change(1)])
    done = await asyncio.gather(
        *(store.save([change(1, 2, said=str(n))]) for n in range(5)), return_exceptions=True
    )
    assert sum(one is None for one in done) == 1
    assert {one.code for one in done if isinstance(one, Refusal)} == {"matter.stale"}
    assert len(await everything(store)) == 2


async def test_a_conflict_frees_what_it_held(store: Store) -> None:
    await store.save([change(1)])
    for _ in range(8):  # more than the pool has connections
        await refused(store.save([change(1)]))
    await store.save([change(2)])
