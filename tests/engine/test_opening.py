"""How a matter begins, and who may begin it how."""

from typing import Any

import pytest

from fakes.people import SOMEBODY, post, resident
from fakes.procedures import a_clock, a_procedure, a_step, an_opening
from fakes.request import REQUEST
from fakes.walk import MONDAY, NUMBER, Walk, photo, words
from yuzhi.base.refusal import Refusal
from yuzhi.engine import facts as f
from yuzhi.engine.asks import AssignTo, Place, Routed
from yuzhi.engine.definition import LetterRule

ROUTED = Routed(rule="by-category", passed=("danger",), assign=AssignTo(lead="water", co_handlers=("roads",)))


def test_a_matter_begins_as_it_was_told() -> None:
    place = Place(lon_e6=121_500_000, lat_e6=29_900_000)
    walk = Walk(REQUEST, category="water/tap", place=place, evidence=(photo(),), fields={"loud": True})
    opened = walk.facts[0]
    assert isinstance(opened, f.Opened)
    assert (opened.number, opened.state, opened.kind, opened.fields) == (
        NUMBER,
        "received",
        "help",
        {"loud": True},
    )
    matter = walk.matter
    assert (matter.seq, matter.opened_at, matter.since) == (1, MONDAY, MONDAY)
    assert (matter.pack, matter.version, matter.procedure) == ("town", "1", "request")
    assert (matter.category, matter.place, matter.requester) == ("water/tap", place, SOMEBODY)
    assert matter.evidence == (photo(),)


def test_certain_rules_dispatch_at_once() -> None:
    walk = Walk(REQUEST, routed=ROUTED)
    assert walk.matter.state == "dispatched"
    assert walk.matter.route == "by-category"
    assert [(one.unit, one.role, one.state) for one in walk.matter.assignments] == [
        ("water", "lead", "given"),
        ("roads", "co_handler", "given"),
    ]
    assert f.RouteFound(rule="by-category", passed=("danger",)) in walk.facts
    assert f.LetterDue(letter="given", to="assignee", unit="roads") in walk.facts


def test_rules_that_name_nobody_leave_it_to_a_desk() -> None:
    walk = Walk(REQUEST, routed=Routed(rule="desk", passed=("a", "b")))
    assert (walk.matter.state, walk.matter.route, walk.matter.assignments) == ("received", "desk", ())


def test_a_procedure_without_dispatch_leaves_the_rules_as_advice() -> None:
    walk = Walk(a_procedure(a_step("close", "received", "closed")), routed=ROUTED)
    assert (walk.matter.state, walk.matter.route, walk.matter.assignments) == ("received", "by-category", ())


def test_a_dispatch_that_may_not_be_taken_does_not_turn_the_requester_away() -> None:
    procedure = a_procedure(
        a_step(
            "dispatch", "received", "closed", duties=("routing",), does=("assign",), guards=("has_place",)
        ),
        opening=an_opening(dispatch="dispatch"),
    )
    walk = Walk(procedure, territory="", routed=ROUTED)
    assert (walk.matter.state, walk.matter.assignments) == ("received", ())
    assert Walk(procedure, routed=ROUTED).matter.state == "closed"


def test_clocks_that_start_with_the_matter_run() -> None:
    procedure = a_procedure(
        a_step("close", "received", "closed"),
        clocks=(
            a_clock("all", "opened", "closed", "1 hour"),
            a_clock("first", "received", "closed", "2 hours"),
        ),
    )
    assert [clock.name for clock in Walk(procedure).matter.clocks] == ["all", "first"]


def test_a_letter_to_the_requester_needs_a_requester() -> None:
    due = f.LetterDue(letter="received", to="requester")
    assert due in Walk(REQUEST).facts
    assert due not in Walk(REQUEST, requester="", by=post("desk")).facts


@pytest.mark.parametrize(
    ("opening", "code"),
    [
        ({"by": post("handler")}, "opening.not_your_duty"),
        ({"by": post()}, "opening.not_your_duty"),
        ({"kind": "praise"}, "opening.unknown_kind"),
        ({"kind": ""}, "opening.unknown_kind"),
        ({"channel": "fax"}, "opening.unknown_channel"),
        ({"urgency": "yesterday"}, "opening.unknown_urgency"),
        ({"texts": words("detail")}, "opening.subject_missing"),
    ],
)
def test_what_may_not_begin_so(opening: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        Walk(REQUEST, **opening)
    assert refused.value.code == code


def test_who_may_open_is_named_by_the_procedure() -> None:
    procedure = a_procedure(a_step("close", "received", "closed"), opening=an_opening(duties=("patrol",)))
    assert Walk(procedure, by=post("patrol")).matter.state == "received"
    with pytest.raises(Refusal):
        Walk(procedure, by=resident())


def test_letters_of_a_step_go_out_when_it_is_taken() -> None:
    close = a_step("close", "received", "closed", letters=(LetterRule(letter="bye", to="requester"),))
    walk = Walk(a_procedure(close)).take("close")
    assert f.LetterDue(letter="bye", to="requester") in walk.facts


FILED = a_procedure(
    a_step("file", "received", "filed", then="dispatch"),
    a_step("dispatch", "filed", "dispatched", duties=("desk", "routing"), does=("assign",)),
    a_step("close", "dispatched", "closed"),
)


def test_after_a_step_that_says_so_certain_rules_dispatch_at_once() -> None:
    walk = Walk(FILED)
    walk.take("file", routed=ROUTED)
    assert (walk.matter.state, walk.matter.route) == ("dispatched", "by-category")
    assert [one.unit for one in walk.matter.assignments] == ["water", "roads"]


@pytest.mark.parametrize("routed", [None, Routed(rule="to-desk", passed=("danger",))])
def test_after_it_rules_that_name_nobody_leave_it_to_a_desk(routed: Routed | None) -> None:
    walk = Walk(FILED)
    walk.take("file", routed=routed)
    assert (walk.matter.state, walk.matter.assignments) == ("filed", ())
