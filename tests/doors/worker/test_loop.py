"""The worker's rounds: they go on whatever happens, hurry when there is more to do, and stop when told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from fakes.served import Served, served
from yuzhi.base.refusal import Refusal
from yuzhi.doors import worker
from yuzhi.doors.worker import WorkerNeeds, _Clocks, _loop


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(fresh_database, tmp_path) as made:
        yield made


class Rounds:
    """Work that does as it is told, round by round, and stops the loop after the last one."""

    def __init__(self, *results: bool | Exception) -> None:
        self.results = list(results)
        self.stop = asyncio.Event()
        self.at: list[float] = []

    async def __call__(self) -> bool:
        self.at.append(asyncio.get_running_loop().time())
        result = self.results.pop(0)
        if not self.results:
            self.stop.set()
        if isinstance(result, Exception):
            raise result
        return result

    async def run(self, idle: float = 0.05) -> list[float]:
        """Run the loop and return the pauses between rounds."""
        async with asyncio.timeout(20):
            await _loop("work", self, self.stop, idle)
        return [later - earlier for earlier, later in zip(self.at, self.at[1:], strict=False)]


async def test_rounds_follow_at_once_while_there_is_more_to_do() -> None:
    pauses = await Rounds(True, True, True, False, False).run(1)
    assert max(pauses[:3]) < 0.9
    assert pauses[3] >= 0.9


@pytest.mark.parametrize("trouble", [Refusal("store.unavailable"), ValueError("a bug"), OSError("no route")])
async def test_trouble_ends_no_loop(trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "AWAY", 0.1)
    pauses = await Rounds(trouble, trouble, False).run(0.0)
    assert len(pauses) == 2
    assert min(pauses) >= 0.08


async def test_a_step_that_slipped_in_is_no_trouble() -> None:
    assert max(await Rounds(Refusal("matter.stale"), Refusal("matter.stale"), False).run(0.01)) < 1


async def test_being_told_to_stop_ends_a_pause() -> None:
    rounds = Rounds(False, False)
    running = asyncio.create_task(_loop("work", rounds, rounds.stop, 3600.0))
    await asyncio.sleep(0.05)
    rounds.stop.set()
    async with asyncio.timeout(20):
        await running
    assert len(rounds.at) == 1


async def test_a_worker_stops_when_told(city: Served) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(city.assembly.for_worker(), stop))
    await asyncio.sleep(0.2)
    assert not working.done()
    stop.set()
    async with asyncio.timeout(10):
        await working


async def test_clocks_and_letters_are_worked_off(city: Served) -> None:
    matter = (await city.opened())["id"]
    needs = city.assembly.for_worker()
    later = replace(needs, now=lambda: needs.now() + timedelta(days=30))
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(later, stop))
    async with asyncio.timeout(20):
        while await _has_work(city, UUID(matter)):  # noqa: ASYNC110 - it is rows
            await asyncio.sleep(0.05)
    stop.set()
    await working


async def _has_work(city: Served, matter: UUID) -> bool:
    breached = await city.pool.fetchval("select is_breached from matter where id = $1", matter)
    waiting = await city.pool.fetchval("select count(*) from delivery where state in ('queued', 'sending')")
    return not breached or waiting > 0


async def test_what_is_stuck_is_left_out_for_a_while_and_tried_again(city: Served) -> None:
    matter = UUID((await city.opened())["id"])
    async with city.pool.acquire() as conn, conn.transaction():
        await conn.execute("alter table entry disable trigger user")
        await conn.execute("update entry set body = 'nothing' where matter_id = $1", matter)
        await conn.execute("alter table entry enable trigger user")
    needs = city.assembly.for_worker()
    now = needs.now() + timedelta(days=30)
    clocks = _Clocks(_at(needs, now))
    assert await clocks.round() is False
    assert clocks._stuck == {matter: now}
    clocks._needs = _at(needs, now + timedelta(minutes=1))
    await clocks.round()
    assert clocks._stuck == {matter: now}
    clocks._needs = _at(needs, now + timedelta(minutes=11))
    await clocks.round()
    assert clocks._stuck == {matter: now + timedelta(minutes=11)}


def _at(needs: WorkerNeeds, now: datetime) -> WorkerNeeds:
    return replace(needs, now=lambda: now)
