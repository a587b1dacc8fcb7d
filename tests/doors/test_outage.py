"""The database goes away and comes back: clear answers meanwhile, work taken up again, all of it whole."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from httpx import Response

from fakes.served import CLERK, NEAR, Served, a_matter, served
from yuzhi.capabilities.matters import verify
from yuzhi.doors import worker
from yuzhi.store.migrations import migrate
from yuzhi.store.postgres.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of the file's own, for it is stopped and started."""
    folder = Path(tempfile.mkdtemp(prefix="yz-"))
    folder.chmod(0o755)
    made = Server(folder / "pg")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    await migrate(server.dsn)
    async with served(server.dsn, tmp_path_factory.mktemp("home")) as made:
        yield made


def away(answer: Response) -> str:
    assert answer.status_code == 503, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    code: str = answer.json()["code"]
    return code


async def everything(city: Served, matter: str) -> list[Response]:
    """Ask for everything that needs the database, at once."""
    asks: list[tuple[str, str, Any]] = [
        ("POST", "/matters", a_matter()), ("POST", f"/matters/{matter}/steps/dispatch", {"lead": "near"}),
        *(("GET", path, None) for path in (
            "/matters", "/matters/count", f"/matters/{matter}", f"/matters/{matter}/options",
            f"/matters/{matter}/journal", "/rates", "/changes",
        )),
    ]  # fmt: skip
    return list(await asyncio.gather(*(city.ask(method, path, json=body) for method, path, body in asks)))


async def test_away_and_back(city: Served, server: Server) -> None:
    matter = (await city.opened())["id"]
    await asyncio.to_thread(server.stop)
    for answer in await everything(city, matter):
        assert away(answer) == "store.unavailable"
    assert away(await city.client.get("/health/ready")) == "store.unavailable"
    assert (await city.client.get("/health/live")).status_code == 200

    await asyncio.to_thread(server.start)
    answer = await city.post("/matters", a_matter())
    assert answer.status_code == 201, answer.text
    assert (await city.client.get("/health/ready")).status_code == 200
    assert (await city.step(matter, "dispatch", lead="near")).status_code == 200
    assert (await city.step(matter, "sign", NEAR)).status_code == 200


async def test_going_away_amid_requests(city: Served, server: Server) -> None:
    """Whoever was told yes is there afterwards; whoever was told nothing asks again with the same key."""
    told: dict[str, str] = {}
    is_over = asyncio.Event()

    async def open_some(name: str) -> None:
        n = 0
        while not is_over.is_set():
            key = f"{name}/{n}"
            answer = await city.post("/matters", a_matter(), headers={"Idempotency-Key": key})
            if answer.status_code == 201:
                told[key] = answer.json()["id"]
                n += 1
            else:
                away(answer)
                await asyncio.sleep(0.05)

    async def more(than: int) -> int:
        async with asyncio.timeout(60):
            while len(told) <= than:  # noqa: ASYNC110 - others tell
                await asyncio.sleep(0.02)
        return len(told)

    opening = [asyncio.create_task(open_some(f"client {n}")) for n in range(6)]
    await more(24)
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(0.2)
    before = len(told)
    await asyncio.to_thread(server.start)
    await more(before + 24)
    is_over.set()
    await asyncio.gather(*opening)
    rows = await city.pool.fetch("select id from matter where id = any($1::uuid[])", list(told.values()))
    assert len(rows) == len(told)
    keys = await city.pool.fetch("select key from idempotency where actor = $1", f"post:{CLERK}")
    assert {row["key"] for row in keys} >= set(told)
    assert (await verify(city.assembly.store)).faults == ()


async def test_the_worker_goes_on_when_it_is_back(city: Served, server: Server) -> None:
    matter = (await city.opened())["id"]
    needs = city.assembly.for_worker()
    later = needs.now() + timedelta(days=30)
    stop = asyncio.Event()
    await asyncio.to_thread(server.stop)
    working = asyncio.create_task(worker.run(replace(needs, now=lambda: later), stop))
    await asyncio.sleep(0.5)
    assert not working.done()
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(20):
        is_breached = "select is_breached from matter where id = $1"
        while not await city.pool.fetchval(is_breached, matter):  # noqa: ASYNC110 - it is a row
            await asyncio.sleep(0.05)
    stop.set()
    async with asyncio.timeout(10):
        await working
    assert (await verify(city.assembly.store)).faults == ()
