"""Server-Sent Events: what one may see, as it happens, and on from where one left off without loss."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from httpx import AsyncClient, Response

from fakes.served import CLERK, FAR, NEAR, RESIDENT, Served, listening, served
from yuzhi.doors.api import hang_up

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class City:
    served: Served
    client: AsyncClient


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with (
        served(own_database, tmp_path_factory.mktemp("home")) as made,
        listening(made.app) as address,
        AsyncClient(base_url=address, timeout=10) as client,
    ):
        yield City(made, client)


@dataclass
class Event:
    id: str
    about: dict[str, Any]


class Stream:
    """An open stream of events; comments are passed over."""

    def __init__(self, answer: Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self) -> Event:
        """Return the next event; there has to be one soon."""
        async with asyncio.timeout(5):
            return await self._event()

    async def some(self, size: int) -> list[Event]:
        return [await self.next() for _ in range(size)]

    async def is_silent(self) -> bool:
        """Say whether nothing comes for longer than news takes."""
        try:
            async with asyncio.timeout(0.7):
                await self._event()
        except TimeoutError:
            return True
        return False

    async def is_over(self) -> bool:
        async with asyncio.timeout(5):
            return [line async for line in self._lines if line.startswith("data")] == []

    async def place(self) -> str:
        """Return where the stream begins, told before anything else."""
        async with asyncio.timeout(5):
            async for line in self._lines:
                if line.startswith("id: "):
                    return line.removeprefix("id: ")
        raise AssertionError("the stream has ended")

    async def _event(self) -> Event:
        told: dict[str, str] = {}
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if name:
                told[name] = value
            elif not line and "data" in told:
                assert told["event"] == "matter"
                return Event(told["id"], json.loads(told["data"]))
        raise AssertionError("the stream has ended")


@asynccontextmanager
async def listens(city: City, by: str = CLERK, *, after: str = "") -> AsyncIterator[Stream]:
    """Lend a stream that has begun."""
    headers = {"X-Yuzhi-Requester" if by == RESIDENT else "X-Yuzhi-Post": by}
    headers |= {"Last-Event-ID": after} if after else {}
    async with city.client.stream("GET", "/api/v1/changes", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


async def test_what_happens_is_told_as_it_happens(city: City) -> None:
    async with listens(city) as stream:
        opened = await city.served.opened()
        told = (await stream.next()).about
        assert (told["matter"], told["number"], told["step"]) == (opened["id"], opened["number"], "open")
        assert (told["version"], told["state"]) == (1, "received")
        assert told["procedure"] == opened["procedure"]
        await city.served.step(opened["id"], "dispatch", lead="near")
        assert (await stream.next()).about["state"] == "dispatched"
        assert "subject" not in told


async def test_everybody_hears_what_is_theirs(city: City) -> None:
    async with listens(city, NEAR) as near, listens(city, FAR) as far, listens(city, RESIDENT) as resident:
        theirs = await city.served.opened(RESIDENT, channel="web")  # lies near
        assert (await near.next()).about["matter"] == theirs["id"]
        assert (await resident.next()).about["matter"] == theirs["id"]
        other = await city.served.opened(territory="330212002")
        assert (await far.next()).about["matter"] == other["id"]
        await city.served.step(theirs["id"], "dispatch", lead="far")
        assert (await far.next()).about["matter"] == theirs["id"]  # now it is their work
        assert (await near.next()).about["matter"] == theirs["id"]
        assert (await resident.next()).about["matter"] == theirs["id"]
        assert await near.is_silent()
        assert await resident.is_silent()


async def test_one_goes_on_where_one_left_off(city: City) -> None:
    async with listens(city) as stream:
        await city.served.opened()
        last = await stream.next()
    missed = [(await city.served.opened())["id"] for _ in range(5)]
    async with listens(city, after=last.id) as stream:
        later = asyncio.create_task(city.served.opened())
        events = await stream.some(6)
        assert [one.about["matter"] for one in events] == [*missed, (await later)["id"]]
    async with listens(city, after=events[2].id) as stream:
        assert [one.id for one in await stream.some(3)] == [one.id for one in events[3:]]


async def test_who_heard_nothing_yet_goes_on_from_where_listening_began(city: City) -> None:
    async with listens(city) as stream:
        here = await stream.place()
    missed = (await city.served.opened())["id"]
    async with listens(city, after=here) as stream:
        assert (await stream.next()).about["matter"] == missed


async def test_nothing_is_lost_or_told_twice_while_one_comes_and_goes(city: City) -> None:
    async with listens(city) as stream:
        opened = [(await city.served.opened())["id"]]
        last = (await stream.next()).id
    seen: list[str] = []

    async def open_many() -> None:
        for _ in range(30):
            opened.append((await city.served.opened())["id"])
            await asyncio.sleep(0.01)

    writing = asyncio.create_task(open_many())
    while len(seen) < 30:
        async with listens(city, after=last) as stream:
            for event in await stream.some(min(7, 30 - len(seen))):
                seen.append(event.about["matter"])
                last = event.id
    await writing
    assert seen == opened[1:]


async def test_many_listen_to_one_reader(city: City) -> None:
    async with listens(city) as one, listens(city) as two, listens(city) as three:
        opened = await city.served.opened()
        for stream in (one, two, three):
            assert (await stream.next()).about["matter"] == opened["id"]
            assert await stream.is_silent()


async def test_who_comes_at_the_same_time_is_told_once(city: City) -> None:
    async def listen(results: list[bool]) -> None:
        async with listens(city) as stream:
            ready.release()
            found = await stream.next()
            results.append(found.about["matter"] == (await opening)["id"] and await stream.is_silent())

    await asyncio.sleep(0.5)  # until nobody reads any more
    ready, results = asyncio.Semaphore(0), list[bool]()
    opening: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    listeners = [asyncio.create_task(listen(results)) for _ in range(6)]
    for _ in listeners:
        await ready.acquire()
    opening.set_result(await city.served.opened())
    await asyncio.gather(*listeners)
    assert results == [True] * 6


@pytest.mark.parametrize("after", ["x", "1", "1-", "-1", "1-2-3", "9" * 30 + "-1", "１-１"])
async def test_a_place_that_is_none_is_refused(city: City, after: str) -> None:
    headers = {"X-Yuzhi-Post": CLERK, "Last-Event-ID": after.encode()}
    answer = await city.client.get("/api/v1/changes", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert answer.json()["code"] in {"list.bad_cursor", "request.malformed"}


async def test_a_place_of_another_server_means_from_now_on(city: City) -> None:
    async with listens(city, after="999999999999999999-1") as stream:
        opened = await city.served.opened()
        assert (await stream.next()).about["matter"] == opened["id"]


async def test_all_streams_end_when_the_process_is_about_to(city: City) -> None:
    async with listens(city) as stream:
        await city.served.opened()
        await stream.next()
        hang_up(city.served.app)
        assert await stream.is_over()
