"""The memory each of our processes holds at most: the server under load, the worker with much to do.

Run `python -m bench.memory [--json FILE]`. Limit: a bare Python process that has loaded the same libraries
and nothing of ours.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path

from bench._figures import Figure, finish
from bench._home import Home, a_home, memory_of
from bench._load import put_load
from bench.create import CONNECTIONS, asks, communities

WANTED = 250
COUNT = 4_000
BARE = (
    "import litestar, uvicorn, asyncpg, uvloop, msgspec, shapely, numpy, scipy.sparse, rjieba, openpyxl,"
    " PIL.Image, authlib.integrations.base_client, httpx2"
)


def measure(home: Home) -> list[Figure]:
    """Put load on a server, let a worker deliver what that left, and look at both."""
    bare = _bare()
    with home.serving() as (address, pid):
        put_load(address, list(asks(COUNT, communities())), connections=CONNECTIONS)
        lists = [("GET", "/api/v1/matters?most=200", {"X-Yuzhi-Post": "330212-supervision-1"}, "")] * 300
        put_load(address, lists, connections=CONNECTIONS)
        server = memory_of(pid)
    worker = home.start("worker", "--json")
    until = time.monotonic() + 60
    while time.monotonic() < until and asyncio.run(_waiting(home)):
        time.sleep(1)
    used = memory_of(worker.pid)
    worker.terminate()
    worker.communicate()
    is_ = "the same libraries alone"
    return [
        Figure("memory: server", server, "MB", WANTED, bare, is_),
        Figure("memory: worker", used, "MB", WANTED, bare, is_),
    ]


def _bare() -> float:
    code = BARE + "\nprint(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    told = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    return int(told.stdout.split()[1]) / 1024


async def _waiting(home: Home) -> bool:
    async with home.opened() as all_:
        left: int = await all_.pool.fetchval("select count(*) from delivery where state = 'queued'")
    return left > 0


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    told = arguments.parse_args()
    with a_home() as home:
        return finish(measure(home), told.json)


if __name__ == "__main__":
    sys.exit(main())
