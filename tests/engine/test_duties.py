"""Who may take a step, where, and when; what `options` says and what `decide` does agree."""

import pytest

from fakes.people import DESK, ROADS, WATER, post, resident
from fakes.procedures import a_clock, a_procedure, a_step
from fakes.request import REQUEST
from fakes.walk import Walk
from yuzhi.base.actor import CLOCK, ROUTING, Actor
from yuzhi.base.refusal import Refusal
from yuzhi.engine.definition import Scope
from yuzhi.engine.options import Option, options

DISPATCHER = post("dispatcher", unit=DESK)


def assigned(scope: Scope) -> Walk:
    """Return a matter with water leading and roads helping, and one step of that scope."""
    procedure = a_procedure(
        a_step("assign", "received", does=("assign",), duties=("dispatcher",)),
        a_step("go", "received", duties=("handler", "requester", "clock", "routing"), scope=scope),
        a_step("close", "received", "closed"),
    )
    return Walk(procedure).take("assign", DISPATCHER, lead=WATER, co=[ROADS])


def refusal(walk: Walk, step: str, by: Actor) -> str:
    """Return the code with which a step is refused, as `decide` and `options` both say."""
    offered = option(walk, step, by)
    refused = attempt(walk, step, by)
    assert (offered.is_allowed, offered.why_not) == (refused is None, refused.code if refused else "")
    assert offered.facts == (refused.facts if refused else {})
    return offered.why_not


def attempt(walk: Walk, step: str, by: Actor) -> Refusal | None:
    try:
        walk.take(step, by)
    except Refusal as refused:
        return refused
    return None


def option(walk: Walk, step: str, by: Actor) -> Option:
    return next(one for one in options(walk.procedure, walk.matter, by, walk.now) if one.step == step)


elsewhere = ("330299",)


@pytest.mark.parametrize(
    ("scope", "by", "code"),
    [
        ("any", post("handler", unit="other", covers=()), ""),
        ("territory", post("handler", unit="other"), ""),
        ("territory", post("handler", unit="other", covers=("330212001001",)), ""),
        ("territory", post("handler", unit="other", covers=("330212001002", "330299")), "step.out_of_scope"),
        ("territory", post("handler", covers=()), "step.out_of_scope"),
        ("lead", post("handler", covers=elsewhere), ""),
        ("lead", post("handler", unit=ROADS), "step.out_of_scope"),
        ("lead", post("handler", unit=""), "step.out_of_scope"),
        ("co_handler", post("handler", unit=ROADS, covers=elsewhere), ""),
        ("co_handler", post("handler"), "step.out_of_scope"),
        ("assignee", post("handler"), ""),
        ("assignee", post("handler", unit=ROADS), ""),
        ("assignee", post("handler", unit=DESK), "step.out_of_scope"),
        ("sender", post("handler", unit=DESK, covers=elsewhere), ""),
        ("sender", post("handler"), "step.out_of_scope"),
        ("requester", post("handler"), "step.out_of_scope"),
        ("any", post("approver"), "step.not_your_duty"),
        ("any", resident("00000000-0000-0000-0000-000000000009"), "step.not_your_matter"),
        ("lead", CLOCK, ""),
        ("requester", ROUTING, ""),
    ],
)
def test_scope(scope: Scope, by: Actor, code: str) -> None:
    assert refusal(assigned(scope), "go", by) == code


@pytest.mark.parametrize(
    "scope", ["territory", "lead", "co_handler", "assignee", "sender", "requester", "any"]
)
def test_the_requester_may_in_any_scope_if_it_is_their_matter(scope: Scope) -> None:
    assert refusal(assigned(scope), "go", resident()) == ""


def test_nobody_is_the_requester_of_a_matter_without_one() -> None:
    procedure = a_procedure(a_step("close", "received", "closed", duties=("requester",)))
    walk = Walk(procedure, by=post("desk"), requester="")
    assert refusal(walk, "close", resident("")) == "step.not_your_matter"


def test_state_comes_before_duty_and_duty_before_scope() -> None:
    walk = assigned("lead")
    assert refusal(walk, "go", post("approver", covers=())) == "step.not_your_duty"
    walk.take("close")
    assert refusal(walk, "go", post("approver", covers=())) == "step.wrong_state"


def test_an_unknown_step_names_those_there_are() -> None:
    with pytest.raises(Refusal) as refused:
        Walk(REQUEST).take("fly")
    assert refused.value.code == "step.unknown"
    assert "dispatch" in str(refused.value.facts["allowed"])


def test_a_unit_that_has_answered_is_out_of_scope() -> None:
    walk = Walk(REQUEST).take("dispatch", DISPATCHER, lead=WATER, co=[ROADS]).take("sign")
    roads = post("handler", unit=ROADS)
    walk.take("co-sign", roads).take("co-answer", roads, texts=["opinion"])
    assert refusal(walk, "co-answer", roads) == "step.out_of_scope"


def test_what_is_signed_for_is_not_signed_for_again() -> None:
    walk = Walk(REQUEST).take("dispatch", DISPATCHER, lead=WATER, co=[ROADS])
    roads = post("handler", unit=ROADS)
    assert refusal(walk, "co-answer", roads) == "assignment.wrong_state"
    walk.take("co-sign", roads)
    assert refusal(walk, "co-sign", roads) == "assignment.wrong_state"


@pytest.mark.parametrize("effect", ["sign", "return", "answer"])
def test_who_has_no_part_in_it_cannot_act_on_a_part(effect: str) -> None:
    procedure = a_procedure(a_step("go", "received", does=(effect,)), a_step("close", "received", "closed"))
    assert refusal(Walk(procedure), "go", post("handler")) == "assignment.none_of_yours"


def test_taking_a_matter_on_and_answering_it_in_one_step() -> None:
    settle = a_step("settle", "received", "closed", does=("take", "answer", "resolve"), outcomes=("solved",))
    walk = Walk(a_procedure(settle))
    assert refusal(walk, "settle", post("handler")) == ""
    assert (walk.part(1).state, walk.matter.outcome) == ("answered", "solved")


def test_taking_on_needs_a_unit() -> None:
    procedure = a_procedure(a_step("take", "received", does=("take",)), a_step("close", "received", "closed"))
    assert refusal(Walk(procedure), "take", post("handler", unit="")) == "assign.unit_missing"


def test_there_must_be_a_return_to_agree_to() -> None:
    procedure = a_procedure(
        a_step("agree", "received", does=("agree_return",)), a_step("x", "received", "closed")
    )
    assert refusal(Walk(procedure), "agree", post("handler")) == "assignment.no_return_asked"


def test_within_a_limit() -> None:
    walk = Walk(REQUEST).take("dispatch", DISPATCHER, lead=WATER)
    walk.now = walk.clock("sign", 1).due_at
    offered = option(walk, "object", post("handler"))
    assert (offered.is_allowed, offered.why_not) == (False, "clock.too_late")
    with pytest.raises(Refusal) as refused:
        walk.take("object", reason="not_ours")
    assert refused.value.facts["due_at"] == walk.now.isoformat()
    walk.later(microseconds=-1).take("object", reason="not_ours")


def test_within_a_limit_of_the_matter_or_one_that_never_ran() -> None:
    procedure = a_procedure(
        a_step("go", "received", within="hour"),
        a_step("idle", "received", within="never"),
        a_step("close", "received", "closed"),
        clocks=(
            a_clock("hour", "opened", "closed", "1 hour"),
            a_clock("never", "closed", "received", "1 hour"),
        ),
    )
    walk = Walk(procedure).later(hours=1)
    assert refusal(walk, "go", post("handler")) == "clock.too_late"
    assert refusal(walk, "idle", post("handler")) == ""


def test_extending_needs_a_clock_that_runs() -> None:
    procedure = a_procedure(
        a_step("extend", "received", does=("extend",), clock="none"), a_step("close", "received", "closed")
    )
    assert refusal(Walk(procedure), "extend", post("handler")) == "clock.not_running"


def test_a_step_cannot_be_taken_before_the_last_entry() -> None:
    walk = Walk(REQUEST).later(microseconds=-1)
    with pytest.raises(Refusal) as refused:
        walk.take("dispatch", DISPATCHER, lead=WATER)
    assert refused.value.code == "step.before_last_entry"


def test_options_leave_out_what_only_clocks_and_rules_do() -> None:
    offered = [one.step for one in options(REQUEST, Walk(REQUEST).matter, post(), Walk(REQUEST).now)]
    assert "escalate" not in offered
    assert "close-late" not in offered
    assert {"dispatch", "confirm", "dispute"} <= set(offered)


def test_options_show_what_is_allowed_first_and_what_each_step_asks_for() -> None:
    walk = Walk(REQUEST).take("dispatch", DISPATCHER, lead=WATER).take("sign")
    offered = options(REQUEST, walk.matter, post("handler"), walk.now)
    assert [one.is_allowed for one in offered] == sorted((one.is_allowed for one in offered), reverse=True)
    answer = option(walk, "answer", post("handler"))
    assert (answer.to, answer.form, answer.texts) == ("answered", "result", ("reply",))
    assert answer.outcomes == ("solved", "explained")
    assert option(walk, "wait", post("handler")).needs_reason
    assert not option(walk, "co-answer", post("handler")).needs_reason
