"""Those on duty are called when nobody works, or nobody backs up: once, and by whoever noticed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.served import Served, served
from yuzhi.capabilities.condition import LimitsView
from yuzhi.capabilities.deliveries import Channel, Letter
from yuzhi.doors.worker.watching import WatchNeeds, look

START = datetime.now(UTC)


class Taken:
    """A carrier that keeps what it was given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def carry(self, letter: Letter) -> None:
        self.letters.append(letter)


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(fresh_database, tmp_path) as made:
        yield made


def watching(city: Served, taken: Taken, hours: int = 0, after: timedelta = timedelta()) -> WatchNeeds:
    made = city.assembly.for_watching()
    channel = Channel(name="bell", reaches=frozenset({"units"}), carrier=taken, units={"hall": "there"})
    return replace(
        made, room=replace(made.room, channels=(channel,)), told=lambda: ("hall",),
        limits=LimitsView(5, hours), now=lambda: START + after,
    )  # fmt: skip


async def test_nobody_is_called_while_a_worker_may_still_come_up(city: Served) -> None:
    taken = Taken()
    await look(watching(city, taken, after=timedelta(minutes=4)), START)
    assert taken.letters == []


async def test_a_worker_that_is_away_is_told_once_by_inbox_and_channel(city: Served) -> None:
    taken = Taken()
    for minutes in (6, 7):
        await look(watching(city, taken, after=timedelta(minutes=minutes)), START)
    [letter] = taken.letters
    assert (letter.unit, letter.name) == ("hall", "condition.worker_away")
    rows = await city.assembly.pool.fetch("select unit, title, matter_id from notice")
    assert [(row["unit"], row["matter_id"]) for row in rows] == [("hall", None)]
    assert "没有后台进程" in rows[0]["title"]


async def test_it_is_told_again_when_a_worker_came_and_went(city: Served) -> None:
    taken = Taken()
    await look(watching(city, taken, after=timedelta(minutes=6)), START)
    await city.assembly.pool.execute(
        "insert into process_beat values (gen_random_uuid(), 'worker', 'h', 1, '1', $1, $1, $1, '{}')",
        START + timedelta(minutes=8),
    )
    await look(watching(city, taken, after=timedelta(minutes=9)), START)
    assert len(taken.letters) == 1
    await look(watching(city, taken, after=timedelta(minutes=14)), START)
    assert len(taken.letters) == 2


async def test_an_old_backup_is_told_once_a_day(city: Served) -> None:
    taken = Taken()
    noon = timedelta(days=2)
    for after in (noon, noon + timedelta(seconds=30), noon + timedelta(days=1)):
        found = watching(city, taken, hours=26, after=after)
        await look(replace(found, limits=LimitsView(1440 * 9, 26)), START + after)
    assert [one.name for one in taken.letters] == ["condition.no_backup"] * 2
