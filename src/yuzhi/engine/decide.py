"""What happens when an ask meets a matter: facts, or a Refusal. Time, ids and chance come in as arguments."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from yuzhi.base.actor import CLOCK, ROUTING
from yuzhi.base.refusal import Refusal
from yuzhi.engine import clocks, dates
from yuzhi.engine import facts as f
from yuzhi.engine.asks import AssignTo, OpenMatter, TakeStep
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import Procedure, StepDef
from yuzhi.engine.duties import why_not
from yuzhi.engine.effects import apply
from yuzhi.engine.evolve import begin
from yuzhi.engine.matter import Matter
from yuzhi.engine.story import Story

Above = Callable[[str, str], str]
"""From a unit and a duty, the next unit up the territory ladder that has the duty; empty at the top."""


def nobody_above(_unit: str, _duty: str) -> str:
    """Return nobody: the ladder where there is none."""
    return ""


def open_matter(
    procedure: Procedure, ask: OpenMatter, now: datetime, calendar: Calendar
) -> tuple[f.Fact, ...]:
    """Return the facts of a new matter; raise Refusal when it may not be opened so."""
    return tuple(opening(procedure, ask, now, calendar).facts)


def take_step(
    procedure: Procedure, matter: Matter, ask: TakeStep, now: datetime, calendar: Calendar
) -> tuple[f.Fact, ...]:
    """Return what happens when `ask` meets `matter`; raise Refusal if it may not."""
    return tuple(stepping(procedure, matter, ask, now, calendar).facts)


def tick(
    procedure: Procedure, matter: Matter, now: datetime, calendar: Calendar, above: Above = nobody_above
) -> tuple[f.Fact, ...]:
    """Return what the clocks make happen by `now`: amber, breach, automatic steps; perhaps nothing."""
    return tuple(ticking(procedure, matter, now, calendar, above).facts)


def opening(
    procedure: Procedure, ask: OpenMatter, now: datetime, calendar: Calendar, then: TakeStep | None = None
) -> Story:
    """Return the story of a new matter; raise Refusal when it may not be opened so.

    When the routing rules named a unit and the procedure lets the routing dispatch, that step is taken
    within the same facts. If it may not be taken, the matter is left to a desk: nobody is turned away for it.
    `then` is a step its opener takes in the same breath: when that is refused, nothing is opened.
    """
    _check_opening(procedure, ask)
    dates.check(procedure, ask.fields, {}, opened_at=now, now=now, calendar=calendar)
    opened = f.Opened(
        number=ask.number, pack=procedure.pack, version=procedure.version, procedure=procedure.name,
        state=procedure.starts, kind=ask.kind, channel=ask.channel, urgency=ask.urgency,
        category=ask.category, territory=ask.territory, place=ask.place, requester=ask.requester,
        texts=ask.texts, fields=ask.fields, evidence=ask.evidence, seen=ask.seen,
    )  # fmt: skip
    matter = begin(opened, id=ask.id, at=now)
    story = Story(procedure, matter, now, calendar, sends_letters=ask.sends_letters)
    story.facts.append(opened)
    if (origin := ask.came_from) is not None:
        story.tell(f.CameOver(source=origin.source, procedure=origin.procedure, clocks=origin.clocks))
    if ask.routed is not None:
        story.tell(f.RouteFound(rule=ask.routed.rule, passed=ask.routed.passed))
    clocks.on_entering(story, procedure.starts, opening=True)
    story.send_on("opened")
    if then is not None:
        _take(story, then)
    if story.matter.state != procedure.starts:
        return story
    if ask.routed is not None and ask.routed.assign is not None and procedure.opening.dispatch:
        dispatch = TakeStep(step=procedure.opening.dispatch, by=ROUTING, assign=ask.routed.assign)
        _try(story, dispatch)
    return story


def stepping(procedure: Procedure, matter: Matter, ask: TakeStep, now: datetime, calendar: Calendar) -> Story:
    """Return the story of a step; raise Refusal if it may not be taken.

    Where the step says what the routing does then, and the rules name a unit, that is in the same facts.
    """
    if now < matter.updated_at:
        raise Refusal("step.before_last_entry", at=now.isoformat(), last=matter.updated_at.isoformat())
    story = Story(procedure, matter, now, calendar)
    _take(story, ask)
    step = procedure.step(ask.step)
    if step is not None and step.then and ask.routed is not None:
        story.tell(f.RouteFound(rule=ask.routed.rule, passed=ask.routed.passed))
        if ask.routed.assign is not None:
            _try(story, TakeStep(step=step.then, by=ROUTING, assign=ask.routed.assign))
    return story


def ticking(
    procedure: Procedure, matter: Matter, now: datetime, calendar: Calendar, above: Above = nobody_above
) -> Story:
    """Return the story of what the clocks make happen by `now`; it may be empty.

    An automatic step that may not be taken is noted with the refusal's code and not tried again.
    Nothing happens before the matter's last entry, whatever the clock of this machine says.
    """
    story = Story(procedure, matter, now, calendar)
    if now < matter.updated_at:
        return story
    for defined, clock, alarm in clocks.run_out(story):
        step = defined.automatic[alarm.index].step
        done = f.AutomaticDone(clock=clock.name, index=alarm.index, no=clock.no)
        if refused := _try(story, automatic_ask(procedure, story.matter, step, above), done):
            story.tell(replace(done, skipped=refused))
    return story


def automatic_ask(procedure: Procedure, matter: Matter, step: str, above: Above) -> TakeStep:
    """Return the ask a clock makes: the step, and whom an escalation would reach."""
    return TakeStep(step=step, by=CLOCK, escalate_to=next_rung(procedure, matter, step, above))


def next_rung(procedure: Procedure, matter: Matter, step: str, above: Above) -> AssignTo | None:
    """Return the unit an escalating step would raise a matter to, None at the top or for other steps."""
    defined = procedure.step(step)
    if defined is None or "escalate" not in defined.does:
        return None
    unit = matter.escalated_unit or (matter.lead.unit if matter.lead else "")
    reached = above(unit, defined.ladder) if unit else ""
    return AssignTo(lead=reached) if reached else None


def _check_opening(procedure: Procedure, ask: OpenMatter) -> None:
    opening = procedure.opening
    if ask.came_from is not None and "hand_over" not in opening.duties:
        raise Refusal("hand_over.not_open", procedure=procedure.name)
    if ask.came_from is None and not ask.by.duties & (set(opening.duties) - {"hand_over"}):
        raise Refusal("opening.not_your_duty", procedure=procedure.name, duties=list(opening.duties))
    for what, given, allowed in (
        ("kind", ask.kind, opening.kinds),
        ("channel", ask.channel, opening.channels),
        ("urgency", ask.urgency, opening.urgencies),
    ):
        if given not in allowed:
            raise Refusal(f"opening.unknown_{what}", given=given, allowed=list(allowed))
    if "subject" not in ask.texts:
        raise Refusal("opening.subject_missing")


def _try(story: Story, ask: TakeStep, *before: f.Fact) -> str:
    """Take a step if it may be taken, with some facts told before it; else tell nothing.

    Returns the code of the refusal, empty when the step was taken. A limit that cannot be counted yet
    is no answer of the procedure's: `calendar.*` is raised.
    """
    attempt = Story(
        story.procedure, story.matter, story.now, story.calendar, sends_letters=story.sends_letters
    )
    for fact in before:
        attempt.tell(fact)
    try:
        _take(attempt, ask)
    except Refusal as refusal:
        if refusal.code.startswith("calendar."):
            raise
        return refusal.code
    story.facts += attempt.facts
    story.matter = attempt.matter
    return ""


def _take(story: Story, ask: TakeStep) -> None:
    step = story.procedure.step(ask.step)
    if step is None:
        names = [step.name for step in story.procedure.steps]
        raise Refusal("step.unknown", step=ask.step, allowed=names)
    if refusal := why_not(story.procedure, story.matter, step, ask.by, story.now):
        raise refusal
    _check_content(story, step, ask)
    before = story.matter
    entered = step.to or story.matter.state
    moves = entered != story.matter.state
    story.tell(
        f.StepTaken(
            step=step.name,
            left=story.matter.state,
            entered=entered,
            dwell=int((story.now - story.matter.since) / timedelta(seconds=1)),
            reason=ask.reason if _is_declared(story.procedure, step, ask.reason) else "",
            texts=ask.texts,
            fields=ask.fields,
            evidence=ask.evidence,
            seen=ask.seen,
        )
    )
    if ask.fields:
        clocks.reclassified(story, before)  # a limit may hang on what a form says
    if (said := ask.receiver_said) is not None:
        story.tell(f.HandOverTold(target=said.matter, entry=said.entry, said=said.said, outcome=said.outcome))
    for effect in step.does:
        apply(story, step, effect, ask)
    if moves:
        clocks.on_entering(story, entered, pause_reason=ask.reason)
        if any(isinstance(fact, f.ClockPaused) for fact in story.facts):
            story.send_on("paused")
    for rule in step.letters:
        story.send(rule)
    if moves and entered in story.procedure.ends:
        _end(story)  # last, so that those who had a part in it can still be written to


def _end(story: Story) -> None:
    for assignment in story.matter.live_assignments:
        story.tell(f.AssignmentMoved(no=assignment.no, to="recalled"))
    story.tell(f.Ended())


def _check_content(story: Story, step: StepDef, ask: TakeStep) -> None:
    procedure, matter = story.procedure, story.matter
    dates.check(
        procedure, ask.fields, matter.fields,
        opened_at=matter.opened_at, now=story.now, calendar=story.calendar,
    )  # fmt: skip
    _check_others(procedure, step, ask)
    if step.reason and not ask.reason and "reason" not in ask.texts:
        raise Refusal("reason.missing", step=step.name, reasons=list(step.reasons))
    if step.reasons and ask.reason not in step.reasons:
        raise Refusal("reason.unknown", step=step.name, given=ask.reason, allowed=list(step.reasons))
    for pause in procedure.pauses_in(step.to):
        if ask.reason not in pause.reasons:
            raise Refusal("pause.reason_not_declared", given=ask.reason, allowed=list(pause.reasons))
    if missing := [text for text in step.texts if text not in ask.texts]:
        raise Refusal("text.missing", step=step.name, texts=missing)
    allowed = [*step.texts, "reason", *([f"form.{step.form}"] if step.form else [])]
    allowed += ["reply"] if "follow" in step.does else []  # what the lead matter was answered, if in words
    if unknown := sorted(ask.texts.keys() - allowed):
        # Otherwise a step could put other words in place of the subject, or of somebody's reply.
        raise Refusal("text.not_expected", step=step.name, texts=unknown, allowed=allowed)
    came_with = {*matter.came_with, *(evidence.kind for evidence in ask.evidence)}
    if missing := sorted({kind for kind in step.needs if kind not in came_with}):
        raise Refusal("evidence.missing", step=step.name, kinds=missing)


def _check_others(procedure: Procedure, step: StepDef, ask: TakeStep) -> None:
    """Raise Refusal when another matter the step is about does not stand, or has not said, what it must."""
    stands = ask.target_stands
    if step.target and (
        stands is None or stands.procedure != procedure.name or stands.state not in step.target
    ):
        state = "" if stands is None else stands.state
        raise Refusal(
            "link.target_state", step=step.name, given=state, allowed=list(step.target), basis=step.basis
        )
    said = ask.receiver_said
    if (
        "receiver" in step.duties
        and ask.by.hand == "receiver"
        and (said is None or not {said.said, said.outcome} & set(step.upon))
    ):
        raise Refusal("hand_over.not_told", step=step.name, upon=list(step.upon))


def _is_declared(procedure: Procedure, step: StepDef, reason: str) -> bool:
    """Say whether a step knows a reason by name. Others are free words, which no journal entry may hold."""
    return reason in step.reasons or any(reason in pause.reasons for pause in procedure.pauses_in(step.to))
