"""Rates are what counting matter by matter gives, always shown with what they were counted from."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.crowd import PLACES, Crowd, a_crowd, due, leading, settle
from fakes.people import ROADS, WATER, post
from fakes.walk import MONDAY
from yuzhi.base.actor import Actor
from yuzhi.base.ground import lies_in
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import TABLES, Rate, RatesView, rates
from yuzhi.capabilities.matters._rates import By
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.store import PostgresStore

NOW = MONDAY + timedelta(days=1, hours=12)
EVERYTHING = post(unit="", covers=("3302",))
GROUPS: dict[By, Callable[[Matter], str]] = {
    "unit": lambda one: one.lead.unit if one.lead else "",
    "district": lambda one: one.territory[:6],
    "town": lambda one: one.territory[:9],
    "community": lambda one: one.territory[:12],
    "category": lambda one: one.category.partition("/")[0],
    "kind": lambda one: one.kind,
    "channel": lambda one: one.channel,
    "procedure": lambda one: one.procedure,
}


@pytest.fixture
async def crowd(pool: asyncpg.Pool) -> Crowd:
    made = a_crowd(120, seed=9)
    await settle(PostgresStore(pool, TABLES), made)
    return made


def counted(
    crowd: Crowd, by: By, who: Actor, within: tuple[str, ...], since: datetime | None
) -> list[RatesView]:
    """Return the rates that a plain count gives."""
    groups: dict[str, list[Matter]] = defaultdict(list)
    for one in crowd.matters:
        is_mine = who.covers_place(one.territory) or (
            one.lead is not None and one.lead.unit == who.unit != ""
        )
        is_here = not within or any(lies_in(one.territory, ground) for ground in within)
        if one.outcome != "merged" and is_mine and is_here and (since is None or one.opened_at >= since):
            groups[GROUPS[by](one)].append(one)
    views = [_view(name, found) for name, found in groups.items()]
    return sorted(views, key=lambda view: (-view.received, view.group))


def _view(name: str, found: list[Matter]) -> RatesView:
    verdicts = [one for one in found if one.satisfaction]
    over = [one for one in found if (clock := leading(one)) and (clock.stopped_at or clock.breached_at)]
    return RatesView(
        group=name,
        received=len(found),
        open=sum(one.ended_at is None for one in found),
        overdue=sum(one.ended_at is None and _is_overdue(one) for one in found),
        answered=_rate([one for one in found if one.outcome], found),
        on_time=_rate([one for one in over if (clock := leading(one)) and clock.was_met], over),
        verdicts=len(verdicts),
        solved=_rate([one for one in verdicts if one.is_solved], verdicts),
        satisfied=_rate([one for one in verdicts if one.satisfaction != "not_satisfied"], verdicts),
        reopened=sum(one.reopened > 0 for one in found),
    )


def _is_overdue(matter: Matter) -> bool:
    clock, deadline = leading(matter), due(matter)
    return clock is not None and deadline is not None and (clock.paused_at or NOW) >= deadline


def _rate(some: list[Matter], of: list[Matter]) -> Rate:
    return Rate(count=len(some), of=len(of), share=round(len(some) / len(of), 4) if of else None)


def test_every_way_to_group_is_known_here() -> None:
    assert set(GROUPS) == set(get_args(By))


grounds = st.lists(st.sampled_from([place for place in PLACES if place]), max_size=3).map(tuple)
viewers = st.builds(post, unit=st.sampled_from(("", WATER, ROADS)), covers=grounds)
since = st.none() | st.integers(0, 5).map(lambda n: MONDAY + timedelta(hours=n))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(GROUPS)), viewers, grounds, since)
async def test_rates_are_what_a_plain_count_gives(
    pool: asyncpg.Pool, crowd: Crowd, by: Any, who: Actor, within: tuple[str, ...], start: datetime | None
) -> None:
    found = await rates(pool, who, by=by, now=NOW, within=within, opened_from=start)
    assert list(found) == counted(crowd, by, who, within, start)


async def test_a_period_ends_before_its_last_instant(pool: asyncpg.Pool, crowd: Crowd) -> None:
    until = MONDAY + timedelta(hours=2)
    found = await rates(pool, EVERYTHING, by="kind", now=NOW, opened_to=until)
    wanted = [
        one for one in crowd.matters if one.opened_at < until and one.territory and one.outcome != "merged"
    ]
    assert sum(one.received for one in found) == len(wanted)


async def test_nothing_counted_gives_no_rate(pool: asyncpg.Pool) -> None:
    assert await rates(pool, EVERYTHING, by="unit", now=NOW) == ()


async def test_an_instant_without_a_zone_is_refused(pool: asyncpg.Pool) -> None:
    with pytest.raises(Refusal) as refused:
        await rates(pool, EVERYTHING, by="unit", now=NOW, opened_from=datetime(2026, 3, 2))  # noqa: DTZ001
    assert refused.value.code == "list.bad_filter"
