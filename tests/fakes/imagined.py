"""Procedures nobody wrote and people who try anything: Hypothesis strategies for the engine's properties."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from fakes.people import DESK, ROADS, SOMEBODY, WATER, post, resident
from fakes.procedures import a_clock, a_procedure, a_step, an_opening
from fakes.walk import photo, words
from yuzhi.base.actor import Actor
from yuzhi.engine.asks import AssignTo, TakeStep
from yuzhi.engine.definition import (
    Automatic,
    ClockDef,
    DateDef,
    Effect,
    EventLetters,
    Extension,
    LetterRule,
    Moment,
    Pause,
    Procedure,
    StepDef,
    Verdict,
    When,
)
from yuzhi.engine.limits import parse_limit
from yuzhi.engine.matter import Matter
from yuzhi.engine.options import options
from yuzhi.engine.vocabulary import ASSIGNMENT_STATES, AUDIENCES, EVENTS, GUARDS, SCOPES

STATES = ("received", "s1", "s2", "s3")
ENDS = ("closed", "dropped")
WHO: tuple[Actor, ...] = (
    post("handler"),
    post("handler", "desk", unit=ROADS, covers=("330299",), id="p2"),
    post("desk", "approver", unit=DESK, covers=("330212",), id="p3"),
    resident(),
    resident("00000000-0000-0000-0000-000000000009"),
)
# What steps in packs do at once; any of it in any order would be no procedure anybody writes.
DOES: tuple[tuple[Effect, ...], ...] = (
    (), (), ("assign",), ("take",), ("take", "answer", "resolve"), ("recall",), ("sign",), ("return",),
    ("agree_return",), ("refuse_return",), ("answer",), ("answer", "resolve"), ("extend",), ("urge",),
    ("supervise", "escalate"), ("link", "resolve"), ("classify",), ("place",), ("resolve",), ("verdict",),
    ("verdict", "reopen"), ("restart",),
)  # fmt: skip
DUTIES = (
    ("requester", "desk"),
    ("clock", "handler"),
    ("clock",),
    ("handler",),
    ("handler", "desk"),
    ("desk",),
)
OWN = {"take", "sign", "return", "answer"}
LIMITS = ("30 minutes", "2 hours", "3 work-hours", "1 workday", "5 workdays", "3 days", "1 month")

PAUSED = ((), ("s1",), ("s1", "s2"))
ROWS = ((), ((When(urgency=("urgent",)), "1 hour"),), ((When(territory=("330203",)), "20 days"),))
AFTER = (None, parse_limit("1 hour"), parse_limit("1 workday"))
CO_HANDLERS: tuple[tuple[str, ...], ...] = ((), (ROADS,), (WATER, DESK))
WAITS = (timedelta(), timedelta(seconds=1), timedelta(minutes=31), timedelta(hours=20), timedelta(days=4))

HANDLING = (
    a_step("give", STATES, duties=("desk",), does=("assign",)),
    a_step("sign", STATES, scope="assignee", does=("sign",)),
    a_step("object", STATES, scope="assignee", does=("return",)),
    a_step("keep", STATES, duties=("desk",), does=("refuse_return",)),
    a_step("wait", ["received", "s2", "s3"], "s1", reasons=("rain",)),
    a_step("go-on", "s1", "s2"),
    a_step("lengthen", STATES, duties=("approver",), does=("extend",), clock="c0"),
    a_step("answer", STATES, "s3", scope="lead", does=("answer", "resolve"), outcomes=("solved",)),
    a_step("dispute", ["s3", *ENDS], "received", duties=("requester",), does=("verdict", "reopen")),
)
"""What every procedure has here, beside what is imagined, so that matters come into somebody's hands."""

some_states = st.lists(st.sampled_from(STATES), min_size=1, max_size=3, unique=True)
letters = st.builds(LetterRule, letter=st.just("letter"), to=st.sampled_from(AUDIENCES))


@st.composite
def steps(draw: st.DrawFn, name: str) -> StepDef:
    """Return any step: it leads somewhere or nowhere, for some duties, with some effects and demands."""
    does = draw(st.sampled_from(DOES))
    said: dict[str, Any] = {
        "does": does,
        "duties": draw(st.sampled_from(DUTIES[3:] if OWN & set(does) else DUTIES)),
        "scope": draw(st.sampled_from([one for one in SCOPES if one != "co_handler" or "take" not in does])),
        "guards": tuple(draw(st.lists(st.sampled_from(GUARDS), max_size=1))),
        "reasons": draw(st.sampled_from(((), (), ("far", "rain")))),
        "reason": draw(st.booleans()),
        "texts": draw(st.sampled_from(((), ("reply",)))),
        "needs": draw(st.sampled_from(((), ("photo",)))),
        "within": draw(st.sampled_from(("", "", "c0", "c1"))),
        "letters": tuple(draw(st.lists(letters, max_size=1))),
    }  # fmt: skip
    if "resolve" in does:
        said["outcomes"] = draw(st.sampled_from((("solved",), ("solved", "explained"))))
    if "link" in does:
        said["link"] = "duplicate_of"
    if {"extend", "restart"} & set(does):
        said["clock"] = draw(st.sampled_from(("c0", "c1")))
    sources = draw(some_states)
    if "reopen" in does:
        return a_step(name, [*sources, *ENDS], "received", **said)
    return a_step(name, sources, draw(st.sampled_from(("", "", *STATES, *ENDS))), **said)


def automatics(names: tuple[str, ...]) -> st.SearchStrategy[Automatic]:
    """Return any of those steps, at a moment or after it."""
    moments: st.SearchStrategy[Moment] = st.sampled_from(("amber", "due"))
    return st.builds(Automatic, step=st.sampled_from(names), at=moments, after=st.sampled_from(AFTER))


@st.composite
def clocks(draw: st.DrawFn, name: str, automatic: tuple[str, ...]) -> ClockDef:
    """Return any clock of the matter or of each assignment, with pauses, an extension, automatic steps."""
    said: dict[str, Any] = {
        "amber": draw(st.sampled_from((1, 50, 75, 99))),
        "rolls": draw(st.booleans()),
        "restarts": draw(st.booleans()),
        "pauses": tuple(Pause(state, ("rain",)) for state in draw(st.sampled_from(PAUSED))),
        "automatic": tuple(draw(st.lists(automatics(automatic), max_size=2))),
        "rows": draw(st.sampled_from(ROWS)),
    }
    since = draw(st.sampled_from(((), (), ("d0",), ("d0", "d1"))))
    limit = draw(st.sampled_from(LIMITS))
    if draw(st.booleans()):
        said["extension"] = Extension(up_to=parse_limit(limit), times=draw(st.integers(1, 2)))
    if draw(st.booleans()):
        begun = draw(st.lists(st.sampled_from(ASSIGNMENT_STATES), min_size=1, unique=True))
        return a_clock(name, begun, ASSIGNMENT_STATES[1:], limit, each="assignment", **said)
    said["since"] = since
    starts = [*draw(some_states), *draw(st.sampled_from(((), ("opened",))))]
    return a_clock(name, starts, draw(some_states), limit, **said)


@st.composite
def procedures(draw: st.DrawFn) -> Procedure:
    """Return a procedure of a few states that people can bring to an end from anywhere."""
    names = [f"step{n}" for n in range(draw(st.integers(2, 7)))]
    made = [draw(steps(name)) for name in names]
    finish = a_step("finish", STATES, "closed", duties=("desk",), does=("resolve",), outcomes=("solved",))
    events = draw(st.lists(st.sampled_from(EVENTS), max_size=3, unique=True))
    return a_procedure(
        *made, *HANDLING, finish, ends=ENDS,
        clocks=[draw(clocks(f"c{n}", tuple(names))) for n in range(draw(st.integers(1, 3)))],
        opening=an_opening(dispatch=draw(st.sampled_from(("", names[0])))),
        verdict=Verdict(window=parse_limit("15 days"), reopens_to="received"), leading_clock="c0",
        letters=tuple(EventLetters(event=event, letters=(draw(letters),)) for event in events),
        dates=(DateDef(name="d0"), DateDef(name="d1", not_before=("d0",))),
    )  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """One thing that happens: time passes, then the clocks speak or somebody asks for a step.

    Who is `sensible` asks for something they may do, if there is such a thing, and brings what it needs.
    """

    wait: timedelta
    ticks: bool
    is_sensible: bool
    pick: int
    who: int
    ask: dict[str, Any]


usual: dict[str, Any] = {
    "assign": AssignTo(lead=WATER, co_handlers=(ROADS,)), "outcome": "solved", "satisfaction": "satisfied",
    "solved": True, "amount": parse_limit("2 hours"), "target": UUID(int=77), "kind": "complaint",
    "territory": "330212001", "escalate_to": AssignTo(lead="district"), "reason": "rain",
}  # fmt: skip
asks = st.fixed_dictionaries(
    {},
    optional={
        "assign": st.builds(
            AssignTo, lead=st.sampled_from(("", WATER, ROADS, DESK)), co_handlers=st.sampled_from(CO_HANDLERS)
        ),
        "outcome": st.sampled_from(("solved", "explained", "merged")),
        "amount": st.sampled_from([parse_limit(limit) for limit in LIMITS]),
        "urgency": st.sampled_from(("urgent", "normal")),
        "territory": st.sampled_from(("330203", "330212001")),
        "fields": st.dictionaries(st.sampled_from("ba路"), st.integers(-9, 9) | st.booleans() | st.text())
        | st.fixed_dictionaries(
            {"d1": st.sampled_from(("2026-02-28", "2026-03-02", "2026-01-01", "2030-01-01"))}
        ),
    },
)
turns = st.builds(
    Turn,
    wait=st.sampled_from(WAITS),
    ticks=st.sampled_from((False, False, False, True)),
    is_sensible=st.sampled_from((True, True, True, False)),
    pick=st.integers(0, 40),
    who=st.integers(0, len(WHO) - 1),
    ask=asks,
)


def asked(turn: Turn, procedure: Procedure, matter: Matter, now: datetime) -> TakeStep:
    """Return what somebody asks for in a turn."""
    if not turn.is_sensible:
        step = procedure.steps[turn.pick % len(procedure.steps)]
        return TakeStep(step=step.name, by=WHO[turn.who], **turn.ask)
    may = [(one.step, by) for by in WHO for one in options(procedure, matter, by, now) if one.is_allowed]
    may = [one for one in may if one[0] != "finish"] or may
    name, by = may[turn.pick % len(may)] if may else (procedure.steps[0].name, WHO[0])
    step = next(one for one in procedure.steps if one.name == name)
    brought = {"texts": words(*step.texts), "evidence": tuple(photo(kind) for kind in step.needs)}
    return TakeStep(step=name, by=by, **usual | turn.ask | brought)


openings = st.fixed_dictionaries(
    {},
    optional={
        "urgency": st.just("urgent"),
        "territory": st.sampled_from(("", "330203001")),
        "requester": st.sampled_from(("", SOMEBODY)),
        "fields": st.dictionaries(st.sampled_from(("z", "a")), st.text(max_size=5)),
    },
)
