"""Who is answerable, by the first rule that holds, and which category words speak for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.procedures import a_pack
from yuzhi.engine.asks import AssignTo, Routed
from yuzhi.engine.definition import Category, Pack, RoutingRule, UnitAt, When
from yuzhi.engine.routing import categorise, route

UNITS = {"water": "water-office", "roads": "roads-office", "town": "town-office"}


def find(kind: str, at: str, territory: str) -> str:
    """Return the unit of a kind; its code tells what it was asked for."""
    unit = UNITS.get(kind, "")
    return f"{unit}@{at}:{territory}" if unit else ""


def routed(*rules: RoutingRule, **said: Any) -> Routed:
    given_: dict[str, Any] = {
        "kind": "help", "urgency": "normal", "channel": "web", "category": "water", "territory": "330212",
        "text": "家里漏水", **said,
    }  # fmt: skip
    return route(a_pack(routing=rules), find=find, **given_)


def rule(name: str, lead: str = "town", co: tuple[str, ...] = (), **when: Any) -> RoutingRule:
    return RoutingRule(
        name=name, when=When(**when), lead=UnitAt(kind=lead) if lead else None,
        co_handlers=tuple(UnitAt(kind=kind, at="district") for kind in co),
    )  # fmt: skip


def test_the_first_rule_that_holds_decides_and_the_others_are_remembered() -> None:
    found = routed(
        rule("roads", category=("roads",)), rule("water", "water", category=("water",)), rule("rest")
    )
    assert found == Routed(
        rule="water", passed=("roads",), assign=AssignTo(lead="water-office@nearest:330212")
    )


def test_a_rule_without_a_lead_is_a_desk() -> None:
    assert routed(rule("danger", "", words=("漏",)), rule("rest")) == Routed(rule="danger")


def test_a_unit_that_is_not_there_passes_the_matter_on() -> None:
    found = routed(rule("parks", "parks"), rule("rest"))
    assert found.passed == ("parks!no_unit",)
    assert found.rule == "rest"


def test_when_nothing_fires_it_goes_to_a_desk() -> None:
    assert routed(rule("a", kind=("complaint",)), rule("b", "parks")) == Routed(
        rule="desk", passed=("a", "b!no_unit")
    )
    assert routed() == Routed(rule="desk")


@pytest.mark.parametrize(
    ("when", "said", "holds"),
    [
        ({"kind": ("help", "report")}, {}, True),
        ({"kind": ("report",)}, {}, False),
        ({"urgency": ("urgent",)}, {"urgency": "urgent"}, True),
        ({"urgency": ("urgent",)}, {}, False),
        ({"channel": ("hotline",)}, {}, False),
        ({"category": ("water",)}, {"category": "water/tap"}, True),
        ({"category": ("water/tap",)}, {"category": "water"}, False),
        ({"category": ("water",)}, {"category": "waterfall"}, False),
        ({"category": ("water",)}, {"category": ""}, False),
        ({"territory": ("3302",)}, {}, True),
        ({"territory": ("330203", "330212")}, {}, True),
        ({"territory": ("330212001",)}, {}, False),
        ({"words": ("着火", "漏水")}, {}, True),
        ({"words": ("着火",)}, {}, False),
        ({"kind": ("help",), "words": ("着火",)}, {}, False),
        ({}, {"kind": "", "category": "", "territory": "", "text": ""}, True),
    ],
)
def test_conditions(when: dict[str, Any], said: dict[str, Any], holds: bool) -> None:
    assert (routed(rule("it", **when), **said).rule == "it") is holds


def test_by_category_asks_the_category_and_then_the_one_above_it() -> None:
    by_category = rule("c", "by_category")
    assert routed(by_category, category="water/tap").assign == AssignTo(lead="water-office@nearest:330212")
    assert routed(by_category, category="roads").assign == AssignTo(lead="roads-office@nearest:330212")
    assert routed(by_category, category="").passed == ("c!no_unit",)
    assert routed(by_category, category="unheard/of").passed == ("c!no_unit",)


def test_co_handlers_are_others_than_the_lead_and_each_once() -> None:
    found = routed(rule("it", "water", co=("town", "town", "parks", "roads"))).assign
    assert found is not None
    assert found.co_handlers == ("town-office@district:330212", "roads-office@district:330212")
    same = RoutingRule(name="it", lead=UnitAt(kind="town"), co_handlers=(UnitAt(kind="town"),))
    assert routed(same).assign == AssignTo(lead="town-office@nearest:330212")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("厨房漏水", "water"),
        ("路面有坑", "roads"),
        ("水龙头漏水", "water/tap"),  # the longer word speaks louder
        ("路面有水坑", ""),  # roads is spoken against
        ("你好", ""),
        ("", ""),
        ("水", ""),
    ],
)
def test_words_speak_for_a_category(text: str, category: str) -> None:
    assert categorise(a_pack(), text) == category


def test_a_tie_is_no_answer() -> None:
    pack = a_pack(categories=(Category(code="a", words=("甲乙",)), Category(code="b", words=("丙丁",))))
    assert categorise(pack, "甲乙丙丁") == ""
    assert categorise(pack, "丙丁") == "b"


few = st.text("水路漏坑a", max_size=4)
trees = st.lists(
    st.tuples(st.lists(few, max_size=4, unique=True), st.lists(few.filter(bool), max_size=1)), max_size=5
)


def naive(pack: Pack, text: str) -> str:
    scores = {
        one.code: sum(len(word) ** 2 for word in one.words if word in text)
        for one in pack.categories
        if not any(word in text for word in one.words_against)
    }
    best = max(scores.values(), default=0)
    winners = [code for code, score in scores.items() if score == best]
    return winners[0] if best and len(winners) == 1 else ""


@given(trees, st.text("水路漏坑a", max_size=12))
def test_categories_are_those_a_plain_count_gives(tree: list[tuple[list[str], list[str]]], text: str) -> None:
    pack = a_pack(
        categories=tuple(
            Category(code=f"c{n}", words=tuple(words), words_against=tuple(against))
            for n, (words, against) in enumerate(tree)
        )
    )
    assert categorise(pack, text) == naive(pack, text)
