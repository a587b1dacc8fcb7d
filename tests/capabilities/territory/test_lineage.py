from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory import (
    Atlas,
    Change,
    ChangeKind,
    Former,
    Territory,
    ancestors,
    covers,
    level_of,
)
from yuzhi.capabilities.territory._lineage import Lineage

D = date(2020, 1, 1)
LATER = date(2030, 1, 1)


def town(code: str, name: str = "") -> Territory:
    return Territory(code=code, name=name or code, level=level_of(code), parent=ancestors(code)[0])


def change(kind: ChangeKind, on: date, start: str, to: str) -> Change:
    return Change(kind, on, tuple(start.split()), tuple(to.split()))


# A small ground: two districts, a few towns, communities and grids, so that changes collide often.
CODES = [
    *(district for district in ("330201", "330202")),
    *(f"{district}00{n}" for district in ("330201", "330202") for n in (1, 2)),
    *(f"{district}00{n}00{m}" for district in ("330201", "330202") for n in (1, 2) for m in (1, 2)),
    "330201001001A",
    "330201001001AB",
]
some_code = st.sampled_from(CODES)
some_day = st.integers(0, 3).map(lambda n: D + timedelta(days=365 * n))


@st.composite
def some_changes(draw: st.DrawFn) -> list[Change]:
    """Any well-formed changes between codes of one level, at most one a day from any one code."""
    made: list[Change] = []
    used: set[tuple[date, str]] = set()
    for _ in range(draw(st.integers(0, 7))):
        level = draw(st.sampled_from(["district", "town", "community"]))
        pool = [code for code in CODES if level_of(code) == level]
        kind = draw(st.sampled_from(get_args(ChangeKind)))
        picked = draw(st.permutations(pool))
        on = draw(some_day)
        many = 2 if kind in {"merge", "split"} else 1
        start = tuple(picked[: many if kind == "merge" else 1])
        keeps = draw(st.booleans()) and kind != "transfer"
        rest = [code for code in picked if code not in start]
        to = tuple(([start[0]] if keeps else []) + rest)[: 2 if kind == "split" else 1]
        if len(to) < (2 if kind == "split" else 1) or any((on, code) in used for code in start):
            continue
        used |= {(on, code) for code in start}
        made.append(Change(kind, on, start, to))
    return made


def is_sound(changes: list[Change]) -> bool:
    try:
        Lineage(changes)
    except Refusal as refusal:
        return refusal.code != "territory.change_cycle"
    return True


@given(some_changes(), some_code, some_day)
@settings(deadline=None, max_examples=300)
def test_an_old_matter_is_found_under_every_successor(changes: list[Change], old: str, on: date) -> None:
    assume(is_sound(changes))
    atlas = Atlas(map(town, CODES), changes)
    for new in atlas.successor(old, LATER, since=on):
        found = atlas.lineage(new)
        assert any(
            covers(former.code, old) and (former.before is None or on < former.before) for former in found
        ), (new, found)


@given(some_changes(), some_code)
@settings(deadline=None, max_examples=300)
def test_equivalents_are_few_and_start_with_the_code(changes: list[Change], code: str) -> None:
    assume(is_sound(changes))
    atlas = Atlas(map(town, CODES), changes)
    found = atlas.equivalents(code)
    assert found[0] == code
    assert len(set(found)) == len(found) <= len(CODES)
    assert not any(covers(code, other) for other in found[1:])


@given(some_changes(), some_code)
@settings(deadline=None)
def test_without_time_passing_nothing_changes(changes: list[Change], code: str) -> None:
    assume(is_sound(changes))
    atlas = Atlas(map(town, CODES), changes)
    assert atlas.successor(code, D - timedelta(days=1)) == (code,)
    assert atlas.successor(code, LATER, since=LATER) == (code,)


def test_merged_towns_are_found_under_the_new_one() -> None:
    atlas = Atlas([], [change("merge", D, "330201001 330201002", "330201003")])
    assert atlas.equivalents("330201003") == ("330201003", "330201001", "330201002")
    assert atlas.successor("330201001", D) == ("330201003",)
    assert atlas.successor("330201001005", D) == ("330201003",)
    assert atlas.successor("330201001", D - timedelta(days=1)) == ("330201001",)


def test_a_code_that_goes_on_after_a_split_lends_only_its_past() -> None:
    atlas = Atlas([], [change("split", D, "330201001", "330201001 330201009")])
    assert atlas.lineage("330201009") == (Former("330201009", None), Former("330201001", D))
    assert atlas.lineage("330201001") == (Former("330201001", None),)
    assert atlas.successor("330201001", D) == ("330201001", "330201009")
    assert atlas.successor("330201001", LATER, since=D) == ("330201001",)
    assert atlas.successor("330201001001", D) == ("330201001001",)


def test_a_renamed_district_takes_its_towns_along() -> None:
    ground = [town(code) for code in ("330283", "330213", "330283001", "330213001")]
    atlas = Atlas(ground, [change("rename", date(2016, 10, 1), "330283", "330213")])
    assert atlas.successor("330283001", LATER) == ("330213001",)
    assert atlas.successor("330283777", LATER) == ("330213",)
    assert atlas.equivalents("330213001") == ("330213001", "330283001")
    assert atlas.equivalents("330213") == ("330213", "330283")


def test_a_district_finds_the_old_matters_of_a_community_that_came_from_elsewhere() -> None:
    atlas = Atlas([], [change("transfer", D, "330201001001", "330202001009")])
    assert atlas.equivalents("330202") == ("330202", "330201001001")
    assert atlas.equivalents("330202001009") == ("330202001009", "330201001001")
    assert atlas.equivalents("330202002") == ("330202002",)


def test_what_moved_apart_on_the_same_day_did_not_go_along() -> None:
    changes = [
        change("transfer", D, "330201001001", "330202009005"),
        change("transfer", D, "330201001002", "330202009001"),
        change("transfer", D, "330201001", "330202009"),
    ]
    atlas = Atlas([], changes)
    assert atlas.equivalents("330202009001") == ("330202009001", "330201001002")
    assert atlas.equivalents("330202009003") == ("330202009003", "330201001003")


def test_predecessors_of_predecessors_count_and_later_arrivals_do_not() -> None:
    changes = [
        change("merge", date(2001, 1, 1), "330201001 330201002", "330201003"),
        change("split", date(2010, 1, 1), "330201003", "330201003 330201004"),
        change("merge", date(2015, 1, 1), "330201003 330201007", "330201003"),
    ]
    atlas = Atlas([], changes)
    assert atlas.equivalents("330201004") == ("330201004", "330201003", "330201001", "330201002")
    assert "330201007" in atlas.equivalents("330201003")
    assert atlas.successor("330201001", LATER) == ("330201003", "330201004")


def test_a_name_that_comes_back_years_later_is_no_circle() -> None:
    there_and_back = [
        change("rename", date(2001, 1, 1), "330201001", "330201002"),
        change("rename", date(2005, 1, 1), "330201002", "330201001"),
    ]
    atlas = Atlas([], there_and_back)
    assert atlas.equivalents("330201001") == ("330201001", "330201002")
    assert atlas.successor("330201001", LATER) == ("330201001",)


def test_a_circle_within_one_day_is_refused() -> None:
    circle = [change("rename", D, "330201001", "330201002"), change("rename", D, "330201002", "330201001")]
    with pytest.raises(Refusal) as refused:
        Atlas([], circle)
    assert refused.value.code == "territory.change_cycle"
    assert refused.value.facts["on"] == D


@pytest.mark.parametrize(
    ("kind", "start", "to"),
    [
        ("merge", "330201001", "330201002"),
        ("merge", "330201001 330201002", "330201003 330201004"),
        ("split", "330201001", "330201002"),
        ("rename", "330201001 330201002", "330201003"),
        ("transfer", "330201001", "330201001"),
        ("merge", "330201001 330201001", "330201003"),
        ("transfer", "33020100", "330201002"),
        ("transfer", "", ""),
    ],
)
def test_codes_that_do_not_fit_the_kind_are_refused(kind: ChangeKind, start: str, to: str) -> None:
    with pytest.raises(Refusal) as refused:
        Lineage([change(kind, D, start, to)])
    assert refused.value.code == "territory.change_malformed"
