"""Worklists at the door: a page of 50 over HTTP, at 10,000 matters and at 1,000,000.

Run `python -m bench.worklist [--json FILE] [--matters N]`. Some thousand matters are opened and worked on
by the simulated staff, so that their rows are those of the real projection; the rest are copies of these
rows in SQL, with keys and times of their own. Asked are posts of a district, a town, a community and a
department, for first and deep pages, in both orders and with filters. Limit: the same request for an
address that answers at once. How many times as long a page takes at the larger size is told of the questions
that fill a page at both: a community has no fifty matters among ten thousand.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from urllib.parse import quote

import asyncpg

from bench._figures import Figure, finish, percentile
from bench._home import DATA, DISTRICT, Home, a_home
from yuzhi.capabilities.matters import TABLES
from yuzhi.capabilities.rehearsal import Play, Residents, open_arrivals, read_templates
from yuzhi.doors.cli import demo
from yuzhi.store.unit import Table
from yuzhi.wiring.bulk import demo_of
from yuzhi.wiring.office import now

SMALL = 10_000
LARGE = 1_000_000
PLAYED = 2_500
YEARS = timedelta(days=1000)
PAGE = 50
DEEP = 30  # pages
ROUNDS = 25
WANTED = 15.0  # milliseconds
MATTER, ASSIGNMENT = (next(one for one in TABLES if one.name == name) for name in ("matter", "assignment"))

POSTS = {
    "district": "330212-hotline_centre-1",
    "department": "330212-urban_management-1",
    "town": "330212001-office-1",
    "community": "330212001005-c-1",
}
QUERIES = {
    "due": "order=due",
    "newest": "order=newest",
    "state": "order=due&state=handling",
    "kind": "order=newest&kind=complaint",
    "category": "order=newest&category=urban/road",
    "late": "order=due&breached=true",
    "unit": "order=newest&unit=330212-housing",
    "narrower": "order=due&territory=330212001",
}


async def fill(home: Home) -> None:
    """Open matters over some months and let the staff work on them up to now."""
    async with home.opened() as all_:
        scene = await demo.scene_of(demo_of(all_))
        chance = Random(5)
        until = now()
        since = until - timedelta(days=110)
        atlas = all_.ground.current.terrain.atlas
        communities = [one for one in atlas.under(DISTRICT) if one.level == "community"]
        text = (DATA / "demo" / "messages.csv").read_text(encoding="utf-8")
        residents = Residents(communities, scene.staff, chance)
        arrivals = residents.messages(
            read_templates(text, name="messages.csv"),
            "citizen-request",
            since=since,
            until=until,
            count=PLAYED,
        )
        found = await open_arrivals(all_.office, arrivals)
        await Play(all_.office, scene, found, since=since, until=until).run()


async def multiply(home: Home, target: int) -> None:
    """Copy matters with their assignments and subjects until there are as many as wanted.

    Copies lie further back in time; of those still open few are copied, as a city leaves few undone.
    """
    async with home.opened() as all_, all_.pool.acquire() as conn:
        there = await conn.fetchval("select count(*) from matter")
        ended = await conn.fetchval("select count(*) from matter where ended_at is not null")
        times = -(-(target - there) // ended)
        await conn.execute("set synchronous_commit = off")
        await conn.execute(
            "create temp table copy as select id old, subject, gen_random_uuid() subject_new, n,"
            " (lpad(to_hex((extract(epoch from opened_at - n * $2::interval) * 1000)::bigint), 12, '0')"
            " || '7' || substr(md5(random()::text), 1, 3) || '8'"
            " || substr(md5(random()::text), 1, 15))::uuid new"
            " from matter, generate_series(1, $1::int) n"
            " where ended_at is not null or n <= greatest($1 / 50, 1) limit $3",
            times, YEARS / times, target - there,
        )  # fmt: skip
        step = f"interval '{(YEARS / times).total_seconds()} seconds'"
        indexes = await _without_indexes(conn)
        await conn.execute(_copy(MATTER, "id", step, there))
        await conn.execute(_copy(ASSIGNMENT, "matter_id", step, there))
        await conn.execute(
            "insert into text (id, matter_id, name, salt, body) select c.subject_new, c.new, t.name, t.salt,"
            " t.body from copy c join text t on t.id = c.subject"
        )
        for index in indexes:
            await conn.execute(index)
        await conn.execute("drop table copy")
        await conn.execute("vacuum (analyze) matter, assignment, text")


def _copy(table: Table, key: str, step: str, there: int) -> str:
    """Return the statement that copies a table's rows, each into its own past."""

    def value(name: str, kind: str) -> str:
        if name == key:
            return "c.new"
        if name == "number":
            return f"'9' || lpad(({there} + row_number() over ())::text, 15, '0')"
        if name == "subject":
            return "c.subject_new"
        return f't."{name}" - c.n * {step}' if kind == "timestamptz" else f't."{name}"'

    names = ", ".join(f'"{name}"' for name, _ in table.columns)
    values = ", ".join(value(name, kind) for name, kind in table.columns)
    found = f'from copy c join "{table.name}" t on t."{key}" = c.old'
    return f'insert into "{table.name}" ({names}) select {values} {found}'


async def _without_indexes(conn: asyncpg.Connection) -> list[str]:
    """Drop what is quicker to make anew after the rows are in; return what makes it."""
    rows = await conn.fetch(
        "select indexname, indexdef from pg_indexes where tablename in ('matter', 'assignment', 'text')"
        " and indexname not in (select conname from pg_constraint)"
    )
    for row in rows:
        await conn.execute(f'drop index "{row["indexname"]}"')
    return [str(row["indexdef"]) for row in rows]


@dataclass(frozen=True)
class Asked:
    """One question by one post, and how long its answers took in milliseconds.

    `before` is how many rows come before the page, `rows` how many are on it.
    """

    scope: str
    query: str
    is_deep: bool
    taken: list[float]
    before: int
    rows: int

    @property
    def p95(self) -> float:
        """Return the 95th percentile."""
        return percentile(self.taken, 0.95)


class Door:
    """One connection that asks as a post and takes the time of each answer."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address, timeout=60)

    def get(self, path: str, post: str = "") -> tuple[float, bytes]:
        """Return the milliseconds an answer took, and its body."""
        begun = time.perf_counter()
        self._connection.request("GET", path, headers={"X-Yuzhi-Post": post} if post else {})
        answer = self._connection.getresponse()
        body = answer.read()
        taken = (time.perf_counter() - begun) * 1000
        assert answer.status == HTTPStatus.OK, body
        return taken, body


def ask(small: Door, large: Door) -> Iterator[tuple[Asked, Asked]]:
    """Ask everything of both, by turns: whatever else the machine does then befalls both alike."""
    for scope, post in POSTS.items():
        for query, words in QUERIES.items():
            first = f"/api/v1/matters?{words}"
            deep = [_deep(door, first, post) for door in (small, large)]
            for is_deep, pages in ((False, [(first, 0)] * 2), (True, deep)):
                asked = [
                    Asked(scope, query, is_deep, [], before, len(json.loads(door.get(path, post)[1])["rows"]))
                    for door, (path, before) in zip((small, large), pages, strict=True)
                ]
                for _ in range(ROUNDS):
                    for door, (path, _), one in zip((small, large), pages, asked, strict=True):
                        one.taken.append(door.get(path, post)[0])
                yield asked[0], asked[1]


def _deep(door: Door, first: str, post: str) -> tuple[str, int]:
    """Return the address of a page far down, or of the last full one, and how many rows come before."""
    path, before = first, 0
    for _ in range(DEEP):
        page = json.loads(door.get(path, post)[1])
        if not page["next"]:
            break
        further = f"{first}&after={quote(page['next'])}"
        if len(json.loads(door.get(further, post)[1])["rows"]) < PAGE:
            break
        before += len(page["rows"])
        path = further
    return path, before


def measure(small: Home, large: Home, matters: int) -> list[Figure]:
    """Fill both, and ask both."""
    for home, size in ((small, SMALL), (large, matters)):
        asyncio.run(fill(home))
        asyncio.run(multiply(home, size))
    with small.serving() as (small_address, _), large.serving() as (large_address, _):
        doors = Door(small_address), Door(large_address)
        alive = [doors[0].get("/health/live")[0] for _ in range(200)]
        deque(ask(*doors), maxlen=0)  # so that both are asked with what they need in memory
        return list(_figures(list(ask(*doors)), percentile(alive, 0.95), matters))


def _figures(asked: list[tuple[Asked, Asked]], floor: float, large: int) -> Iterator[Figure]:
    limit = "an answer without any work"
    for scope in POSTS:
        for is_deep in (False, True):
            pairs = [pair for pair in asked if (pair[0].scope, pair[0].is_deep) == (scope, is_deep)]
            where = f"worklist, {scope}, {'deep' if is_deep else 'first'} page"
            for size, of_size in zip((SMALL, large), zip(*pairs, strict=True), strict=True):
                yield Figure(f"{where}: p95 at {size:,}", _p95(of_size), "ms", WANTED, floor, limit)
            full = [pair for pair in pairs if all(one.rows == PAGE for one in pair)]
            if full:
                was, is_ = (_p95(of_size) for of_size in zip(*full, strict=True))
                yield Figure(f"{where}: times as long, {len(full)} full pages", is_ / was, "x", 1.5)
    big = [of_large for _, of_large in asked]
    for one in sorted(big, key=lambda one: -one.p95)[:3]:
        name = (
            f"slowest: {one.scope}, {one.query}{', deep' if one.is_deep else ''} ({one.before} rows before)"
        )
        yield Figure(name, one.p95, "ms", WANTED, floor, limit)
    yield Figure(f"worklist: p95 of all at {large:,}", _p95(big), "ms", WANTED, floor, limit)


def _p95(asked: Iterable[Asked]) -> float:
    return percentile([time for one in asked for time in one.taken], 0.95)


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--matters", type=int, default=LARGE)
    told = arguments.parse_args()
    with a_home() as small, a_home() as large:
        return finish(measure(small, large, told.matters), told.json)


if __name__ == "__main__":
    sys.exit(main())
