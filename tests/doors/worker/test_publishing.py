import asyncio
from pathlib import Path

from yuzhi.doors import worker
from yuzhi.settings import Settings
from yuzhi.wiring.office import assembled


async def test_the_worker_publishes_the_log(fresh_database: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=fresh_database, log_origin="city.example/log")
    stop = asyncio.Event()
    async with assembled(settings, fresh_database, name="yuzhi test") as city:
        needs = city.for_worker()
        working = asyncio.create_task(worker.run(needs, stop))
        async with asyncio.timeout(20):
            while (shown := needs.log.folder.checkpoint()) is None:  # noqa: ASYNC110 - it is a file
                await asyncio.sleep(0.02)
        stop.set()
        await working
    assert shown.splitlines()[:2] == ["city.example/log", "0"]
