"""The closed list of effects a step may have, one function each. A pack names them; nothing else acts."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from yuzhi.base.refusal import Refusal
from yuzhi.engine import clocks
from yuzhi.engine import facts as f
from yuzhi.engine.asks import TakeStep
from yuzhi.engine.definition import Effect, Role, StepDef
from yuzhi.engine.duties import own_assignment
from yuzhi.engine.limits import due_at
from yuzhi.engine.matter import Assignment
from yuzhi.engine.story import Story

Apply = Callable[[Story, StepDef, TakeStep], None]


def apply(story: Story, step: StepDef, effect: Effect, ask: TakeStep) -> None:
    """Tell the facts of one effect of a step; raise Refusal when the ask lacks what it needs."""
    _EFFECTS[effect](story, step, ask)


def _assign(story: Story, step: StepDef, ask: TakeStep) -> None:
    if ask.assign is None or not (ask.assign.lead or ask.assign.co_handlers):
        raise Refusal("assign.unit_missing", step=step.name)
    if len({ask.assign.lead, *ask.assign.co_handlers}) != 1 + len(ask.assign.co_handlers):
        raise Refusal("assign.unit_twice", units=[ask.assign.lead, *ask.assign.co_handlers])
    if ask.assign.lead:
        _recall(story, step, ask)
        _give(story, ask.assign.lead, "lead", ask.by.unit)
    elif story.matter.lead is None:
        raise Refusal("assign.lead_missing", step=step.name)
    for unit in ask.assign.co_handlers:
        if story.matter.assignment_of(unit) is not None:
            raise Refusal("assign.unit_twice", units=[unit])
        _give(story, unit, "co_handler", ask.by.unit)


def _give(story: Story, unit: str, role: Role, by_unit: str) -> None:
    no = len(story.matter.assignments) + 1
    story.tell(f.Assigned(no=no, unit=unit, role=role, by_unit=by_unit))
    given = story.matter.assignments[-1]
    clocks.on_assignment(story, given)
    story.send_on("assigned", given)


def _move(story: Story, assignment: Assignment, fact: f.AssignmentMoved) -> None:
    story.tell(fact)
    clocks.on_assignment(story, story.matter.assignments[assignment.no - 1])


def _take(story: Story, step: StepDef, ask: TakeStep) -> None:
    if not ask.by.unit:
        raise Refusal("assign.unit_missing", step=step.name)
    _recall(story, step, ask)
    no = len(story.matter.assignments) + 1
    story.tell(f.Assigned(no=no, unit=ask.by.unit, role="lead", by_unit=ask.by.unit))
    _move(story, story.matter.assignments[-1], f.AssignmentMoved(no=no, to="signed"))


def _recall(story: Story, _step: StepDef, _ask: TakeStep) -> None:
    for assignment in story.matter.live_assignments:
        _move(story, assignment, f.AssignmentMoved(no=assignment.no, to="recalled"))


def _own(story: Story, step: StepDef, ask: TakeStep) -> Assignment:
    own = own_assignment(story.matter, step, ask.by)
    if own is None:
        raise Refusal("assignment.none_of_yours", step=step.name)
    return own


def _sign(story: Story, step: StepDef, ask: TakeStep) -> None:
    own = _own(story, step, ask)
    _move(story, own, f.AssignmentMoved(no=own.no, to="signed"))


def _return(story: Story, step: StepDef, ask: TakeStep) -> None:
    own = _own(story, step, ask)
    _move(story, own, f.AssignmentMoved(no=own.no, to="return_asked"))
    story.send_on("return_asked", own)


def _agree_return(story: Story, _step: StepDef, _ask: TakeStep) -> None:
    for one in [one for one in story.matter.assignments if one.state == "return_asked"]:
        _move(story, one, f.AssignmentMoved(no=one.no, to="returned"))


def _refuse_return(story: Story, _step: StepDef, _ask: TakeStep) -> None:
    for one in [one for one in story.matter.assignments if one.state == "return_asked"]:
        _move(story, one, f.AssignmentMoved(no=one.no, to="kept"))


def _answer(story: Story, step: StepDef, ask: TakeStep) -> None:
    own = _own(story, step, ask)
    _move(story, own, f.AssignmentMoved(no=own.no, to="answered"))


def _extend(story: Story, step: StepDef, ask: TakeStep) -> None:
    clocks.extend(story, step.clock, ask.amount)
    story.send_on("extended")


def _urge(story: Story, _step: StepDef, _ask: TakeStep) -> None:
    story.tell(f.Urged())


def _supervise(story: Story, _step: StepDef, _ask: TakeStep) -> None:
    story.tell(f.Supervised())


def _escalate(story: Story, step: StepDef, ask: TakeStep) -> None:
    if ask.escalate_to is None or not ask.escalate_to.lead:
        raise Refusal("escalate.top_of_ladder", step=step.name)
    story.tell(f.Escalated(unit=ask.escalate_to.lead))


def _link(story: Story, step: StepDef, ask: TakeStep) -> None:
    if ask.target is None or step.link is None:
        raise Refusal("link.target_missing", step=step.name)
    if ask.target == story.matter.id:
        raise Refusal("link.to_itself", step=step.name)
    story.tell(f.Linked(kind=step.link, target=ask.target))


def _unlink(story: Story, step: StepDef, _ask: TakeStep) -> None:
    tied = [one for one in story.matter.links if one.is_live and one.kind == step.link]
    if not tied or step.link is None:
        raise Refusal("link.none", step=step.name)
    story.tell(f.Unlinked(kind=step.link, target=tied[-1].target))


def _follow(story: Story, step: StepDef, ask: TakeStep) -> None:
    lead, before = ask.passes_on, story.matter.followed
    if lead is None or lead.matter != story.matter.lead_matter:
        raise Refusal("follow.not_its_lead", step=step.name)
    if before is not None and (before.lead, before.entry) == (lead.matter, lead.entry):
        raise Refusal("follow.already", step=step.name, entry=lead.entry)
    until = _window(story)
    story.tell(f.Followed(lead=lead.matter, entry=lead.entry, outcome=lead.outcome, reopen_until=until))


def _classify(story: Story, step: StepDef, ask: TakeStep) -> None:
    if not (ask.kind or ask.category or ask.urgency):
        raise Refusal("classify.nothing_given", step=step.name)
    opening = story.procedure.opening
    if ask.kind and ask.kind not in opening.kinds:
        raise Refusal("opening.unknown_kind", given=ask.kind, allowed=list(opening.kinds))
    if ask.urgency and ask.urgency not in opening.urgencies:
        raise Refusal("opening.unknown_urgency", given=ask.urgency, allowed=list(opening.urgencies))
    before = story.matter
    story.tell(f.Classified(kind=ask.kind, category=ask.category, urgency=ask.urgency))
    clocks.reclassified(story, before)


def _place(story: Story, step: StepDef, ask: TakeStep) -> None:
    if not ask.territory:
        raise Refusal("place.territory_missing", step=step.name)
    before = story.matter
    story.tell(f.Placed(territory=ask.territory, place=ask.place))
    clocks.reclassified(story, before)


def _resolve(story: Story, step: StepDef, ask: TakeStep) -> None:
    outcome = ask.outcome or (step.outcomes[0] if len(step.outcomes) == 1 else "")
    if outcome not in step.outcomes:
        raise Refusal("outcome.unknown", step=step.name, given=outcome, allowed=list(step.outcomes))
    story.tell(f.Resolved(outcome=outcome, reopen_until=_window(story)))


def _window(story: Story) -> datetime | None:
    """Return until when an answer given now may be disputed."""
    verdict = story.procedure.verdict
    return None if verdict is None else due_at(story.now, verdict.window, story.calendar).astimezone(UTC)


def _verdict(story: Story, step: StepDef, ask: TakeStep) -> None:
    if ask.satisfaction is None or ask.solved is None:
        raise Refusal("verdict.incomplete", step=step.name)
    story.tell(f.VerdictGiven(satisfaction=ask.satisfaction, solved=ask.solved))


def _reopen(story: Story, _step: StepDef, _ask: TakeStep) -> None:
    story.tell(f.Reopened())
    lead = story.matter.lead
    if lead is not None and lead.state == "answered":
        _move(story, lead, f.AssignmentMoved(no=lead.no, to="signed"))
    story.send_on("reopened")


def _restart(story: Story, step: StepDef, _ask: TakeStep) -> None:
    clocks.restart(story, step.clock)


def _hand_over(story: Story, step: StepDef, ask: TakeStep) -> None:
    to = ask.hand_over
    if to is None or to.procedure not in step.opens:
        given = "" if to is None else to.procedure
        raise Refusal("hand_over.where_unknown", step=step.name, given=given, allowed=list(step.opens))
    story.tell(f.HandedOver(target=to.target, procedure=to.procedure))


def _accept_hand_over(story: Story, _step: StepDef, _ask: TakeStep) -> None:
    if story.matter.came_over == "offered":  # what came otherwise has nothing to be accepted
        story.tell(f.HandOverDecided(is_accepted=True))


def _refuse_hand_over(story: Story, _step: StepDef, _ask: TakeStep) -> None:
    story.tell(f.HandOverDecided(is_accepted=False))


_EFFECTS: Mapping[Effect, Apply] = MappingProxyType(
    {
        "assign": _assign,
        "take": _take,
        "recall": _recall,
        "sign": _sign,
        "return": _return,
        "agree_return": _agree_return,
        "refuse_return": _refuse_return,
        "answer": _answer,
        "extend": _extend,
        "urge": _urge,
        "supervise": _supervise,
        "escalate": _escalate,
        "link": _link,
        "unlink": _unlink,
        "follow": _follow,
        "classify": _classify,
        "place": _place,
        "resolve": _resolve,
        "verdict": _verdict,
        "reopen": _reopen,
        "restart": _restart,
        "hand_over": _hand_over,
        "accept_hand_over": _accept_hand_over,
        "refuse_hand_over": _refuse_hand_over,
    }
)
