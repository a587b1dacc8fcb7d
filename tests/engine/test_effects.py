"""What each effect of a step does to a matter, and what it refuses to do."""

from typing import Any
from uuid import UUID

import pytest

from fakes.people import DESK, ROADS, WATER, post, resident
from fakes.procedures import a_clock, a_procedure, a_step, an_opening
from fakes.request import REQUEST
from fakes.walk import MATTER, Walk
from yuzhi.base.refusal import Refusal
from yuzhi.engine import facts as f
from yuzhi.engine.asks import AssignTo, Place
from yuzhi.engine.definition import Effect, Verdict
from yuzhi.engine.limits import parse_limit

OTHER = UUID(int=99)
ASSIGN = a_step("assign", "received", does=("assign",))


def having(*effects: Effect, **said: Any) -> Walk:
    """Return a matter with a step `go` of those effects, one that assigns, and one that ends it."""
    procedure = a_procedure(
        a_step("go", "received", does=effects, **said), ASSIGN, a_step("close", "received", "closed"),
        verdict=Verdict(window=parse_limit("15 days"), reopens_to="received"),
    )  # fmt: skip
    return Walk(procedure)


def refused(walk: Walk, step: str = "go", **ask: Any) -> str:
    with pytest.raises(Refusal) as caught:
        walk.take(step, **ask)
    return caught.value.code


def held(walk: Walk) -> list[tuple[str, str, str]]:
    return [(one.unit, one.role, one.state) for one in walk.matter.assignments]


class TestAssign:
    def test_gives_it_to_a_lead_and_to_co_handlers(self) -> None:
        walk = having("assign").take("go", post("handler", unit=DESK), lead=WATER, co=[ROADS, "parks"])
        assert held(walk) == [
            (WATER, "lead", "given"), (ROADS, "co_handler", "given"), ("parks", "co_handler", "given"),
        ]  # fmt: skip
        assert {one.by_unit for one in walk.matter.assignments} == {DESK}
        assert [one.no for one in walk.matter.assignments] == [1, 2, 3]
        assert walk.part(1).given_at == walk.now

    def test_a_new_lead_takes_it_from_everybody(self) -> None:
        walk = having("assign").take("go", lead=WATER, co=[ROADS]).take("go", lead=ROADS)
        assert held(walk) == [
            (WATER, "lead", "recalled"), (ROADS, "co_handler", "recalled"), (ROADS, "lead", "given"),
        ]  # fmt: skip
        assert walk.matter.lead == walk.part(3)

    def test_co_handlers_alone_join_the_lead(self) -> None:
        walk = having("assign").take("go", lead=WATER).take("go", co=[ROADS])
        assert held(walk) == [(WATER, "lead", "given"), (ROADS, "co_handler", "given")]

    def test_refuses(self) -> None:
        assert refused(having("assign")) == "assign.unit_missing"
        assert refused(having("assign"), assign=AssignTo(lead="")) == "assign.unit_missing"
        assert refused(having("assign"), co=[ROADS]) == "assign.lead_missing"
        assert refused(having("assign"), lead=WATER, co=[WATER]) == "assign.unit_twice"
        assert refused(having("assign"), lead=WATER, co=[ROADS, ROADS]) == "assign.unit_twice"
        assert refused(having("assign").take("go", lead=WATER), co=[WATER]) == "assign.unit_twice"


class TestOwnPart:
    def test_taking_on_makes_ones_own_unit_the_lead_that_has_signed(self) -> None:
        walk = having("take").take("assign", lead=ROADS).take("go")
        assert held(walk) == [(ROADS, "lead", "recalled"), (WATER, "lead", "signed")]
        assert walk.part(2).signed_at == walk.now

    def test_recalling(self) -> None:
        walk = having("recall").take("assign", lead=ROADS, co=[WATER]).take("go")
        assert {one.state for one in walk.matter.assignments} == {"recalled"}
        assert walk.matter.lead is None
        assert walk.part(1).ended_at == walk.now

    def test_signing_and_answering(self) -> None:
        walk = having("sign", scope="lead").take("assign", lead=WATER).later(hours=1).take("go")
        assert (walk.part(1).state, walk.part(1).signed_at) == ("signed", walk.now)
        answering = having("sign", "answer", scope="lead").take("assign", lead=WATER).take("go")
        assert (answering.part(1).state, answering.part(1).ended_at) == ("answered", answering.now)
        assert answering.matter.lead == answering.part(1)

    def test_a_step_of_the_lead_leaves_the_co_handler_alone(self) -> None:
        walk = having("sign", scope="co_handler").take("assign", lead=ROADS, co=[WATER]).take("go")
        assert held(walk) == [(ROADS, "lead", "given"), (WATER, "co_handler", "signed")]

    def test_a_return_is_agreed_to_or_refused(self) -> None:
        walk = Walk(REQUEST).take("dispatch", post("dispatcher", unit=DESK), lead=WATER)
        walk.take("object", reason="not_ours")
        assert walk.part(1).state == "return_asked"
        assert walk.matter.lead == walk.part(1)
        walk.take("refuse", post("dispatcher"), texts=["reason"])
        assert (walk.part(1).state, walk.part(1).returns_refused) == ("given", 1)
        walk.take("object", reason="not_ours").take("agree", post("dispatcher"))
        assert (walk.part(1).state, walk.matter.state) == ("returned", "received")
        assert walk.matter.lead is None


class TestPressure:
    def test_urging_and_supervising_are_counted(self) -> None:
        walk = having("urge", "supervise").take("go").take("go")
        assert (walk.matter.urged, walk.matter.supervised) == (2, 2)

    def test_escalating_goes_to_the_unit_named(self) -> None:
        walk = having("escalate").take("go", escalate_to=AssignTo(lead="district"))
        assert (walk.matter.escalated, walk.matter.escalated_unit) == (1, "district")

    def test_there_is_nothing_above_the_top(self) -> None:
        assert refused(having("escalate")) == "escalate.top_of_ladder"
        assert refused(having("escalate"), escalate_to=AssignTo(lead="")) == "escalate.top_of_ladder"


class TestDescribing:
    def test_linking(self) -> None:
        walk = having("link", link="child_of").take("go", target=OTHER)
        assert [(link.kind, link.target) for link in walk.matter.links] == [("child_of", OTHER)]
        assert refused(having("link", link="child_of")) == "link.target_missing"
        assert refused(having("link"), target=OTHER) == "link.target_missing"
        assert refused(having("link", link="child_of"), target=MATTER) == "link.to_itself"

    def test_classifying_changes_what_is_given_and_nothing_else(self) -> None:
        walk = having("classify").take("go", category="roads")
        assert (walk.matter.kind, walk.matter.category, walk.matter.urgency) == ("help", "roads", "normal")
        walk.take("go", kind="complaint", urgency="urgent")
        assert (walk.matter.kind, walk.matter.category, walk.matter.urgency) == (
            "complaint",
            "roads",
            "urgent",
        )

    @pytest.mark.parametrize(
        ("ask", "code"),
        [
            ({}, "classify.nothing_given"),
            ({"kind": "praise"}, "opening.unknown_kind"),
            ({"urgency": "soon"}, "opening.unknown_urgency"),
        ],
    )
    def test_classifying_refuses(self, ask: dict[str, str], code: str) -> None:
        assert refused(having("classify"), **ask) == code

    def test_placing(self) -> None:
        point = Place(lon_e6=1, lat_e6=2)
        walk = having("place").take("go", territory="330203", place=point)
        assert (walk.matter.territory, walk.matter.place) == ("330203", point)
        assert refused(having("place")) == "place.territory_missing"


class TestOutcome:
    def test_resolving_opens_the_window_in_which_it_may_be_disputed(self) -> None:
        walk = having("resolve", outcomes=("solved", "explained")).take("go", outcome="explained")
        assert (walk.matter.outcome, walk.matter.resolved_at) == ("explained", walk.now)
        until = walk.matter.reopen_until
        assert until is not None
        assert until.isoformat() == "2026-03-17T16:00:00+00:00"  # 15 days after the 2nd, on the city's clock

    def test_one_outcome_need_not_be_named(self) -> None:
        assert having("resolve", outcomes=("solved",)).take("go").matter.outcome == "solved"

    def test_refuses_an_outcome_the_step_does_not_give(self) -> None:
        assert refused(having("resolve", outcomes=("solved", "explained"))) == "outcome.unknown"
        assert refused(having("resolve", outcomes=("solved",)), outcome="explained") == "outcome.unknown"

    def test_without_a_verdict_nothing_can_be_disputed(self) -> None:
        step = a_step("go", "received", "closed", does=("resolve",), outcomes=("solved",))
        assert Walk(a_procedure(step)).take("go").matter.reopen_until is None

    def test_a_verdict_is_whole_or_none(self) -> None:
        walk = having("verdict").take("go", satisfaction="basically", solved=False)
        assert (walk.matter.satisfaction, walk.matter.is_solved) == ("basically", False)
        assert refused(having("verdict"), satisfaction="satisfied") == "verdict.incomplete"
        assert refused(having("verdict"), solved=True) == "verdict.incomplete"

    def test_reopening_gives_it_back_to_whom_it_was_with(self) -> None:
        walk = Walk(REQUEST).take("dispatch", post("dispatcher", unit=DESK), lead=WATER).take("sign")
        signed_at = walk.now
        walk.later(hours=1).take("answer", texts=["reply"], outcome="solved")
        walk.later(hours=1).take(
            "dispute", resident(), texts=["objection"], satisfaction="not_satisfied", solved=False
        )
        matter = walk.matter
        assert (matter.state, matter.reopened, matter.outcome) == ("handling", 1, "")
        assert (matter.resolved_at, matter.reopen_until, matter.ended_at) == (None, None, None)
        assert (matter.satisfaction, matter.is_solved) == ("not_satisfied", False)
        assert (walk.part(1).state, walk.part(1).signed_at, walk.part(1).ended_at) == (
            "signed",
            signed_at,
            None,
        )

    def test_a_part_that_is_taken_up_again_has_its_clocks_again(self) -> None:
        procedure = a_procedure(
            a_step("give", "received", does=("assign",)),
            a_step(
                "settle",
                "received",
                "closed",
                scope="lead",
                does=("sign", "answer", "resolve"),
                outcomes=("solved",),
            ),
            a_step("again", "closed", "received", does=("reopen",), guards=("in_reopen_window",)),
            a_step("close", "received", "closed"),
            clocks=(
                a_clock("work", "signed", ["answered", "returned", "recalled"], "1 hour", each="assignment"),
            ),
            verdict=Verdict(window=parse_limit("15 days"), reopens_to="received"),
        )
        walk = Walk(procedure).take("give", lead=WATER).take("settle")
        assert walk.clock("work", 1).state == "stopped"
        walk.later(days=1).take("again")
        assert (walk.clock("work", 1).state, walk.clock("work", 1).run) == ("running", 2)


def test_effects_happen_in_the_order_they_are_named() -> None:
    walk = having("urge", "classify", "supervise").take("go", kind="complaint")
    told = [type(fact) for fact in walk.facts]
    assert told == [f.StepTaken, f.Urged, f.Classified, f.Supervised]


def test_nothing_is_kept_of_a_step_that_fails_half_way() -> None:
    walk = having("urge", "escalate")
    before = walk.matter
    assert refused(walk) == "escalate.top_of_ladder"
    assert walk.matter is before


def test_the_kinds_are_those_of_the_opening() -> None:
    procedure = a_procedure(
        a_step("go", "received", does=("classify",)), a_step("close", "received", "closed"),
        opening=an_opening(kinds=("help", "advice")),
    )  # fmt: skip
    assert Walk(procedure).take("go", kind="advice").matter.kind == "advice"
