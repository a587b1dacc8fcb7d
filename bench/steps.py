"""Taking steps over HTTP: units sign for matters that were dispatched to them, 16 at once, one server.

Run `python -m bench.steps [--json FILE] [--count N]`. A step reads a matter's journal, asks the procedure,
and writes an entry with all that follows. Peer: pgbench writes an entry, with the rows such a matter has,
in one bare transaction.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID

from bench._figures import Figure, finish, percentile
from bench._home import Home, a_home
from bench._load import Request, put_load
from bench._peer import bare_rate
from bench.create import CONNECTIONS, asks, communities
from yuzhi.capabilities.registry import Roster

COUNT = 6_000
PEER_SECONDS = 6


def measure(home: Home, count: int) -> list[Figure]:
    """Create matters, then let the units they went to sign for each of them."""
    roster = asyncio.run(_roster(home))
    with home.serving() as (address, _):
        made = put_load(address, list(asks(count, communities())), connections=CONNECTIONS, keep=True)
        opened = [json.loads(body) for body in made.bodies]
        steps = [_sign(one["id"], _post(roster, one["lead_unit"])) for one in opened if one["lead_unit"]]
        put_load(address, steps[:200], connections=CONNECTIONS)
        taken = put_load(address, steps[200:], connections=CONNECTIONS)
        looks = [("GET", f"/api/v1/matters/{one['id']}", _DESK, "") for one in opened[:2000]]
        seen = put_load(address, looks, connections=CONNECTIONS)
    peer = asyncio.run(bare_rate(home, UUID(opened[0]["id"]), connections=CONNECTIONS, seconds=PEER_SECONDS))
    bare = "pgbench, a new matter's rows bare"
    return [
        Figure("steps", taken.rate, "/s", 500, peer, bare),
        Figure(
            "steps: p50", percentile(taken.milliseconds, 0.5), "ms", None, 1000 * CONNECTIONS / peer, bare
        ),
        Figure(
            "steps: p99", percentile(taken.milliseconds, 0.99), "ms", None, 1000 * CONNECTIONS / peer, bare
        ),
        Figure("looking at one matter", seen.rate, "/s"),
    ]


_DESK = {"X-Yuzhi-Post": "330212-hotline_centre-1"}


def _sign(matter: str, post: str) -> Request:
    headers = {"Content-Type": "application/json", "X-Yuzhi-Post": post}
    return "POST", f"/api/v1/matters/{matter}/steps/sign", headers, "{}"


def _post(roster: Roster, unit: str) -> str:
    return next(post.id for post in roster.posts.values() if post.unit == unit and "handler" in post.duties)


async def _roster(home: Home) -> Roster:
    async with home.opened() as all_:
        return all_.ground.current.roster


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--count", type=int, default=COUNT)
    told = arguments.parse_args()
    with a_home() as home:
        return finish(measure(home, told.count), told.json)


if __name__ == "__main__":
    sys.exit(main())
