"""A batch from the field: a thousand reports of one device over HTTP, each durable and answered for.

Run `python -m bench.field [--json FILE] [--items N]`. The server is a real `yuzhi serve`, the batch comes
from another process. Three batches: reports, the same reports again, and a day's work in which every third
item is a step resting on an earlier one. Peer: pgbench writes the rows of such matters in one bare
transaction each, over a single connection.
"""

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bench._figures import Figure, finish
from bench._home import Home, a_home
from bench._load import put_load
from bench._peer import pgbench, statement_of
from yuzhi.capabilities.registry import Post, Roster

ITEMS = 1000
ROUNDS = 3
PEER_SECONDS = 5
WANTED = 2.0


def reports(prefix: str, territory: str, count: int) -> list[dict[str, Any]]:
    """Return items that open grid events, a minute apart."""
    begin = datetime.now(UTC) - timedelta(minutes=count + 1)
    return [
        {
            "id": f"{prefix}-{number}",
            "at": (begin + timedelta(minutes=number)).isoformat(),
            "open": {
                "procedure": "grid-event", "kind": "event", "channel": "patrol", "territory": territory,
                "category": "event/order/stalls", "subject": f"占道经营，第{number}处",
                "detail": "店外摆放桌椅货物，占用人行道，行人只能走到车行道上。",
                "place_words": f"{number}号门前",
            },
        }
        for number in range(count)
    ]  # fmt: skip


def a_day(prefix: str, territory: str, count: int) -> list[dict[str, Any]]:
    """Return items of which every third takes a step of the one before it."""
    items = reports(prefix, territory, count)
    for place in range(2, count, 3):
        before = items[place - 1]
        items[place] = {
            "id": items[place]["id"], "at": items[place]["at"], "matter": before["id"], "step": "take-on",
        }  # fmt: skip
    return items


def measure(home: Home, count: int) -> list[Figure]:
    """Send batches, each kind a few times; the slowest counts."""
    post = asyncio.run(_post(home))
    with home.serving() as (address, _):

        def send(items: list[dict[str, Any]], status: str) -> tuple[float, dict[str, Any]]:
            headers = {"Content-Type": "application/json", "X-Yuzhi-Post": post.id}
            body = json.dumps({"items": items}, ensure_ascii=False)
            taken = put_load(address, [("POST", "/api/v1/batches", headers, body)], connections=1, keep=True)
            told = json.loads(taken.bodies[0])
            assert told[status] == len(items), {one.get("code") for one in told["items"]}
            return taken.seconds, told

        send(reports("warm", post.territory, 50), "taken")
        fresh = [reports(f"r{n}", post.territory, count) for n in range(ROUNDS)]
        first = [send(items, "taken") for items in fresh]
        again = [send(items, "repeated")[0] for items in fresh]
        days = [send(a_day(f"d{n}", post.territory, count), "taken")[0] for n in range(ROUNDS)]
    opened = first[0][1]["items"][0]["matter"]["id"]
    peer = count / asyncio.run(_peer(home, UUID(opened)))
    bare = "pgbench, the same rows bare, one by one"
    return [
        Figure(f"field: {count:,} reports", max(taken for taken, _ in first), "s", WANTED, peer, bare),
        Figure(f"field: the same {count:,} again", max(again), "s"),
        Figure(f"field: {count:,} items, a third of them steps", max(days), "s"),
    ]


async def _post(home: Home) -> Post:
    async with home.opened() as all_:
        roster: Roster = all_.ground.current.roster
        return min(
            (one for one in roster.posts.values() if "grid_worker" in one.duties), key=lambda one: one.id
        )


async def _peer(home: Home, matter: UUID) -> float:
    async with home.opened() as all_:
        async with all_.pool.acquire() as conn:
            statement = await statement_of(conn, matter)
        return await asyncio.to_thread(pgbench, all_.dsn, statement, connections=1, seconds=PEER_SECONDS)


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--items", type=int, default=ITEMS)
    told = arguments.parse_args()
    with a_home() as home:
        return finish(measure(home, told.items), told.json)


if __name__ == "__main__":
    sys.exit(main())
