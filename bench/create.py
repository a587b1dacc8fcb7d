"""Creating matters, durable before they are acknowledged, by the whole path: 16 connections, two processes.

Run `python -m bench.create [--json FILE] [--count N] [--workers N]`. The server is a real `yuzhi serve` with
a process for each of two cores (`--workers 1`: what one alone does), the load comes from another process,
the worker is off. Peer: pgbench writes the very same rows of one such matter in one bare transaction, with
as many connections on the same database.
"""

import argparse
import asyncio
import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from bench._figures import Figure, finish, percentile
from bench._home import DATA, Home, a_home, busy_of, memory_of
from bench._load import Request, Taken, put_load
from bench._peer import bare_rate

CONNECTIONS = 16
COUNT = 16_000
PEER_SECONDS = 8


def asks(count: int, communities: list[str], *, seed: int = 1) -> Iterator[Request]:
    """Yield requests that create matters: messages of the demonstration city, each with its own key."""
    chance = random.Random(seed)
    with (DATA / "demo" / "messages.csv").open(encoding="utf-8", newline="") as file:
        messages = list(csv.DictReader(file))
    for number in range(count):
        message, place = chance.choice(messages), chance.choice(communities)
        body = {
            "procedure": "citizen-request", "kind": message["kind"], "urgency": message["urgency"],
            "subject": message["subject"].replace("{community}", place),
            "detail": message["detail"].replace("{community}", place), "channel": "hotline",
            "requester": {"name": "陈晓东", "phone": "10000001234", "address": f"{place}3幢"},
        }  # fmt: skip
        headers = {
            "Content-Type": "application/json", "Idempotency-Key": f"{seed}-{number}",
            "X-Yuzhi-Post": "330212-hotline_centre-1",
        }  # fmt: skip
        yield "POST", "/api/v1/matters", headers, json.dumps(body, ensure_ascii=False)


def communities() -> list[str]:
    """Return the names residents use for the communities of the district."""
    with (DATA / "demo" / "divisions.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file) if len(row["code"]) == 12]
    return [name.removesuffix("居委会").removesuffix("村委会") for name in names]


def measure(home: Home, count: int, workers: int) -> list[Figure]:
    """Measure on an installation; the first requests are for warming up."""
    places = communities()
    with home.serving(workers=workers) as (address, pid):
        warm = put_load(address, list(asks(500, places, seed=0)), connections=CONNECTIONS, keep=True)
        used = busy_of(pid)
        taken = put_load(address, list(asks(count, places)), connections=CONNECTIONS)
        used = busy_of(pid) - used
        memory = memory_of(pid)
    peer = asyncio.run(
        bare_rate(home, UUID(json.loads(warm.bodies[0])["id"]), connections=CONNECTIONS, seconds=PEER_SECONDS)
    )
    return figures(taken, peer, used / count, memory)


def figures(taken: Taken, peer: float, used: float, memory: float) -> list[Figure]:
    """Return what was measured."""
    times = taken.milliseconds
    bare = "pgbench, the same rows bare"
    return [
        Figure("create: matters", taken.rate, "/s", 1000, peer, bare),
        Figure("create: share of the bare transaction", 100 * taken.rate / peer, "%", 25, 100, bare),
        Figure("create: p50", percentile(times, 0.5), "ms", None, 1000 * CONNECTIONS / peer, bare),
        Figure("create: p99", percentile(times, 0.99), "ms", 60, 1000 * CONNECTIONS / peer, bare),
        Figure("create: processor time of the server", used * 1000, "ms a matter"),
        Figure("create: memory of the server", memory, "MB", 250),
    ]


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--count", type=int, default=COUNT)
    arguments.add_argument("--workers", type=int, default=2, help="serving processes, one a core")
    told = arguments.parse_args()
    with a_home() as home:
        return finish(measure(home, told.count, told.workers), told.json)


if __name__ == "__main__":
    sys.exit(main())
