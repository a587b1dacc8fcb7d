"""Letters: which event and which step sends which, and to whom."""

import pytest

from fakes.people import DESK, ROADS, WATER, post, resident
from fakes.procedures import a_clock, a_procedure, a_step
from fakes.walk import Walk
from yuzhi.engine import facts as f
from yuzhi.engine.asks import AssignTo
from yuzhi.engine.definition import Audience, Event, EventLetters, Extension, LetterRule, Pause, Verdict
from yuzhi.engine.limits import parse_limit

LETTER = "letter"
STEPS = (
    a_step("give", "received", does=("assign",)),
    a_step("sign", "received", scope="assignee", does=("sign",)),
    a_step("object", "received", scope="assignee", does=("return",)),
    a_step("extend", "received", does=("extend",), clock="all"),
    a_step("wait", "received", "waiting", reasons=("missing",)),
    a_step("raise", "received", does=("escalate",)),
    a_step("answer", "received", "answered", scope="lead", does=("answer", "resolve"), outcomes=("solved",)),
    a_step("again", "answered", "received", duties=("requester",), does=("reopen",)),
    a_step("close", ["received", "waiting", "answered"], "closed"),
)
CLOCK = a_clock(
    "all", "opened", ["closed"], "4 hours", extension=Extension(up_to=parse_limit("4 hours")),
    pauses=(Pause("waiting", ("missing",)),),
)  # fmt: skip


def sending(event: Event, to: Audience) -> Walk:
    """Return a matter with water leading and roads helping, where one event sends a letter."""
    procedure = a_procedure(
        *STEPS, clocks=(CLOCK,), verdict=Verdict(window=parse_limit("15 days"), reopens_to="received"),
        letters=(EventLetters(event=event, letters=(LetterRule(letter=LETTER, to=to),)),),
    )  # fmt: skip
    return Walk(procedure).take("give", post("handler", unit=DESK), lead=WATER, co=[ROADS])


def sent(walk: Walk) -> list[tuple[str, str]]:
    return [(fact.to, fact.unit) for fact in walk.happened(f.LetterDue)]


@pytest.mark.parametrize(
    ("to", "units"),
    [
        ("requester", [""]),
        ("parties", [""]),
        ("own_side", [""]),
        ("lead", [WATER]),
        ("co_handler", [ROADS]),
        ("assignee", [WATER, ROADS]),
        ("sender", [DESK]),
        ("escalation", []),
    ],
)
def test_who_an_audience_is(to: Audience, units: list[str]) -> None:
    assert sent(sending("extended", to).take("extend", amount="1 hour")) == [(to, unit) for unit in units]


def test_the_escalation_is_the_unit_it_was_raised_to() -> None:
    walk = sending("extended", "escalation").take("raise", escalate_to=AssignTo(lead="district"))
    assert sent(walk.take("extend", amount="1 hour")) == [("escalation", "district")]


def test_what_is_about_one_part_goes_to_that_part_only() -> None:
    assert sent(sending("assigned", "assignee").take("give", co=["parks"])) == [("assignee", "parks")]
    assert sent(sending("assigned", "lead").take("give", co=["parks"])) == []
    assert sent(sending("return_asked", "sender").take("object", post("handler", unit=ROADS))) == [
        ("sender", DESK)
    ]
    assert sent(sending("return_asked", "co_handler").take("object")) == []


def test_pausing_is_told_once() -> None:
    walk = sending("paused", "requester").take("wait", reason="missing")
    assert sent(walk) == [("requester", "")]


def test_a_step_that_pauses_nothing_tells_of_no_pause() -> None:
    steps = (a_step("wait", "received", "waiting", reasons=("missing",)), a_step("on", "waiting", "later"))
    clock = a_clock(
        "all",
        "opened",
        "closed",
        "1 hour",
        pauses=tuple(Pause(s, ("missing",)) for s in ("waiting", "later")),
    )
    walk = Walk(
        a_procedure(
            *steps, a_step("close", "later", "closed"), clocks=(clock,),
            letters=(EventLetters(event="paused", letters=(LetterRule(letter=LETTER, to="requester"),)),),
        )
    )  # fmt: skip
    walk.take("wait", reason="missing")
    assert sent(walk.take("on", reason="missing")) == []


def test_reopening_is_told_to_whom_it_comes_back() -> None:
    walk = sending("reopened", "lead").take("sign").take("answer", outcome="solved")
    assert sent(walk.take("again", resident())) == [("lead", WATER)]


def test_one_letter_goes_to_a_unit_once() -> None:
    procedure = a_procedure(
        *STEPS,
        clocks=(CLOCK,),
        letters=(EventLetters(event="extended", letters=(LetterRule(letter=LETTER, to="sender"),)),),
    )
    walk = Walk(procedure).take("give", post("handler", unit=DESK), lead=WATER, co=[ROADS])
    assert sent(walk.take("extend", amount="1 hour")) == [("sender", DESK)]


def test_a_step_may_tell_the_lead_that_it_is_done() -> None:
    tell = (LetterRule(letter="done", to="lead"), LetterRule(letter="done", to="co_handler"))
    close = a_step("shut", "answered", "closed", letters=tell)
    procedure = a_procedure(
        *STEPS, close, clocks=(CLOCK,), verdict=Verdict(window=parse_limit("15 days"), reopens_to="received")
    )
    walk = Walk(procedure).take("give", lead=WATER, co=[ROADS]).take("sign").take("answer", outcome="solved")
    assert sent(walk.take("shut")) == [("lead", WATER), ("co_handler", ROADS)]
