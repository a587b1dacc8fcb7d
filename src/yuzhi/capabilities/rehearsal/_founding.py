"""Brings a rehearsed city into being: its ground and registry, and the matters that have arrived so far."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

import asyncpg
from msgspec.structs import replace

from yuzhi.capabilities.matters import Office, prepare
from yuzhi.capabilities.registry import PostList, UnitList, save_posts, save_shifts, save_units
from yuzhi.capabilities.rehearsal._arrivals import Arrival
from yuzhi.capabilities.rehearsal._city import City, Department, make_city
from yuzhi.capabilities.rehearsal._duty import shifts
from yuzhi.capabilities.rehearsal._outlines import outlines
from yuzhi.capabilities.territory import Edition, save_import
from yuzhi.engine.matter import Matter

BATCH: Final = 500
BY: Final = "rehearsal"


async def found_city(
    conn: asyncpg.Connection,
    edition: Edition,
    district: str,
    departments: Iterable[Department],
    now: datetime,
    *,
    seed: int = 1,
) -> City:
    """Save a district's territories with invented grids, units, people and shifts, in one transaction.

    Shifts change at hours of the zone that `now` is told in.
    """
    places = [one for one in edition.territories if one.code.startswith(district)]
    named = [replace(one, name=f"{_name(edition, district)}{one.name}") for one in departments]
    city = make_city(district, places, named, seed=seed)
    drawn = outlines(district, [*places, *city.grids], seed=seed)
    whole = replace(edition, territories=(*edition.territories, *city.grids), boundaries=drawn)
    async with conn.transaction():
        await save_import(conn, whole, actor=BY, now=now)
        await save_units(conn, UnitList(units=city.units), actor=BY, now=now)
        await save_posts(conn, PostList(people=city.people, posts=city.posts), actor=BY, now=now)
        await save_shifts(conn, shifts(city.posts, now), actor=BY, now=now)
    return city


def _name(edition: Edition, code: str) -> str:
    return next((one.name for one in edition.territories if one.code == code), "")


async def open_arrivals(
    office: Office, arrivals: Iterable[Arrival], moved: Callable[[int], None] = lambda _: None
) -> list[Matter]:
    """Open what arrived, each at its own time, and return the matters as they then stand."""
    opened: list[Matter] = []
    waiting = iter(sorted(arrivals, key=lambda arrival: arrival.at))
    while batch := tuple(islice(waiting, BATCH)):
        opened += await _open(office, batch)
        moved(len(batch))
    return opened


async def _open(office: Office, batch: Sequence[Arrival]) -> list[Matter]:
    prepared = [prepare(office, one.ask, one.by, one.at, serial=await office.serials.next()) for one in batch]
    await office.unit.save([one.change for one in prepared])
    return [one.matter for one in prepared]
