"""A large dispute opened: 200 parties and 2,000 entries, over HTTP, as its handler opens it.

Run `python -m bench.parties [--json FILE] [--parties N] [--entries N]`. The case is taken up through its own
room; its entries are those of the real engine. Measured are the matter, the parties, the journal, and the
first two one after the other, which is what opening the case asks for. Limit: the same for a dispute of two
parties with one entry.
"""

import argparse
import asyncio
import json
import sys
import time
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

from bench._figures import Figure, finish, percentile
from bench._home import Home, a_home
from yuzhi.base.actor import Actor
from yuzhi.capabilities import matters, parties
from yuzhi.capabilities.matters import NewMatter, NewStep
from yuzhi.capabilities.parties import NewDispute, NewParty
from yuzhi.capabilities.vault import Person
from yuzhi.wiring.office import now

WANTED = 200.0  # milliseconds
POST = "330212-hotline_centre-1"
ROUNDS = 25
BATCH = 250


async def taken_up(home: Home, people: int, entries: int) -> str:
    """Take a dispute up with that many parties, and give its matter that many entries; return its id."""
    async with home.opened() as all_:
        roster, ground = all_.ground.current.roster, all_.ground.current
        by = roster.actor(POST, ground.on, ground.same_ground)
        room, at = all_.for_api().centre.cases, now()
        asked = NewDispute(
            matter=NewMatter(
                procedure="citizen-request", kind="complaint", channel="hotline", subject="拖欠工资",
                territory="330212001",
            ),
            parties=tuple(
                NewParty(side=1 + number % 2, person=Person(name=f"某人{number}", phone=f"151{number:08d}"))
                for number in range(people)
            ),
            separate="bench",
        )  # fmt: skip
        opened = await parties.register(room, asked, by, at)
        (matter,) = await matters.standings(all_.office, [opened.id])
        changes = []
        clerk = Actor(
            hand="post", id=by.id, unit=by.unit, duties=by.duties | {"intake_desk"}, covers=by.covers
        )
        for number in range(1, entries):
            at += timedelta(seconds=1)
            change, matter = matters.prepare_step(all_.office, matter, "urge", NewStep(), clerk, at)
            changes.append(change)
            if len(changes) == BATCH or number == entries - 1:
                await all_.office.unit.save(changes)
                changes = []
    return str(opened.id)


def asked(address: str, paths: list[str]) -> list[float]:
    """Return how long each of some rounds took, in milliseconds; a round asks for all the paths in turn."""
    host, _, port = address.partition(":")
    connection = HTTPConnection(host, int(port), timeout=30)
    took = []
    for number in range(ROUNDS + 3):
        begun = time.perf_counter()
        for path in paths:
            connection.request("GET", f"/api/v1{path}", headers={"X-Yuzhi-Post": POST})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status} {json.loads(body)}")
        if number >= 3:  # the first ones warm what is kept
            took.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return took


def main() -> int:
    """Measure, print, and write what was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--parties", type=int, default=200)
    arguments.add_argument("--entries", type=int, default=2000)
    told = arguments.parse_args()
    figures = []
    with a_home() as home:
        large = asyncio.run(taken_up(home, told.parties, told.entries))
        small = asyncio.run(taken_up(home, 2, 1))
        with home.serving() as (address, _):
            for name, of in {
                "case opened (matter and parties)": ["/matters/{}", "/disputes/{}"],
                "matter": ["/matters/{}"],
                "parties": ["/disputes/{}"],
                "journal": ["/matters/{}/journal"],
            }.items():
                took = asked(address, [path.format(large) for path in of])
                least = asked(address, [path.format(small) for path in of])
                figures.append(
                    Figure(
                        name=f"{name}, p95, {told.parties} parties, {told.entries} entries",
                        value=percentile(took, 0.95),
                        unit="ms",
                        wanted=WANTED,
                        limit=percentile(least, 0.95),
                        limit_is="two parties, one entry",
                    )
                )
    return finish(figures, told.json)


if __name__ == "__main__":
    sys.exit(main())
