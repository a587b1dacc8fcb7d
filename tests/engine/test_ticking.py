"""What clocks say by themselves: amber, breach, the steps they take, each once and in order."""

from datetime import datetime
from typing import Any

import pytest

from fakes.people import DESK, ROADS, WATER, post
from fakes.procedures import a_clock, a_procedure, a_step
from fakes.request import REQUEST
from fakes.walk import MONDAY, SHANGHAI, Walk
from yuzhi.base.refusal import Refusal
from yuzhi.engine import facts as f
from yuzhi.engine.definition import Automatic, EventLetters, Extension, LetterRule, Pause
from yuzhi.engine.limits import parse_limit

STEPS = (
    a_step("remind", "received", duties=("clock",), does=("urge",)),
    a_step("order", "received", duties=("clock",), does=("supervise",)),
    a_step("raise", "received", duties=("clock",), does=("escalate",)),
    a_step("give-up", ["received", "waiting"], "closed", duties=("clock",)),
    a_step("wait", "received", "waiting", reasons=("missing",)),
    a_step("go-on", "waiting", "received"),
    a_step("extend", "received", does=("extend",), clock="all"),
    a_step("close", ["received", "waiting"], "closed"),
)


def auto(step: str, at: str = "due", after: str = "") -> Automatic:
    return Automatic(
        step=step, at="amber" if at == "amber" else "due", after=parse_limit(after) if after else None
    )


def having(*automatic: Automatic, limit: str = "4 hours", **said: Any) -> Walk:
    return Walk(
        a_procedure(*STEPS, clocks=(a_clock("all", "opened", "closed", limit, automatic=automatic, **said),))
    )


def kinds(walk: Walk) -> list[str]:
    return [type(fact).__name__ for fact in walk.facts]


def test_before_anything_is_due_nothing_is_said() -> None:
    walk = having(auto("remind")).later(hours=2)
    assert walk.tick().facts == ()
    assert walk.matter.seq == 1


def test_amber_and_breach_are_each_said_once() -> None:
    walk = having().later(hours=3)
    assert kinds(walk.tick()) == ["ClockAmber"]
    assert walk.tick().facts == ()
    assert kinds(walk.later(hours=1).tick()) == ["ClockBreached"]
    assert walk.later(days=1).tick().facts == ()
    assert walk.clock("all").next_at is None


def test_a_worker_that_comes_late_says_both() -> None:
    assert kinds(having().later(days=1).tick()) == ["ClockAmber", "ClockBreached"]


def test_what_comes_next_is_known_beforehand() -> None:
    walk = having(auto("remind", after="1 hour"))
    clock = walk.clock("all")
    assert clock.next_at == clock.amber_at
    walk.now = clock.amber_at
    assert walk.tick().clock("all").next_at == clock.due_at
    walk.now = clock.due_at
    assert walk.tick().clock("all").next_at == clock.alarms[0].at
    assert clock.alarms[0].at == datetime(2026, 3, 2, 14, tzinfo=SHANGHAI)


def test_automatic_steps_are_taken_at_their_moments() -> None:
    walk = having(auto("order"), auto("remind", "amber"))
    assert kinds(walk.later(hours=3).tick()) == ["ClockAmber", "AutomaticDone", "StepTaken", "Urged"]
    assert (walk.matter.urged, walk.matter.supervised) == (1, 0)
    assert kinds(walk.later(hours=1).tick()) == ["ClockBreached", "AutomaticDone", "StepTaken", "Supervised"]
    assert walk.later(days=9).tick().facts == ()


def test_steps_missed_are_made_up_for_in_the_order_of_their_moments() -> None:
    walk = (
        having(auto("order", after="2 hours"), auto("remind"), auto("remind", "amber")).later(days=1).tick()
    )
    assert [fact.index for fact in walk.happened(f.AutomaticDone)] == [2, 1, 0]
    assert (walk.matter.urged, walk.matter.supervised) == (2, 1)


def test_steps_after_a_due_day_count_from_the_last_day() -> None:
    walk = having(auto("order", after="1 workday"), limit="1 workday")
    assert walk.clock("all").due_at == datetime(2026, 3, 4, tzinfo=SHANGHAI)
    assert walk.clock("all").alarms[0].at == datetime(2026, 3, 5, tzinfo=SHANGHAI)


def test_a_step_that_may_not_be_taken_is_noted_once_with_the_reason() -> None:
    walk = having(auto("raise")).later(hours=4).tick()
    assert walk.facts[-1] == f.AutomaticDone(clock="all", index=0, skipped="escalate.top_of_ladder")
    assert walk.matter.escalated == 0
    assert walk.later(days=1).tick().facts == ()


def test_a_step_from_another_state_is_noted_as_skipped() -> None:
    walk = having(auto("remind")).take("wait", reason="missing").later(hours=4).tick()
    assert walk.facts[-1] == f.AutomaticDone(clock="all", index=0, skipped="step.wrong_state")


def test_a_skipped_step_leaves_nothing_of_itself() -> None:
    both = a_step("both", "received", duties=("clock",), does=("urge", "escalate"))
    clock = a_clock("all", "opened", "closed", "4 hours", automatic=(auto("both"),))
    walk = Walk(a_procedure(both, STEPS[-1], a_step("wait", "received", "waiting"), clocks=(clock,)))
    walk.later(hours=4).tick()
    assert walk.matter.urged == 0
    assert walk.happened(f.StepTaken) == []


def test_a_limit_that_cannot_be_counted_is_not_skipped_for_good() -> None:
    begin = a_step("begin", "received", "waiting", duties=("clock",))
    long = a_clock("long", "waiting", "closed", "10 workdays")
    short = a_clock("short", "opened", ["waiting", "closed"], "1 hour", automatic=(auto("begin"),))
    procedure = a_procedure(begin, STEPS[-1], clocks=(short, long))
    walk = Walk(procedure, datetime(2026, 12, 28, 9, tzinfo=SHANGHAI)).later(hours=1)
    with pytest.raises(Refusal) as refused:
        walk.tick()
    assert refused.value.code == "calendar.year_not_loaded"


def test_a_step_that_stops_the_clock_ends_the_rest() -> None:
    walk = having(auto("order", after="1 hour"), auto("give-up")).later(days=1).tick()
    assert walk.matter.state == "closed"
    assert walk.matter.supervised == 0
    assert walk.clock("all").alarms == ()


def test_each_rung_of_an_escalation_is_asked_for_from_where_the_last_one_came() -> None:
    def above(unit: str, _duty: str) -> str:
        return {WATER: "town", "town": "district", "district": "city"}.get(unit, "")

    give = a_step("give", "received", does=("assign",))
    clock = a_clock(
        "all", "opened", "closed", "4 hours", automatic=(auto("raise"), auto("raise", after="1 hour"))
    )
    walk = (
        Walk(a_procedure(*STEPS, give, clocks=(clock,))).take("give", lead=WATER).later(hours=5).tick(above)
    )
    assert [fact.unit for fact in walk.happened(f.Escalated)] == ["town", "district"]
    assert walk.matter.escalated_unit == "district"


def test_a_paused_clock_says_nothing() -> None:
    walk = having(auto("remind"), pauses=(Pause("waiting", ("missing",)),)).take("wait", reason="missing")
    assert walk.later(days=3).tick().facts == ()
    walk.take("go-on")
    assert walk.clock("all").alarms[0].at == walk.clock("all").due_at
    assert walk.clock("all").amber_at == walk.now.replace(hour=12)  # nothing of the limit is used up
    assert walk.tick().facts == ()


def test_an_extension_moves_what_has_not_happened_yet() -> None:
    walk = having(
        auto("remind", "amber"), auto("order"), extension=Extension(up_to=parse_limit("4 hours"))
    ).later(hours=3)
    walk.tick().take("extend", amount="4 hours")
    assert [alarm.index for alarm in walk.clock("all").alarms] == [1]
    assert (
        walk.clock("all").alarms[0].at
        == walk.clock("all").due_at
        == datetime(2026, 3, 2, 17, tzinfo=SHANGHAI)
    )
    assert walk.later(hours=2).tick().facts == ()


def test_nothing_happens_before_the_last_entry() -> None:
    walk = having().later(hours=5).take("wait", reason="missing")
    walk.now = MONDAY.replace(hour=13, minute=30)
    assert walk.tick().facts == ()


def test_all_clocks_speak_each_for_itself() -> None:
    walk = Walk(REQUEST).take("dispatch", post("dispatcher", unit=DESK), lead=WATER, co=[ROADS])
    walk.now = walk.clock("sign", 1).due_at
    breached = walk.tick().happened(f.ClockBreached)
    assert [(fact.clock, fact.no) for fact in breached] == [("sign", 1), ("sign", 2)]
    assert f.LetterDue(letter="late", to="lead", unit=WATER) in walk.facts


def test_letters_of_amber_and_breach() -> None:
    letters = (
        EventLetters(event="amber", letters=(LetterRule(letter="soon", to="requester"),)),
        EventLetters(event="breached", letters=(LetterRule(letter="late", to="requester"),)),
    )
    walk = Walk(a_procedure(*STEPS, clocks=(a_clock("all", "opened", "closed", "1 hour"),), letters=letters))
    told = walk.later(hours=1).tick().happened(f.LetterDue)
    assert [fact.letter for fact in told] == ["soon", "late"]
