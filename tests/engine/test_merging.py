"""What becomes of a merged matter: answered with its lead, split off, disputed by itself."""

from typing import Any
from uuid import UUID

import pytest

from fakes.merging import MERGING
from fakes.people import SOMEBODY, post, resident
from fakes.procedures import a_procedure, a_step
from fakes.walk import MATTER, MONDAY, NUMBER, Walk, china, words
from yuzhi.base.actor import LEAD_MATTER
from yuzhi.base.refusal import Refusal
from yuzhi.engine import decide
from yuzhi.engine import facts as f
from yuzhi.engine.asks import LeadAnswer, OpenMatter, Seen, TakeStep
from yuzhi.engine.check_steps import check_steps
from yuzhi.engine.definition import StepDef

LEAD = UUID(int=50)
DESK = post("desk")


def merged() -> Walk:
    return Walk(MERGING).later(hours=1).take("merge", DESK, target=LEAD)


def told(walk: Walk, entry: int = 4, outcome: str = "solved", **more: Any) -> Walk:
    return walk.later(days=1).take(
        "tell", LEAD_MATTER, passes_on=LeadAnswer(matter=LEAD, entry=entry, outcome=outcome), **more
    )


def test_being_merged_is_no_answer() -> None:
    walk = merged()
    assert (walk.matter.outcome, walk.matter.answered, walk.matter.lead_matter) == ("merged", 0, LEAD)
    with pytest.raises(Refusal, match=r"guard\.not_met"):
        walk.take("judge", resident(), satisfaction="satisfied", solved=True)


def test_an_answer_of_ones_own_is_the_entry_it_came_with() -> None:
    walk = Walk(MERGING).take("answer", DESK, outcome="solved", texts=["reply"])
    assert walk.matter.answered == walk.matter.seq == 2
    assert walk.take("dispute", resident(), satisfaction="not_satisfied", solved=False).matter.answered == 0


def test_the_answer_of_the_lead_matter_reaches_the_requester_with_its_words() -> None:
    walk = told(merged(), texts=["reply"])
    matter = walk.matter
    assert [(one.letter, one.to) for one in walk.happened(f.LetterDue)] == [("told", "requester")]
    assert (matter.outcome, matter.state, matter.answered) == ("merged", "merged", 3)
    assert matter.followed is not None
    assert (matter.followed.entry, matter.followed.outcome) == (4, "solved")
    assert "reply" in matter.texts
    assert matter.reopen_until is not None
    assert matter.reopen_until > walk.now
    walk.take("judge", resident(), satisfaction="basically", solved=True)
    assert (walk.matter.satisfaction, walk.matter.is_solved) == ("basically", True)


def test_one_answer_is_passed_on_once_and_the_next_one_again() -> None:
    walk = told(merged(), entry=4)
    with pytest.raises(Refusal, match=r"follow\.already"):
        told(walk, entry=4)
    assert told(walk, entry=9).matter.followed is not None


def test_only_the_matter_it_was_merged_into_passes_on_an_answer() -> None:
    walk = merged()
    other = LeadAnswer(matter=UUID(int=51), entry=4, outcome="solved")
    with pytest.raises(Refusal, match=r"follow\.not_its_lead"):
        walk.take("tell", LEAD_MATTER, passes_on=other)
    with pytest.raises(Refusal, match=r"follow\.not_its_lead"):
        walk.take("tell", LEAD_MATTER)
    for somebody in (DESK, resident()):
        with pytest.raises(Refusal, match=r"step\.not_your_duty"):
            walk.take("tell", somebody, passes_on=LeadAnswer(matter=LEAD, entry=4, outcome="solved"))


def test_split_off_it_stands_alone_with_a_limit_of_its_own() -> None:
    walk = told(merged()).later(days=1).take("split", DESK)
    matter = walk.matter
    assert (matter.state, matter.outcome, matter.lead_matter, matter.answered) == ("received", "", None, 0)
    assert (matter.ended_at, matter.reopen_until, matter.followed) == (None, None, None)
    assert [(one.kind, one.is_live) for one in matter.links] == [("duplicate_of", False)]
    assert walk.clock("handle").state == "running"
    assert matter.reopened == 0
    walk.take("answer", DESK, outcome="solved", texts=["reply"])
    assert walk.matter.answered == walk.matter.seq


def test_it_may_be_merged_again_into_another_one() -> None:
    walk = merged().take("split", DESK).take("merge", DESK, target=UUID(int=60))
    assert walk.matter.lead_matter == UUID(int=60)


def test_disputed_it_is_taken_up_by_itself() -> None:
    walk = told(merged()).take("dispute", resident(), satisfaction="not_satisfied", solved=False)
    assert (walk.matter.lead_matter, walk.matter.followed, walk.matter.reopened) == (None, None, 1)


def test_there_must_be_a_tie_to_undo() -> None:
    untied = a_procedure(a_step("split", "received", duties=("desk",), does=("unlink",), link="duplicate_of"))
    with pytest.raises(Refusal, match=r"link\.none"):
        Walk(untied).take("split", DESK)


def test_a_matter_and_its_first_step_are_one_act_or_none() -> None:
    ask = OpenMatter(
        id=MATTER, number=NUMBER, kind="help", channel="web", by=DESK, texts=words("subject"),
        territory="330212001001", requester=SOMEBODY,
    )  # fmt: skip
    then = TakeStep(step="answer", by=DESK, outcome="solved", texts=words("reply"))
    story = decide.opening(MERGING, ask, MONDAY, china(), then)
    assert (story.after.state, story.after.seq, story.after.answered) == ("closed", 1, 1)
    with pytest.raises(Refusal, match=r"text\.missing"):
        decide.opening(MERGING, ask, MONDAY, china(), TakeStep(step="answer", by=DESK, outcome="solved"))


def test_when_it_was_seen_stands_beside_when_it_came_in() -> None:
    seen = Seen(at=MONDAY, behind=90)
    walk = Walk(MERGING, seen=seen)
    assert [one.seen for one in walk.happened(f.Opened)] == [seen]
    walk.later(hours=2).take("answer", DESK, outcome="solved", texts=["reply"], seen=seen)
    assert [one.seen for one in walk.happened(f.StepTaken)] == [seen]


def faults(*steps: StepDef, **said: Any) -> set[str]:
    procedure = a_procedure(*steps, **said)
    return {fault.code for fault in check_steps(procedure)}


def test_a_procedure_that_merges_must_pass_answers_on() -> None:
    merge = MERGING.steps[0]
    tell = MERGING.steps[1]
    ends = {"ends": ("closed", "merged"), "outcomes": ("merged",)}
    assert "merge.unanswered" in faults(merge, **ends)
    assert "merge.unanswered" not in faults(merge, tell, **ends)
    only_some = a_step("tell", "merged", duties=("lead_matter",), does=("follow",), outcomes=("merged",))
    assert "merge.unanswered" in faults(merge, only_some, **ends)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (a_step("tell", "merged", duties=("lead_matter", "desk"), does=("follow",)), "follow.by_others"),
        (a_step("tell", "merged", duties=("desk",), does=("follow",)), "follow.by_others"),
        (
            a_step("tell", "merged", duties=("lead_matter",), does=("follow",), texts=("reply",)),
            "follow.asks",
        ),
        (a_step("tell", "merged", duties=("lead_matter",), does=("verdict",)), "follow.effect"),
        (a_step("tell", "received", duties=("lead_matter",), does=("follow",)), "follow.never"),
        (a_step("cut", "merged", duties=("desk",), does=("unlink",)), "step.half_said"),
    ],
)
def test_steps_of_the_lead_matter_that_do_not_fit_are_found(step: StepDef, code: str) -> None:
    found = faults(MERGING.steps[0], step, ends=("closed", "merged"), outcomes=("merged",))
    assert code in found
