"""Changes that arrive together are written together, each answered for itself."""

import asyncio
from collections.abc import Sequence

import pytest

from fakes.writing import change, id_of
from yuzhi.base.refusal import Refusal
from yuzhi.store.gathering import Gathering
from yuzhi.store.memory.store import MemoryStore
from yuzhi.store.unit import Change


class Slow(MemoryStore):
    """A store that writes when it is let, remembers its batches, and breaks as it is told."""

    def __init__(self, *, is_open: bool = True) -> None:
        super().__init__(())
        self.gate = asyncio.Event()
        self.batches: list[list[int]] = []
        self.bad: dict[int, Exception] = {}
        self.away: Exception | None = None
        self.at_once = 0
        self.most_at_once = 0
        if is_open:
            self.gate.set()

    async def save(self, changes: Sequence[Change]) -> None:
        self.batches.append([one.matter.int for one in changes])
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await self.gate.wait()
            if self.away is not None:
                raise self.away
            for one in changes:
                if one.matter.int in self.bad:
                    raise self.bad[one.matter.int]
            await super().save(changes)
        finally:
            self.at_once -= 1

    async def numbers(self) -> list[int]:
        return [one.matter.int async for batch in self.all_entries() for one in batch]


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def all_saved(gathering: Gathering, *changes: Change) -> list[BaseException | None]:
    return await asyncio.gather(*(gathering.save(one) for one in changes), return_exceptions=True)


async def test_what_arrives_while_others_are_written_goes_together() -> None:
    store = Slow(is_open=False)
    gathering = Gathering(store, flushers=1)
    saving = [asyncio.create_task(gathering.save(change(n))) for n in range(1, 11)]
    await settle()
    store.gate.set()
    await asyncio.gather(*saving)
    assert store.batches == [list(range(1, 11))]
    assert await store.numbers() == list(range(1, 11))


async def test_nothing_is_acknowledged_before_it_is_written() -> None:
    store = Slow(is_open=False)
    saving = asyncio.create_task(Gathering(store).save(change(1)))
    await settle()
    assert not saving.done()
    store.gate.set()
    await saving
    assert await store.numbers() == [1]


async def test_batches_and_transactions_at_once_are_bounded() -> None:
    store = Slow()
    gathering = Gathering(store, flushers=3, batch=7)
    await all_saved(gathering, *(change(n) for n in range(1, 200)))
    assert max(map(len, store.batches)) == 7
    assert store.most_at_once <= 3
    assert await store.numbers() == list(range(1, 200))


@pytest.mark.parametrize("error", [Refusal("store.row_exists", table="text"), ValueError("a bug")])
async def test_a_bad_change_never_fails_its_neighbours(error: Exception) -> None:
    store = Slow()
    store.bad = {3: error, 17: error}
    done = await all_saved(Gathering(store, batch=20), *(change(n) for n in range(1, 21)))
    assert [n for n, one in enumerate(done, start=1) if one is not None] == [3, 17]
    assert done[2] is error
    assert await store.numbers() == [n for n in range(1, 21) if n not in {3, 17}]


async def test_all_may_be_bad() -> None:
    store = Slow()
    store.bad = {n: Refusal("matter.stale") for n in range(1, 9)}
    done = await all_saved(Gathering(store), *(change(n) for n in range(1, 9)))
    assert {str(one) for one in done} == {"matter.stale"}


@pytest.mark.parametrize("code", ["store.unavailable", "store.full", "store.busy"])
async def test_an_outage_is_told_to_all_and_not_tried_in_halves(code: str) -> None:
    store = Slow()
    store.away = Refusal(code, retry_after=5)
    gathering = Gathering(store, flushers=1)
    done = await all_saved(gathering, *(change(n) for n in range(1, 33)))
    assert {one.code for one in done if isinstance(one, Refusal)} == {code}
    assert len(store.batches) == 1
    store.away = None
    await gathering.save(change(1))
    assert await store.numbers() == [1]


async def test_changes_of_one_matter_are_written_one_after_the_other_in_order() -> None:
    store = Slow()
    gathering = Gathering(store, flushers=4, batch=8)
    done = await all_saved(gathering, *(change(n, seq) for seq in range(1, 6) for n in (1, 2)))
    assert done == [None] * 10
    assert all(len(batch) == len(set(batch)) for batch in store.batches)
    assert [one.seq for one in (await store.entries([id_of(1)]))[id_of(1)]] == [1, 2, 3, 4, 5]


async def test_of_two_changes_for_one_place_the_first_wins() -> None:
    store = Slow()
    done = await all_saved(Gathering(store, flushers=4), change(1, said="first"), change(1, said="second"))
    assert done[0] is None
    assert isinstance(done[1], Refusal)
    assert b"first" in (await store.entries([id_of(1)]))[id_of(1)][0].body


async def test_a_busy_matter_holds_up_no_others() -> None:
    store = Slow(is_open=False)
    gathering = Gathering(store, flushers=2, batch=4)
    saving = [asyncio.create_task(gathering.save(change(1, seq))) for seq in range(1, 7)]
    await settle()
    saving.append(asyncio.create_task(gathering.save(change(2))))
    await settle()
    assert store.batches == [[1], [2]]
    store.gate.set()
    await asyncio.gather(*saving)


async def test_who_goes_away_does_not_stop_the_write() -> None:
    store = Slow(is_open=False)
    gathering = Gathering(store)
    leaving, staying = (asyncio.create_task(gathering.save(change(n))) for n in (1, 2))
    await settle()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    store.gate.set()
    await staying
    assert await store.numbers() == [1, 2]


async def test_nobody_hears_of_an_error_they_did_not_wait_for(caplog: pytest.LogCaptureFixture) -> None:
    store = Slow(is_open=False)
    store.bad = {1: ValueError("bad")}
    gathering = Gathering(store)
    leaving = asyncio.create_task(gathering.save(change(1)))
    await settle()
    leaving.cancel()
    await asyncio.wait([leaving])
    store.gate.set()
    await gathering.save(change(2))
    assert caplog.records == []


async def test_who_comes_when_too_many_wait_is_told_so_at_once() -> None:
    store = Slow(is_open=False)
    gathering = Gathering(store, flushers=1, batch=2, waiting=5)
    saving = []
    for n in range(1, 7):  # one is being written, five wait
        saving.append(asyncio.create_task(gathering.save(change(n))))
        await settle()
    with pytest.raises(Refusal) as refused:
        async with asyncio.timeout(5):
            await gathering.save(change(99))
    assert (refused.value.code, refused.value.facts["retry_after"]) == ("store.busy", 1)
    store.gate.set()
    await asyncio.gather(*saving)
    await gathering.save(change(99))


@pytest.mark.parametrize("moments", range(10))
async def test_nobody_is_left_waiting(moments: int) -> None:
    """Whoever comes just as the last batch is done finds somebody at work, or sets them to work."""
    store = Slow()
    gathering = Gathering(store, flushers=1)

    async def come_later() -> None:
        for _ in range(moments):
            await asyncio.sleep(0)
        await gathering.save(change(2))

    async with asyncio.timeout(5):
        await asyncio.gather(gathering.save(change(1)), come_later())
    assert await store.numbers() == [1, 2]


async def test_who_waits_is_let_go_when_the_writing_is_stopped() -> None:
    store = Slow(is_open=False)
    gathering = Gathering(store)
    saving = asyncio.create_task(gathering.save(change(1)))
    await settle()
    for task in gathering._flushing:
        assert task is not None
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await saving
