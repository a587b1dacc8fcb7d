"""Importing matters from a CSV file into the journal, by the command anybody would type.

Run `python -m bench.import_ [--json FILE] [--rows N] [--processes N]`. The file is made of messages of the
demonstration city, as long as residents' messages are. Limit: the same rows, worked out beforehand, copied
into the same tables by one connection.
"""

import argparse
import asyncio
import csv
import json
import os
import random
import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from bench._figures import Figure, finish
from bench._home import DATA, Home, a_home
from bench.create import communities
from yuzhi.base.actor import Actor
from yuzhi.capabilities.intake import open_sheet, read_mapping
from yuzhi.capabilities.intake._reader import Reader
from yuzhi.capabilities.matters import prepare

ROWS = 60_000
COPIED = 8_000
FIRST_SERIAL = 5_000_000
LENGTH = 330  # characters of a real message, at the median

MAPPING = """
source = "bench"
procedure = "citizen-request"
key = "no"
[fields]
subject = "subject"
detail = "detail"
kind = "kind"
category = "category"
channel = {always = "import"}
territory = "territory"
[opened_at]
column = "at"
[requester]
name = "name"
phone = "phone"
"""


def write(folder: Path, rows: int) -> tuple[Path, Path]:
    """Write a file of messages and its mapping."""
    chance = random.Random(3)
    with (DATA / "demo" / "messages.csv").open(encoding="utf-8", newline="") as file:
        messages = list(csv.DictReader(file))
    with (DATA / "demo" / "divisions.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file) if len(row["code"]) == 12]
    names = communities()
    sheet, mapping = folder / "bench.csv", folder / "bench.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    with sheet.open("w", encoding="utf-8", newline="") as file:
        told = csv.writer(file)
        told.writerow(("no", "subject", "detail", "kind", "category", "territory", "at", "name", "phone"))
        for number in range(rows):
            message, place = chance.choice(messages), chance.randrange(len(codes))
            detail = message["detail"]
            while len(detail) < LENGTH * chance.lognormvariate(0, 0.5):
                detail += chance.choice(messages)["detail"]
            day = f"2026-0{chance.randint(1, 9)}-{chance.randint(1, 28):02}"
            told.writerow(
                (
                    number, message["subject"].replace("{community}", names[place]),
                    detail.replace("{community}", names[place]), message["kind"], message["category"],
                    codes[place], f"{day} {chance.randint(7, 21):02}:{chance.randint(0, 59):02}:00",
                    "陈晓东", f"1000000{chance.randrange(10_000):04}",
                )
            )  # fmt: skip
    return sheet, mapping


def measure(home: Home, rows: int, processes: int) -> list[Figure]:
    """Import a file and copy some of its rows bare."""
    sheet, mapping = write(home.settings.home, rows)
    begun = time.perf_counter()
    running = home.start(
        "import", "matters", str(sheet), "--mapping", str(mapping), "--json", "--processes", str(processes)
    )
    out, _ = running.communicate()
    whole = time.perf_counter() - begun
    told = json.loads(out)
    assert told["loaded"] == rows, told
    copied = asyncio.run(_copied(home, sheet, min(COPIED, rows)))
    limit = "COPY of rows worked out beforehand, one connection"
    return [
        Figure(
            f"import: matters, {processes or 'auto'} processes", told["a_second"], "/s", 5_000, copied, limit
        ),
        Figure("import: the whole command, start and all", rows / whole, "/s", None, copied, limit),
    ]


async def _copied(home: Home, sheet: Path, rows: int) -> float:
    """Work rows out first, then write them alone; return matters a second."""
    mapping = read_mapping(
        MAPPING.replace('"bench"', '"copied"'), name="bench", zone=ZoneInfo("Asia/Shanghai")
    )
    async with home.opened() as all_:
        procedure = all_.office.shelf.procedure(mapping.procedure)
        by = Actor(hand="import", id="copied", duties=frozenset(procedure.opening.duties))
        changes = []
        with open_sheet(sheet, mapping.file) as opened:
            reader = Reader(mapping, opened.columns)
            for number, row in enumerate(opened.rows):
                if number == rows:
                    break
                key, digest = reader.identity(row, number)
                found = reader.read(row, key, digest)
                changes.append(
                    prepare(
                        all_.office, found.ask, by, found.at, serial=FIRST_SERIAL + number, key=key,
                        digest=digest, sends_letters=False,
                    ).change
                )  # fmt: skip
        begun = time.perf_counter()
        for first in range(0, len(changes), 500):
            await all_.store.save(changes[first : first + 500])
        return len(changes) / (time.perf_counter() - begun)


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    told = arguments.parse_args()
    with a_home() as home:
        return finish(measure(home, told.rows, told.processes), told.json)


if __name__ == "__main__":
    sys.exit(main())
