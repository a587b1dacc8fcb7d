"""Readings from a real broker and from the inbox: judged, once, by one process, whatever goes away."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import msgspec
import pytest

from fakes.broker import a_broker, free_port
from fakes.served import Served, served
from yuzhi.capabilities.sensors import Reading, Sensor, StatusView, put_in_inbox, save_sensors, status
from yuzhi.doors.worker import sensing
from yuzhi.doors.worker.sensing import Broker
from yuzhi.engine.definition import Pack

TOWN = "330212001"


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(fresh_database, tmp_path) as made:
        covers = [Sensor(f"c{n}", f"井盖{n}号", TOWN) for n in range(20)]
        async with made.pool.acquire() as conn:
            await save_sensors(conn, covers, datetime.now(UTC))
        yield made


@asynccontextmanager
async def judging(city: Served, url: str = "", client: str = "test") -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()
    needs = replace(city.assembly.for_sensing(), broker=Broker(url, ("readings/#",), client))
    running = asyncio.create_task(sensing.run(needs, stop, ready.set))
    async with asyncio.timeout(20):
        await ready.wait()
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await running


async def now_is(city: Served) -> StatusView:
    async with city.pool.acquire() as conn:
        return await status(conn)


async def until(city: Served, holds: Callable[[StatusView], bool]) -> StatusView:
    seen = await now_is(city)
    try:
        async with asyncio.timeout(20):
            while not holds(seen):
                await asyncio.sleep(0.05)
                seen = await now_is(city)
    except TimeoutError:
        pytest.fail(f"it never came: {seen}")
    return seen


async def publish(url: str, *messages: tuple[str, bytes]) -> None:
    async with aiomqtt.Client("127.0.0.1", int(url.rpartition(":")[2]), username="post") as client:
        for topic, payload in messages:
            await client.publish(f"readings/{topic}", payload, qos=1)


async def subscribed(url: str, city: Served) -> None:
    """Return once what is published is heard."""
    heard = (await now_is(city)).counts.get("sensor.malformed", 0)

    async def knock() -> None:
        while True:
            await publish(url, ("x/cover_tilt", b"knock"))
            await asyncio.sleep(0.2)

    knocking = asyncio.create_task(knock())
    await until(city, lambda seen: seen.counts.get("sensor.malformed", 0) > heard)
    knocking.cancel()
    await asyncio.wait({knocking})


def tilted(value: float) -> bytes:
    return json.dumps({"value": value, "at": datetime.now(UTC).isoformat()}).encode()


async def count(city: Served) -> int:
    async with city.pool.acquire() as conn:
        found: int = await conn.fetchval("select count(*) from matter")
        return found


async def test_readings_from_a_broker_become_one_matter_an_alarm(city: Served) -> None:
    async with a_broker(free_port()) as url, judging(city, url):
        await subscribed(url, city)
        await publish(
            url, *((f"c{n % 4}/cover_tilt", tilted(45)) for n in range(40)), ("c0/cover_tilt", b"{")
        )
        seen = await until(city, lambda seen: seen.counts.get("taken", 0) >= 40)
        assert (seen.counts["opened"], len(seen.alarms), await count(city)) == (4, 4, 4)
        assert seen.counts["sensor.malformed"] >= 2


async def test_what_is_published_while_nobody_judges_is_judged_later(city: Served) -> None:
    async with a_broker(free_port()) as url:
        async with judging(city, url):
            await subscribed(url, city)
        await publish(url, *((f"c{n}/cover_tilt", tilted(45)) for n in range(5)))
        assert await count(city) == 0
        async with judging(city, url):
            await until(city, lambda seen: seen.counts.get("opened", 0) == 5)
        async with judging(city, url):
            await asyncio.sleep(0.3)
        assert await count(city) == 5


async def test_a_broker_that_comes_back_is_listened_to_again(
    city: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensing, "AGAIN", 0.05)
    port = free_port()
    async with judging(city, f"mqtt://city:x@127.0.0.1:{port}"):
        for sensor in ("c1", "c2"):
            async with a_broker(port) as url:
                await subscribed(url, city)
                await publish(url, (f"{sensor}/cover_tilt", tilted(45)))
                await until(city, lambda seen, sensor=sensor: any(one.key == sensor for one in seen.alarms))  # type: ignore[misc]
    assert await count(city) == 2


async def test_messages_for_which_there_is_no_room_are_counted() -> None:
    waiting = sensing._Waiting(2)
    for _ in range(5):
        waiting.put_nowait(aiomqtt.Message("x", b"1", 0, False, 0, None))
    assert (waiting.qsize(), waiting.dropped) == (2, 3)


async def test_a_second_process_waits_for_the_first_to_be_gone(
    city: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensing, "AGAIN", 0.05)
    told = asyncio.Event()
    stop = asyncio.Event()
    async with judging(city):
        second = asyncio.create_task(sensing.run(city.assembly.for_sensing(), stop, told.set))
        await put_in_inbox(city.pool, _tilted("c1"), datetime.now(UTC))
        await until(city, lambda seen: seen.counts.get("opened", 0) == 1)
        assert not told.is_set()
    async with asyncio.timeout(20):
        await told.wait()
    await put_in_inbox(city.pool, _tilted("c2"), datetime.now(UTC))
    seen = await until(city, lambda seen: seen.counts.get("opened", 0) == 2)
    assert seen.waiting == 0
    stop.set()
    await second


def _tilted(sensor: str) -> bytes:
    return msgspec.json.encode([Reading(sensor, "cover_tilt", 45, datetime.now(UTC))])


async def test_a_pack_that_comes_into_force_meanwhile_is_judged_by(city: Served) -> None:
    shelf = city.assembly.shelf
    packs: list[Pack] = [pack for pack in shelf.in_force if not pack.sensors]
    stop, ready, read = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def in_force() -> list[Pack]:
        read.set()
        return packs

    needs = replace(city.assembly.for_sensing(), packs=in_force)
    running = asyncio.create_task(sensing.run(needs, stop, ready.set))
    try:
        async with asyncio.timeout(20):
            await ready.wait()
        await put_in_inbox(city.pool, _tilted("c1"), datetime.now(UTC))
        await until(city, lambda seen: seen.counts.get("sensor.no_rule", 0) == 1)
        packs[:] = shelf.in_force
        read.clear()
        async with asyncio.timeout(20):
            await read.wait()
        await put_in_inbox(city.pool, _tilted("c1"), datetime.now(UTC))
        await until(city, lambda seen: seen.counts.get("opened", 0) == 1)
    finally:
        stop.set()
        await running
