"""Readings absorbed by one process: judged, made durable where they matter, and the right number of matters.

Run `python -m bench.sensors [--json FILE] [--seconds N] [--rate N]`. Gauges and covers report all the time;
some covers are moved, some tremble between the thresholds, gauges are splashed for a moment. The messages
are what an MQTT client hands over (a topic and JSON bytes), one reading each; they go through reading,
judging, the database and the matters, in this one process. Then as fast as it goes. Peer: what reading the
JSON alone takes.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench._figures import Figure, finish, percentile
from bench._home import Home, a_home
from yuzhi.capabilities.sensors import Absorber, Sensor, read_message, save_sensors
from yuzhi.wiring.office import Assembly

RATE = 10_000
SECONDS = 10
GAUGES, COVERS = 2_000, 8_000
ALARMS = 200
"""Covers that are moved, each a matter; as many only tremble between the two thresholds."""
BATCH = 1_000

Message = tuple[str, bytes]


def messages(count: int, begin: datetime, *, seed: int = 1) -> list[Message]:
    """Return so many messages in the order of their times, a reading each; every sensor takes its turn."""
    chance = random.Random(seed)
    moved = set(range(ALARMS))
    trembling = set(range(ALARMS, 2 * ALARMS))
    found = []
    for number in range(count):
        at = (begin + timedelta(seconds=number / RATE)).isoformat()
        sensor = number % (GAUGES + COVERS)
        if sensor < COVERS:
            value = 45.0 if sensor in moved else 15.0 if sensor in trembling else chance.uniform(0, 5)
            topic = f"yuzhi/readings/cover-{sensor}/cover_tilt"
        else:
            # A gauge that is splashed: over the threshold once, and never for two minutes.
            value = 400.0 if chance.random() < 0.05 else chance.uniform(0, 40)
            topic = f"yuzhi/readings/gauge-{sensor - COVERS}/water_depth"
        found.append((topic, b'{"value": %.2f, "at": "%s"}' % (value, at.encode())))
    return found


async def measure(home: Home, seconds: int, rate: int) -> list[Figure]:
    """Absorb at a steady rate, then as fast as it goes."""
    async with home.opened() as all_:
        await put_up(all_)
        absorber = Absorber(all_.office, all_.pool, all_.shelf.in_force)
        await absorber.load()
        begin = datetime.now(UTC) - timedelta(seconds=2 * seconds + 60)
        steady = messages(rate * seconds, begin)
        lag, used = await _steadily(absorber, steady, rate)
        await absorber.save_counts(datetime.now(UTC))
        opened = await _count(all_)
        fast = messages(rate * seconds, begin + timedelta(seconds=seconds), seed=2)
        began = time.perf_counter()
        await _all(absorber, fast)
        rate_at_most = len(fast) / (time.perf_counter() - began)
        again = await _count(all_)
    assert absorber.counts["taken"] == len(fast), absorber.counts
    began = time.perf_counter()
    now = datetime.now(UTC)
    for topic, payload in fast:
        read_message(topic, payload, now)
    bare = len(fast) / (time.perf_counter() - began)
    return [
        Figure("sensors: readings at full speed", rate_at_most, "/s", rate, bare, "reading alone"),
        Figure(f"sensors: share of a core at {rate:,}/s", 100 * used, "% of it"),
        Figure("sensors: a reading waits, p99", percentile(lag, 0.99) * 1000, "ms", 1000),
        Figure("sensors: matters too many or too few", abs(opened - ALARMS) + abs(again - opened), "", 0),
    ]  # fmt: skip


async def put_up(all_: Assembly) -> None:
    """Put up the gauges and covers."""
    posts = all_.ground.current.roster.posts.values()
    community = next(post.territory for post in posts if len(post.territory) == 12)
    sensors = [Sensor(f"cover-{n}", f"井盖{n}", community) for n in range(COVERS)]
    sensors += [Sensor(f"gauge-{n}", f"水尺{n}", community) for n in range(GAUGES)]
    async with all_.pool.acquire() as conn:
        await save_sensors(conn, sensors, datetime.now(UTC))


async def _steadily(absorber: Absorber, told: Sequence[Message], rate: int) -> tuple[list[float], float]:
    """Hand messages over as they come due; return how long each batch waited, and the share of a core."""
    began, used = time.perf_counter(), time.process_time()
    lag = []
    place = 0
    while place < len(told):
        due = min(len(told), int((time.perf_counter() - began) * rate))
        if due == place:
            await asyncio.sleep(0.002)
            continue
        await _take(absorber, told[place:due])
        lag.append(time.perf_counter() - began - place / rate)
        place = due
    return lag, (time.process_time() - used) / (time.perf_counter() - began)


async def _all(absorber: Absorber, told: Sequence[Message]) -> None:
    for place in range(0, len(told), BATCH):
        await _take(absorber, told[place : place + BATCH])


async def _take(absorber: Absorber, told: Sequence[Message]) -> None:
    now = datetime.now(UTC)
    for topic, payload in told:
        absorber.take_message(topic, payload, now)
    if not absorber.is_settled:
        await absorber.settle(now)


async def _count(all_: Assembly) -> int:
    async with all_.pool.acquire() as conn:
        found: int = await conn.fetchval("select count(*) from matter where channel = 'sensor'")
        return found


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--seconds", type=int, default=SECONDS)
    arguments.add_argument("--rate", type=int, default=RATE)
    told = arguments.parse_args()
    with a_home() as home:
        return finish(asyncio.run(measure(home, told.seconds, told.rate)), told.json)


if __name__ == "__main__":
    sys.exit(main())
