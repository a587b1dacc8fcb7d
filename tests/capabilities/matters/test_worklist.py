"""Lists of matters: what somebody sees is what a plain look at every matter says, page after page, once."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.city import EAST, GRID, WEST
from fakes.crowd import PLACES, Crowd, a_crowd, due, settle
from fakes.people import DESK, ROADS, WATER, post, resident
from fakes.walk import MONDAY
from yuzhi.base.actor import Actor
from yuzhi.base.ground import lies_in
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import TABLES, Filters, RowView, count, worklist
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.store import PostgresStore

LATEST = datetime.max.replace(tzinfo=MONDAY.tzinfo) - timedelta(days=2)
EVERYWHERE = post("desk", unit="", covers=("3302",))


@pytest.fixture
async def crowd(pool: asyncpg.Pool) -> Crowd:
    made = a_crowd(160)
    await settle(PostgresStore(pool, TABLES), made)
    return made


async def pages(pool: asyncpg.Pool, by: Actor, filters: Filters, most: int) -> list[RowView]:
    """Return all rows, read page by page."""
    rows: list[RowView] = []
    after: str | None = None
    while True:
        page = await worklist(pool, by, filters, after=after, most=most)
        assert len(page.rows) <= most
        rows += page.rows
        if page.next is None:
            return rows
        assert len(page.rows) == most, "only the last page is short"
        after = page.next


def passes(matter: Matter, filters: Filters) -> bool:
    """Say whether a plain look at a matter lets it through the filters."""
    lead, deadline = matter.lead.unit if matter.lead else "", due(matter)
    clocks = [one for one in matter.clocks if one.name == "handle"]
    tests: list[bool] = [
        filters.procedure in {"", matter.procedure},
        not filters.state or matter.state in filters.state,
        filters.kind in {"", matter.kind},
        filters.urgency in {"", matter.urgency},
        not filters.category or f"{matter.category}/".startswith(f"{filters.category}/"),
        filters.channel in {"", matter.channel},
        filters.unit in {"", lead},
        filters.outcome in {"", matter.outcome},
        filters.breached is None or filters.breached == any(one.breached_at for one in clocks),
        filters.before is None or (deadline is not None and deadline < filters.before),
        filters.opened_from is None or matter.opened_at >= filters.opened_from,
        filters.opened_to is None or matter.opened_at < filters.opened_to,
        not filters.within or any(lies_in(matter.territory, ground) for ground in filters.within),
    ]
    return all(tests)


def expected(crowd: Crowd, by: Actor, filters: Filters) -> list[UUID]:
    found = [one for one in crowd.seen_in_lists(by, is_open=filters.order == "due") if passes(one, filters)]
    keys: dict[str, Callable[[Matter], tuple[datetime, UUID]]] = {
        "due": lambda one: (due(one) or LATEST, one.id),
        "newest": lambda one: (one.opened_at, one.id),
    }
    return [one.id for one in sorted(found, key=keys[filters.order], reverse=filters.order == "newest")]


grounds = st.lists(st.sampled_from([place for place in PLACES if place]), max_size=4).map(tuple)
viewers = st.builds(post, unit=st.sampled_from(("", WATER, ROADS, DESK, "other")), covers=grounds)
hours = st.none() | st.integers(0, 6).map(lambda n: MONDAY + timedelta(hours=n))
filters_given: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"order": st.sampled_from(("due", "newest"))},
    optional={
        "within": grounds,
        "procedure": st.sampled_from(("request", "other")),
        "state": st.lists(st.sampled_from(("received", "handling", "closed")), max_size=2).map(tuple),
        "kind": st.sampled_from(("help", "praise")),
        "urgency": st.just("urgent"),
        "category": st.sampled_from(("water", "water/tap", "wat")),
        "channel": st.just("web"),
        "unit": st.sampled_from((WATER, DESK)),
        "outcome": st.sampled_from(("solved", "merged")),
        "breached": st.booleans(),
        "before": hours,
        "opened_from": hours,
        "opened_to": hours,
    },
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(viewers, filters_given, st.integers(1, 60))
async def test_a_list_is_what_a_plain_look_says(
    pool: asyncpg.Pool, crowd: Crowd, by: Actor, given_: dict[str, Any], most: int
) -> None:
    filters = Filters(**given_)
    wanted = expected(crowd, by, filters)
    assert [row.id for row in await pages(pool, by, filters, most)] == wanted
    counted = await count(pool, by, filters)
    assert (counted.count, counted.is_exact) == (len(wanted), True)


@pytest.mark.parametrize("order", ["due", "newest"])
@pytest.mark.parametrize(
    "covers", [("3302",), ("330212",), ("330212001",), (EAST,), (GRID,), ("330299", WEST)]
)
async def test_ground_at_every_level(
    pool: asyncpg.Pool, crowd: Crowd, order: Any, covers: tuple[str, ...]
) -> None:
    by, filters = post(unit="", covers=covers), Filters(order=order)
    wanted = expected(crowd, by, filters)
    assert wanted
    assert [row.id for row in await pages(pool, by, filters, 7)] == wanted


async def test_nobody_without_ground_or_unit_sees_anything(pool: asyncpg.Pool, crowd: Crowd) -> None:
    for by in (resident(), post(unit="", covers=()), post(unit="", covers=("",))):
        for order in ("due", "newest"):
            assert await pages(pool, by, Filters(order=order), 50) == []


async def test_a_former_code_is_one_more_ground(pool: asyncpg.Pool, crowd: Crowd) -> None:
    renamed = post(unit="", covers=("330298", "330299"))
    assert {row.territory for row in await pages(pool, renamed, Filters(), 50)} == {"330299001001"}


async def test_a_unit_that_had_a_matter_often_sees_it_once_and_misses_no_other(pool: asyncpg.Pool) -> None:
    """Parts of one unit in one matter must not fill a page: the page after it would be lost."""
    made = a_crowd(30, seed=5)
    often = [matter for matter in made.matters if sum(one.unit == WATER for one in matter.assignments) > 1]
    assert often
    await settle(PostgresStore(pool, TABLES), made)
    by, filters = post(unit=WATER, covers=()), Filters(order="newest")
    for most in range(1, 12):
        assert [row.id for row in await pages(pool, by, filters, most)] == expected(made, by, filters)


async def test_a_row_tells_what_it_is_about(pool: asyncpg.Pool, crowd: Crowd) -> None:
    matter = next(
        one for one in crowd.matters if one.texts and due(one) and one.ended_at is None and one.territory
    )
    row = next(row for row in await pages(pool, EVERYWHERE, Filters(), 50) if row.id == matter.id)
    assert (row.number, row.subject) == (matter.number, f"subject of {matter.number}")
    assert (row.due_at, row.opened_at, row.version) == (due(matter), matter.opened_at, 1)
    assert row.is_paused == any(one.state == "paused" for one in matter.clocks)


async def test_a_page_is_never_too_large(pool: asyncpg.Pool, crowd: Crowd) -> None:
    filters = Filters(order="newest")
    assert len((await worklist(pool, EVERYWHERE, filters, most=10_000)).rows) <= 200
    assert len((await worklist(pool, EVERYWHERE, filters, most=-5)).rows) == 1


async def test_counting_stops_at_a_cap(pool: asyncpg.Pool) -> None:
    made = a_crowd(1200, seed=3)
    await settle(PostgresStore(pool, TABLES), made)
    counted = await count(pool, EVERYWHERE, Filters(order="newest"))
    assert (counted.count, counted.is_exact) == (1000, False)


NAIVE = datetime(2026, 3, 2)  # noqa: DTZ001


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "a\x00b"},
        {"state": ("ok", "\x00")},
        {"category": "\ud800"},
        {"unit": "u" * 300},
        {"within": ("33\x00",)},
        {"before": NAIVE},
        {"opened_from": NAIVE},
        {"opened_to": datetime.fromisoformat("0001-01-01T00:00:00+14:00")},
        {"before": datetime.fromisoformat("9999-12-31T23:59:59-14:00")},
    ],
)
async def test_filters_of_no_use(pool: asyncpg.Pool, wrong: dict[str, Any]) -> None:
    for reading in (worklist, count):
        with pytest.raises(Refusal) as refused:
            await reading(pool, EVERYWHERE, Filters(**wrong))
        assert refused.value.code == "list.bad_filter"


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


ID = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    "after",
    [
        "", "?", "é", "AAAA", cursor("2026-03-02T00:00:00+00:00"), cursor(f"yesterday {ID}"),
        cursor(f"2026-03-02T00:00:00 {ID}"), cursor("2026-03-02T00:00:00+00:00 me"),
        cursor(f"0001-01-01T00:00:00+14:00 {ID}"), cursor("a b c"), "\ud800",
    ],
)  # fmt: skip
async def test_cursors_of_no_use(pool: asyncpg.Pool, after: str) -> None:
    with pytest.raises(Refusal) as refused:
        await worklist(pool, EVERYWHERE, Filters(), after=after)
    assert refused.value.code == "list.bad_cursor"


def sorted_copy(rows: Sequence[RowView]) -> list[UUID]:
    return sorted(row.id for row in rows)


async def test_a_matter_that_ends_while_one_reads_is_the_only_one_missed(
    pool: asyncpg.Pool, crowd: Crowd
) -> None:
    first = await worklist(pool, EVERYWHERE, Filters(), most=10)
    rest = expected(crowd, EVERYWHERE, Filters())[10:]
    await pool.execute(
        "update matter set ended_at = now() where id = any($1)", [row.id for row in first.rows[:5]] + rest[:1]
    )
    after, seen = first.next, list[RowView]()
    while after is not None:
        page = await worklist(pool, EVERYWHERE, Filters(), after=after, most=10)
        seen += page.rows
        after = page.next
    assert sorted_copy(seen) == sorted(rest[1:])
