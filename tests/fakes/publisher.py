"""A process of its own that publishes a log until it is killed: `python publisher.py DSN HOME`."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from fakes.logbook import Ticking, a_log
from yuzhi.capabilities.receipts import publish
from yuzhi.store.postgres.pool import open_pool


async def main(dsn: str, home: Path) -> None:
    """Publish without a pause, in small batches."""
    pool = await open_pool(dsn, size=2, name="yuzhi test publisher")
    log = a_log(pool, home, now=Ticking(timedelta(seconds=1)))
    print("ready", flush=True)  # noqa: T201 - whoever started us waits for it
    while True:
        await publish(log, batch=60)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
