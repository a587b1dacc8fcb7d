"""Letters drained to a server that is killed and started again all the while: is one lost, and how fast.

Run `python -m bench.deliveries [--json FILE] [--count N] [--restarts N] [--workers N]`. Letters about real
matters lie in the outbox; a real `yuzhi worker` writes each, puts it into its unit's inbox and posts it,
signed, to a webhook in a process of its own, which is killed and away for two seconds again and again. What
arrived is counted by id on the other side. Limit: requests of the same size to the same server, sent by the
same client as many at once, with no database and no letters behind them.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import msgspec

from bench._figures import Figure, finish
from bench._home import Home, a_home, memory_of
from yuzhi.base.actor import Actor
from yuzhi.capabilities import matters
from yuzhi.capabilities.deliveries._hosts import Hosts
from yuzhi.capabilities.deliveries._http import Limits, Poster
from yuzhi.capabilities.deliveries._signing import secret_of, signed_headers
from yuzhi.capabilities.matters import NewMatter, OpenedView
from yuzhi.wiring.office import Assembly, now

COUNT = 200_000
MATTERS = 200
RESTARTS = 5
AWAY = 2.0  # seconds
AT_ONCE = 64
BARE = 8_000
UNIT = "bench-unit"
SECRET = "whsec_a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
PATIENCE = 3600.0  # seconds

CHANNELS = """
[channels.bus]
kind = "webhook"
to = ["units"]
hosts = ["http://127.0.0.1:{port}"]
secrets = ["{secret}"]
at_once = {at_once}
units = {{ {unit} = "http://127.0.0.1:{port}/hook" }}
"""


class Receiver:
    """The other side: started, killed, started again on the same port, writing on in the same file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench._receiver", str(self.port), str(self.file)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def taken(self) -> list[bytes]:
        """Return the ids it said yes to, in order."""
        return self.file.read_bytes().split() if self.file.exists() else []


@contextmanager
def receiving(file: Path) -> Iterator[Receiver]:
    """Run the other side."""
    made = Receiver(file)
    made.start()
    try:
        yield made
    finally:
        made.kill()


async def fill(all_: Assembly, count: int) -> None:
    """Open some matters and queue letters about them, as many to each."""
    by = Actor(hand="import", id="bench", duties=frozenset({"intake_desk", "requester"}))
    ids = []
    for _ in range(min(MATTERS, count)):
        ask = NewMatter(
            procedure="citizen-request", kind="complaint", channel="hotline", subject="路灯不亮",
            detail="小区门口的路灯三天不亮了，夜里很黑。",
        )  # fmt: skip
        made = await matters.open_matter(all_.office, ask, by, now())
        ids.append(msgspec.json.decode(made, type=OpenedView).id)
    at = now() - timedelta(seconds=1)
    rows = [
        (uuid4(), ids[n % len(ids)], 1, "dispatched", "assignee", UNIT, "queued", at, at)
        for n in range(count)
    ]
    await all_.pool.execute("update delivery set state = 'sent', next_at = null")
    async with all_.pool.acquire() as conn:
        columns = ("id", "matter_id", "seq", "letter", "audience", "unit", "state", "next_at", "created_at")
        await conn.copy_records_to_table("delivery", records=rows, columns=columns)
        await conn.execute("analyze delivery")


async def drained(home: Home, receiver: Receiver, count: int, restarts: int) -> float:
    """Wait until every letter is sent, killing the other side on the way; return the seconds it took."""
    begun = time.monotonic()
    marks = [count * (n + 1) // (restarts + 1) for n in range(restarts)]
    async with home.opened() as all_:
        while time.monotonic() - begun < PATIENCE:
            if marks and receiver.file.exists() and receiver.file.stat().st_size // 37 >= marks[0]:
                marks.pop(0)
                receiver.kill()
                await asyncio.sleep(AWAY)
                receiver.start()
            if await _is_done(all_.pool):
                return time.monotonic() - begun
            await asyncio.sleep(0.2)
    raise TimeoutError("letters are still waiting")


async def _is_done(pool: asyncpg.Pool) -> bool:
    # The index of what waits makes this cheap, however much has been sent.
    left: UUID | None = await pool.fetchval("select id from delivery where next_at is not null limit 1")
    return left is None


async def bare(receiver: Receiver) -> float:
    """Send requests with nothing behind them; return how many a second."""
    poster = Poster(Hosts([f"http://127.0.0.1:{receiver.port}"]), limits=Limits(idle=AT_ONCE))
    key, url = (secret_of(SECRET),), f"http://127.0.0.1:{receiver.port}/hook"
    body = b"x" * 520
    left = iter(range(BARE))

    async def hand() -> None:
        for n in left:
            await poster.post(url, signed_headers(key, f"{n:036}", now(), body), body)

    begun = time.perf_counter()
    await asyncio.gather(*(hand() for _ in range(AT_ONCE)))
    poster.close()
    return BARE / (time.perf_counter() - begun)


def measure(home: Home, count: int, restarts: int, workers: int) -> list[Figure]:
    """Fill an outbox and let workers drain it."""
    folder = home.settings.home
    with receiving(folder / "bare") as receiver:
        limit = asyncio.run(bare(receiver))
    channels = folder / "channels.toml"
    with receiving(folder / "taken") as receiver:
        told = CHANNELS.format(port=receiver.port, secret=SECRET, at_once=AT_ONCE, unit=UNIT)
        channels.write_text(told, encoding="utf-8")
        asyncio.run(_filled(home, count))
        working = [home.start("worker", "--json", YUZHI_CHANNELS=str(channels)) for _ in range(workers)]
        try:
            took = asyncio.run(drained(home, receiver, count, restarts))
            memory = max(memory_of(one.pid) for one in working)
        finally:
            for one in working:
                one.send_signal(signal.SIGTERM)
                one.communicate(timeout=60)
        taken = receiver.taken()
        wanted = asyncio.run(_sent(home))
    lost = wanted - {one.decode() for one in taken}
    is_ = "the same client and server, nothing behind"
    return [
        Figure("deliveries: lost", len(lost) + count - len(wanted), "letters", 0),
        Figure("deliveries: drained, restarts and all", count / took, "/s", None, limit, is_),
        Figure("deliveries: share of bare requests", 100 * count / took / limit, "%", None, 100, is_),
        Figure("deliveries: arrived twice", len(taken) - len(set(taken)), "letters"),
        Figure("deliveries: memory of a worker", memory, "MB", 250),
    ]


async def _filled(home: Home, count: int) -> None:
    async with home.opened() as all_:
        await fill(all_, count)


async def _sent(home: Home) -> set[str]:
    """Return the ids of what counts as sent."""
    async with home.opened() as all_:
        rows = await all_.pool.fetch("select id::text from delivery where channel = 'bus' and state = 'sent'")
    return {row["id"] for row in rows}


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--count", type=int, default=COUNT)
    arguments.add_argument("--restarts", type=int, default=RESTARTS)
    arguments.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 1) // 2))
    told = arguments.parse_args()
    with a_home() as home:
        return finish(measure(home, told.count, told.restarts, told.workers), told.json)


if __name__ == "__main__":
    sys.exit(main())
