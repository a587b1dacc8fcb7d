"""What presses is late or due soon, is counted by unit, and lies where the map says."""

from collections import Counter
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from fakes.city import EAST
from fakes.crowd import Crowd, a_crowd, due, leading, settle
from fakes.people import ROADS, WATER, post
from fakes.walk import MONDAY
from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters import TABLES, Filters, pressing, pressing_list, spread
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.store import PostgresStore

NOW = MONDAY + timedelta(days=1, hours=12)
DAY = timedelta(days=1)
POINTS = ((121_550_100, 29_820_100), (121_549_200, 29_819_900), (121_560_000, 29_820_000))
VIEWERS = (
    post(unit="", covers=("3302",)),
    post(unit=ROADS, covers=()),
    post(unit=WATER, covers=("330212001",)),
    post(unit="", covers=(EAST,)),
    post(unit="", covers=()),
)


@pytest.fixture
async def crowd(pool: asyncpg.Pool) -> Crowd:
    made = a_crowd(160, seed=4)
    await settle(PostgresStore(pool, TABLES), made)
    return made


def stands(matter: Matter) -> str:
    """Return how the limit of an open matter stands; empty if nothing presses."""
    clock, deadline = leading(matter), due(matter)
    if clock is None or deadline is None:
        return ""
    if (clock.paused_at or NOW) >= deadline:
        return "late"
    return "soon" if clock.paused_at is None and deadline < NOW + DAY else ""


def unit_of(matter: Matter) -> str:
    return matter.lead.unit if matter.lead else ""


@pytest.mark.parametrize("who", VIEWERS)
async def test_what_presses_is_what_a_plain_look_says(pool: asyncpg.Pool, crowd: Crowd, who: Actor) -> None:
    mine = crowd.seen_in_lists(who, is_open=True)
    wanted = Counter((unit_of(one), stands(one)) for one in mine if stands(one))
    found = await pressing(pool, who, Filters(), now=NOW, within=DAY)
    said = {(one.unit, how): n for one in found for how, n in (("late", one.late), ("soon", one.soon)) if n}
    assert Counter(said) == wanted
    assert sum(one.supervised for one in found) == sum(one.supervised > 0 for one in mine if stands(one))
    assert [one.unit for one in found] == sorted(one.unit for one in found)


@pytest.mark.parametrize("how", ["late", "soon", "either"])
@pytest.mark.parametrize("unit", [None, "", ROADS])
async def test_the_list_is_as_long_as_the_number_and_soonest_first(
    pool: asyncpg.Pool, crowd: Crowd, how: Any, unit: str | None
) -> None:
    who = VIEWERS[0]
    hows = {"late", "soon"} if how == "either" else {how}
    wanted = sorted(
        (due(one) or NOW, one.id)
        for one in crowd.seen_in_lists(who, is_open=True)
        if stands(one) in hows and (unit is None or unit_of(one) == unit)
    )
    found, after = [], None
    while True:
        page = await pressing_list(
            pool, who, Filters(), how=how, unit=unit, now=NOW, within=DAY, after=after, most=4
        )
        found += [(row.due_at, row.id) for row in page.rows]
        if (after := page.next) is None:
            break
    assert found == wanted
    assert found or unit == ""


async def test_nothing_presses_a_post_that_sees_nothing(pool: asyncpg.Pool, crowd: Crowd) -> None:
    nobody = post(unit="", covers=())
    assert await pressing(pool, nobody, Filters(), now=NOW, within=DAY) == ()
    assert (await spread(pool, nobody, Filters(), now=NOW, within=DAY)).cells == ()


async def test_open_matters_lie_in_their_cell_or_their_territory(pool: asyncpg.Pool, crowd: Crowd) -> None:
    mine = crowd.seen_in_lists(VIEWERS[0], is_open=True)
    for one, (lon, lat) in zip(mine, POINTS, strict=False):
        await pool.execute("update matter set lon_e6 = $2, lat_e6 = $3 where id = $1", one.id, lon, lat)
    found = await spread(pool, VIEWERS[0], Filters(), now=NOW, within=DAY)
    placed = [(one.lon, one.lat, one.open) for one in found.cells if one.lon is not None]
    assert sorted(placed) == [(121.55, 29.82, 2), (121.56, 29.82, 1)]
    assert sum(one.open for one in found.cells) == len(mine)
    assert sum(one.late for one in found.cells) == sum(stands(one) == "late" for one in mine)
    assert found.is_whole
