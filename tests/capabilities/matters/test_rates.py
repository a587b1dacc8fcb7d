"""Rates are what counting matter by matter gives, and as many matters are behind a figure as it says."""

from collections import defaultdict
from collections.abc import Callable, Sized
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

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
from yuzhi.capabilities.matters import TABLES, By, Figure, Filters, Rate, RatesView, behind, rates
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.store import PostgresStore

NOW = MONDAY + timedelta(days=1, hours=12)
ZONE = ZoneInfo("Asia/Shanghai")
EVERYTHING = post(unit="", covers=("3302",))
GROUPS: dict[By, Callable[[Matter], str]] = {
    "all": lambda one: "",
    "unit": lambda one: one.lead.unit if one.lead else "",
    "district": lambda one: one.territory[:6],
    "town": lambda one: one.territory[:9],
    "community": lambda one: one.territory[:12],
    "category": lambda one: one.category.partition("/")[0],
    "kind": lambda one: one.kind,
    "channel": lambda one: one.channel,
    "procedure": lambda one: one.procedure,
    "month": lambda one: f"{one.opened_at.astimezone(ZONE):%Y-%m}",
    "week": lambda one: f"{one.opened_at.astimezone(ZONE):%G-W%V}",
    "day": lambda one: f"{one.opened_at.astimezone(ZONE):%Y-%m-%d}",
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
    given: dict[str, dict[UUID, bool]] = defaultdict(lambda: defaultdict(bool))
    for one in crowd.seen_in_lists(who, is_open=False):
        is_here = not within or any(lies_in(one.territory, ground) for ground in within)
        if one.outcome != "merged" and is_here and (since is None or one.opened_at >= since):
            groups[GROUPS[by](one)].append(one)
            for part in one.assignments:
                if part.role == "lead":
                    group = part.unit if by == "unit" else GROUPS[by](one)
                    given[group][one.id] |= part.state == "returned"
    return [_view(name, groups[name], given[name]) for name in sorted({*groups, *given})]


def _view(name: str, found: list[Matter], given: dict[UUID, bool]) -> RatesView:
    verdicts = [one for one in found if one.satisfaction]
    answered = [one for one in found if one.outcome]
    over = [one for one in found if (clock := leading(one)) and (clock.stopped_at or clock.breached_at)]
    return RatesView(
        group=name,
        received=len(found),
        open=sum(one.ended_at is None for one in found),
        overdue=sum(one.ended_at is None and _is_overdue(one) for one in found),
        answered=_rate(answered, found),
        on_time=_rate([one for one in over if (clock := leading(one)) and clock.was_met], over),
        heard=_rate([one for one in answered if one.satisfaction], answered),
        verdicts=len(verdicts),
        solved=_rate([one for one in verdicts if one.is_solved], verdicts),
        satisfied=_rate([one for one in verdicts if one.satisfaction != "not_satisfied"], verdicts),
        returned=_rate([one for one in given if given[one]], given),
        disputed=_rate(
            [one for one in found if one.reopened], [one for one in found if one.outcome or one.reopened]
        ),
        reopened=sum(one.reopened > 0 for one in found),
        urged=_rate([one for one in found if one.urged], found),
        supervised=_rate([one for one in found if one.supervised], found),
        escalated=_rate([one for one in found if one.escalated], found),
    )


def _is_overdue(matter: Matter) -> bool:
    clock, deadline = leading(matter), due(matter)
    return clock is not None and deadline is not None and (clock.paused_at or NOW) >= deadline


def _rate(some: Sized, of: Sized) -> Rate:
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
    filters = Filters(within=within, opened_from=start)
    found = await rates(pool, who, filters, by=by, now=NOW, zone=ZONE)
    assert list(found) == counted(crowd, by, who, within, start)


def said(view: RatesView, figure: Figure) -> int:
    """Return what rates say of a figure."""
    of: dict[Figure, int] = {
        "verdicts": view.verdicts, "given": view.returned.of, "concluded": view.on_time.of,
        "late": view.on_time.of - view.on_time.count, "ever_answered": view.disputed.of,
        "unsolved": view.verdicts - view.solved.count, "dissatisfied": view.verdicts - view.satisfied.count,
    }  # fmt: skip
    if figure in of:
        return of[figure]
    found = getattr(view, figure)
    count: int = found.count if isinstance(found, Rate) else found
    return count


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(GROUPS)), st.sampled_from(sorted(get_args(Figure))), viewers, since,
    st.integers(3, 60), st.data(),
)  # fmt: skip
async def test_as_many_matters_are_behind_a_figure_as_it_says(
    pool: asyncpg.Pool, crowd: Crowd, by: Any, figure: Any, who: Actor, start: datetime | None, most: int,
    data: st.DataObject,
) -> None:  # fmt: skip
    filters = Filters(opened_from=start)
    groups = await rates(pool, who, filters, by=by, now=NOW, zone=ZONE)
    if not groups:
        return
    view = data.draw(st.sampled_from(groups))
    found, after = [], None
    while True:
        page = await behind(
            pool, who, filters, figure=figure, by=by, group=view.group, now=NOW, zone=ZONE, after=after,
            most=most,
        )  # fmt: skip
        found += [row.id for row in page.rows]
        if (after := page.next) is None:
            break
    assert len(found) == len(set(found)) == said(view, figure)


async def test_below_a_category_are_its_parts(pool: asyncpg.Pool, crowd: Crowd) -> None:
    found = await rates(pool, EVERYTHING, Filters(category="water"), by="category", now=NOW, zone=ZONE)
    assert [one.group for one in found] == ["water", "water/tap"]


async def test_a_period_ends_before_its_last_instant(pool: asyncpg.Pool, crowd: Crowd) -> None:
    until = MONDAY + timedelta(hours=2)
    found = await rates(pool, EVERYTHING, Filters(opened_to=until), by="kind", now=NOW, zone=ZONE)
    wanted = [
        one for one in crowd.matters if one.opened_at < until and one.territory and one.outcome != "merged"
    ]
    assert sum(one.received for one in found) == len(wanted)


async def test_nothing_counted_gives_no_rate(pool: asyncpg.Pool) -> None:
    assert await rates(pool, EVERYTHING, Filters(), by="unit", now=NOW, zone=ZONE) == ()


async def test_an_instant_without_a_zone_is_refused(pool: asyncpg.Pool) -> None:
    wrong = Filters(opened_from=datetime(2026, 3, 2))  # noqa: DTZ001
    with pytest.raises(Refusal) as refused:
        await rates(pool, EVERYTHING, wrong, by="unit", now=NOW, zone=ZONE)
    assert refused.value.code == "list.bad_filter"
