"""What a step must be given, what it leaves in the journal, and how matters end."""

from typing import Any

import pytest

from fakes.people import DESK, WATER, post
from fakes.procedures import a_clock, a_procedure, a_step
from fakes.request import REQUEST
from fakes.walk import MONDAY, Walk, photo, words
from yuzhi.base.refusal import Refusal
from yuzhi.engine import facts as f
from yuzhi.engine.definition import Pause, StepDef

WAIT = a_step("wait", "received", "waiting", reasons=("missing",))
CLOSE = a_step("close", ["received", "waiting"], "closed")


def one(step: StepDef, **said: Any) -> Walk:
    return Walk(a_procedure(step, CLOSE, **said))


def code(walk: Walk, step: str, **ask: Any) -> str:
    try:
        walk.take(step, **ask)
    except Refusal as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("step", "ask", "expected"),
    [
        (a_step("go", "received", reason=True), {}, "reason.missing"),
        (a_step("go", "received", reason=True), {"reason": "too far away"}, ""),
        (a_step("go", "received", reason=True), {"texts": ["reason"]}, ""),
        (a_step("go", "received", reasons=("far",)), {"reason": "near"}, "reason.unknown"),
        (a_step("go", "received", reasons=("far",)), {}, "reason.unknown"),
        (a_step("go", "received", reasons=("far",)), {"reason": "far"}, ""),
        (a_step("go", "received", texts=("reply", "note")), {"texts": ["note"]}, "text.missing"),
        (a_step("go", "received", texts=("reply",)), {"texts": ["reply"]}, ""),
        (a_step("go", "received", texts=("reply",)), {"texts": ["reply", "subject"]}, "text.not_expected"),
        (a_step("go", "received"), {"texts": ["reply"]}, "text.not_expected"),
        (a_step("go", "received"), {"texts": ["form.result"]}, "text.not_expected"),
        (a_step("go", "received", form="result"), {"texts": ["form.result"]}, ""),
        (a_step("go", "received", needs=("photo", "scan")), {"evidence": (photo(),)}, "evidence.missing"),
        (a_step("go", "received", needs=("photo",)), {"evidence": (photo("scan"),)}, "evidence.missing"),
        (a_step("go", "received", needs=("photo",)), {"evidence": (photo("scan"), photo())}, ""),
    ],
)
def test_what_a_step_must_be_given(step: StepDef, ask: dict[str, Any], expected: str) -> None:
    assert code(one(step), "go", **ask) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("missing", ""), ("tired", "pause.reason_not_declared"), ("", "pause.reason_not_declared")],
)
def test_a_clock_pauses_only_for_a_reason_it_declares(reason: str, expected: str) -> None:
    wait = a_step("wait", "received", "waiting")
    clock = a_clock("all", "opened", "closed", "1 hour", pauses=(Pause("waiting", ("missing",)),))
    assert code(one(wait, clocks=(clock,)), "wait", reason=reason) == expected


def test_the_journal_holds_declared_reasons_and_no_others() -> None:
    free = one(a_step("go", "received", reason=True)).take("go", reason="Mr. Wang of 3 Long Lane moved away")
    assert free.happened(f.StepTaken)[0].reason == ""
    assert one(WAIT).take("wait", reason="missing").happened(f.StepTaken)[0].reason == "missing"


def test_a_step_is_told_with_where_it_left_and_how_long_it_stood_there() -> None:
    walk = (
        one(WAIT)
        .later(minutes=90, milliseconds=999)
        .take("wait", reason="missing", fields={"n": 1}, evidence=(photo(),))
    )
    assert walk.facts[0] == f.StepTaken(
        step="wait", left="received", entered="waiting", dwell=5400, reason="missing", fields={"n": 1},
        evidence=(photo(),),
    )  # fmt: skip
    assert (walk.matter.state, walk.matter.since, walk.matter.updated_at) == ("waiting", walk.now, walk.now)
    assert (walk.matter.seq, walk.matter.evidence) == (2, (photo(),))


def test_a_step_that_leads_nowhere_does_not_begin_the_state_anew() -> None:
    walk = one(a_step("note", "received", texts=("note",))).later(hours=1).take("note", texts=["note"])
    assert (walk.matter.state, walk.matter.since) == ("received", MONDAY)
    assert walk.matter.texts == words("subject", "note")


def test_an_end_lets_go_of_everybody_and_every_clock() -> None:
    walk = Walk(REQUEST).take("dispatch", post("dispatcher", unit=DESK), lead=WATER, co=["roads"])
    walk.take("merge", post("desk"), target=words("other")["other"].id)
    assert walk.matter.state == "closed"
    assert walk.matter.ended_at == walk.now
    assert walk.facts[-1] == f.Ended()
    assert {one.state for one in walk.matter.assignments} == {"recalled"}
    assert {clock.state for clock in walk.matter.clocks} == {"stopped"}


def test_leaving_an_end_again_opens_the_matter() -> None:
    walk = Walk(a_procedure(CLOSE, a_step("again", "closed", "received"))).take("close")
    assert walk.matter.ended_at is not None
    assert walk.take("again").matter.ended_at is None


def test_an_undefined_reason_is_no_reason_to_forget_the_words_kept_apart() -> None:
    walk = one(a_step("go", "received", reason=True)).take("go", texts=["reason"])
    assert walk.happened(f.StepTaken)[0].texts == words("reason")
