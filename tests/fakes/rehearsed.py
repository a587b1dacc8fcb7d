"""The ground and departments of the demonstration city, as its files give them."""

import csv

from fakes.packs import ROOT
from yuzhi.capabilities.rehearsal import Department
from yuzhi.capabilities.territory import Territory, read_edition

DEMO = ROOT / "src/yuzhi/data/demo"
DISTRICT = "330212"


def places() -> tuple[Territory, ...]:
    return tuple(
        one for one in read_edition([DEMO / "divisions.csv"]).territories if one.code.startswith(DISTRICT)
    )


def departments() -> list[Department]:
    with (DEMO / "units.csv").open(encoding="utf-8", newline="") as file:
        return [Department(kind=row["kind"], name=row["name"]) for row in csv.DictReader(file)]
