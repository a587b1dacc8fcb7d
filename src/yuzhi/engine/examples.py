"""Runs the examples of a pack against the engine: opens the matter, lets time pass, compares what stands.

Between two things that happen the clocks are looked at every time one of them has something to say,
as a worker that never sleeps would.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from yuzhi.base.actor import AGREEMENT, CLOCK, LEAD_MATTER, RECEIVER, SENSOR, Actor, party, requester
from yuzhi.base.refusal import Refusal
from yuzhi.engine import decide
from yuzhi.engine.asks import (
    AssignTo,
    CameFrom,
    CarriedClock,
    Evidence,
    FieldValue,
    HandOver,
    LeadAnswer,
    OpenMatter,
    ReceiverSaid,
    Routed,
    Stands,
    TakeStep,
    TextRef,
)
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import Pack, Procedure, StepDef
from yuzhi.engine.evolve import evolve
from yuzhi.engine.example import Example, Given, Moment, Then, Units, When, Who
from yuzhi.engine.example_reading import parse_examples
from yuzhi.engine.facts import Fact, LetterDue
from yuzhi.engine.forms import faults_in, kept
from yuzhi.engine.limits import last_day
from yuzhi.engine.matter import Clock, Matter
from yuzhi.engine.options import options
from yuzhi.engine.problems import quoted
from yuzhi.engine.routing import categorise, route

WHO = "vault-reference"
OTHER_SIDE = "account-of-another-party"
ONE_RUNG_UP = "one-rung-up"
EVERYWHERE = tuple("0123456789")  # every code begins with a digit; a place nobody knows has none
MOST_RINGS = 200

_HANDS: dict[str, Actor] = {one.hand: one for one in (AGREEMENT, CLOCK, LEAD_MATTER, RECEIVER, SENSOR)}
_MATTER = UUID(int=7 << 76)
_OTHER = UUID(int=8 << 76)
_WORDS = TextRef(id=UUID(int=9 << 76), digest="0" * 64)


class ExampleResult(Struct, frozen=True):
    """How an example came out; `failures` say what was expected and what stood instead."""

    name: str
    file: str
    line: int
    failures: tuple[str, ...] = ()

    @property
    def is_passed(self) -> bool:
        """Say whether all that was expected held."""
        return not self.failures


def run_examples(pack: Pack, examples: Iterable[Example], calendar: Calendar) -> tuple[ExampleResult, ...]:
    """Run each example and return how it came out."""
    return tuple(run_example(pack, example, calendar) for example in examples)


def run_example(pack: Pack, example: Example, calendar: Calendar) -> ExampleResult:
    """Run one example. What the engine refuses unexpectedly is a failure too, never an error."""
    procedure = pack.procedure(example.procedure)
    if procedure is None:
        raise Refusal("procedure.unknown", given=example.procedure)
    failures: list[str] = []
    try:
        telling = _Telling(pack, procedure, calendar, example)
    except Refusal as refusal:
        if refusal.code != example.refused:
            failures.append(f"line {example.line}: refused: {refusal}")
        return ExampleResult(example.name, example.file, example.line, tuple(failures))
    if example.refused:
        failures.append(f"line {example.line}: was opened, but {example.refused} was expected")
    try:
        failures += telling.failures()
    except Refusal as refusal:
        failures.append(f"line {example.line}: refused: {refusal}")
    return ExampleResult(example.name, example.file, example.line, tuple(failures))


class _Telling:
    """One example being run. `letters` are those written since something was last compared."""

    def __init__(self, pack: Pack, procedure: Procedure, calendar: Calendar, example: Example) -> None:
        self.pack, self.procedure, self.calendar, self.example = pack, procedure, calendar, example
        self.letters: list[tuple[str, str]] = []
        self.matter = self._opened(example.given)

    def failures(self) -> Iterator[str]:
        for when in self.example.when:
            at = self._local(when.at)
            self._let_pass(at)
            if when.step:
                yield from self._step(when, at)
            yield from self._differences(when.then, at)
        at = self._local(self.example.when[-1].at if self.example.when else self.example.given.at)
        yield from self._differences(self.example.then, at)

    def _opened(self, given: Given) -> Matter:
        at = self._local(given.at)
        category = given.category or (categorise(self.pack, given.text) if given.text else "")
        ask = OpenMatter(
            id=_MATTER,
            number="20260101" + "0" * 8,
            kind=given.kind,
            channel=given.channel,
            by=_actor(given.by),
            texts={"subject": _WORDS},
            urgency=given.urgency,
            category=category,
            territory=given.territory,
            requester="" if given.is_anonymous else WHO,
            routed=self._routed(given, category),
            fields=self._filled(self.procedure.opening.form, given.form),
            came_from=self._came_from(given),
        )
        return self._fold(None, decide.open_matter(self.procedure, ask, at, self.calendar), at)

    def _filled(self, form: str, data: Mapping[str, object]) -> dict[str, FieldValue]:
        """Return what the journal keeps of a form; one that nobody filled in is taken for complete."""
        if not data:
            return {}
        if errors := faults_in(self.pack.forms[form], data):
            raise Refusal("form.invalid", form=form, errors=list(errors))
        return kept(self.pack.forms[form], data)

    def _came_from(self, given: Given) -> CameFrom | None:
        if not given.came_from:
            return None
        clocks = tuple(
            CarriedClock(name=one.clock, limit=str(one.limit), started_at=self._local(one.since))
            for one in given.carried
        )
        return CameFrom(source=_OTHER, procedure=given.came_from, clocks=clocks)

    def _routed(self, given: Given, category: str) -> Routed | None:
        if given.text:
            return route(
                self.pack, kind=given.kind, urgency=given.urgency, channel=given.channel, category=category,
                territory=given.territory, text=given.text, find=lambda kind, level, _: f"{kind}@{level}",
            )  # fmt: skip
        return None if given.routed is None else Routed(rule="given", assign=_assign(given.routed))

    def _fold(self, matter: Matter | None, facts: tuple[Fact, ...], at: datetime) -> Matter:
        self.letters += [(fact.letter, fact.to) for fact in facts if isinstance(fact, LetterDue)]
        return evolve(matter, facts, id=_MATTER, at=at)

    def _let_pass(self, until: datetime) -> None:
        for _ in range(MOST_RINGS):
            moments = [clock.next_at for clock in self.matter.clocks]
            at = min((moment for moment in moments if moment is not None), default=None)
            if at is None or at > until:
                return
            facts = decide.tick(self.procedure, self.matter, at, self.calendar, _above)
            self.matter = self._fold(self.matter, facts, at)
        raise Refusal("clock.rings_on", times=MOST_RINGS)

    def _step(self, when: When, at: datetime) -> Iterator[str]:
        told = f"line {when.line}: step {quoted(when.step)}"
        try:
            facts = decide.take_step(self.procedure, self.matter, self._ask(when), at, self.calendar)
        except Refusal as refusal:
            if not when.refused:
                yield f"{told} was refused: {refusal}"
            elif refusal.code != when.refused:
                yield f"{told} was refused with {refusal.code}, not {when.refused}"
            return
        self.matter = self._fold(self.matter, facts, at)
        if when.refused:
            yield f"{told} was taken, but {when.refused} was expected"

    def _ask(self, when: When) -> TakeStep:
        step = self.procedure.step(when.step)
        texts = [text for text in (step.texts if step else ()) if text not in when.without]
        needs = [kind for kind in (step.needs if step else ()) if kind not in when.without]
        return TakeStep(
            step=when.step,
            by=_actor(when.by),
            texts=dict.fromkeys(texts, _WORDS),
            evidence=tuple(Evidence(kind, "0" * 64) for kind in needs),
            reason=when.reason,
            assign=None if when.assign is None else _assign(when.assign),
            outcome=when.outcome,
            satisfaction=when.satisfaction,
            solved=when.solved,
            amount=when.amount,
            target=_OTHER if step and "link" in step.does else None,
            kind=when.kind,
            category=when.category,
            urgency=when.urgency,
            territory=when.territory,
            escalate_to=AssignTo(lead=ONE_RUNG_UP),
            fields=self._filled(step.form, when.form) if step and step.form else {},
            target_stands=Stands(self.procedure.name, when.target) if when.target else None,
            hand_over=_handed(step, when),
            receiver_said=self._said(when),
            passes_on=LeadAnswer(matter=_OTHER, entry=self.matter.seq, outcome=when.outcome),
        )

    def _said(self, when: When) -> ReceiverSaid | None:
        match when.upon:
            case "":
                return None
            case "accepted" | "refused" | "ended" as said:
                return ReceiverSaid(matter=_OTHER, entry=1, said=said)
            case outcome:
                return ReceiverSaid(matter=_OTHER, entry=1, said="ended", outcome=outcome)

    def _local(self, at: datetime) -> datetime:
        return at.replace(tzinfo=self.calendar.zone)

    def _differences(self, then: Then, now: datetime) -> Iterator[str]:
        letters, self.letters = self.letters, ([] if then.line else self.letters)
        for what, expected, stands in (*self._plain(then), *self._clocks(then)):
            if expected != stands:
                yield f"line {then.line}: {what}: expected {_told(expected)}, but it is {_told(stands)}"
        for letter, to in then.letters:
            if (letter, to) not in letters:
                yield f"line {then.line}: no letter {letter} to {to} was written, but {_told(letters)}"
        for letter, to in then.no_letters:
            if (letter, to) in letters:
                yield f"line {then.line}: letter {letter} to {to} was written"
        yield from self._options(then, now)

    def _plain(self, then: Then) -> Iterator[tuple[str, object, object]]:
        matter = self.matter
        for what, wanted, stands in (
            ("state", then.state, matter.state),
            ("outcome", then.outcome, matter.outcome or "none"),
            ("satisfaction", then.satisfaction, matter.satisfaction),
            ("category", then.category, matter.category),
            ("route", then.route, matter.route),
            ("came_over", then.came_over, matter.came_over or "none"),
        ):
            if wanted:
                yield what, wanted, stands
        if then.solved is not None:
            yield "solved", then.solved, matter.is_solved
        if then.lead is not None:
            yield "lead", then.lead, matter.lead.unit if matter.lead else ""
        if then.co_handlers is not None:
            units = [one.unit for one in matter.live_assignments if one.role == "co_handler"]
            yield "co_handlers", sorted(then.co_handlers), sorted(units)
        states = {one.unit: one.state for one in matter.assignments}
        for unit, state in then.assignments:
            yield f"assignment of {unit}", state, states.get(unit, "none")
        for name, count in then.counts:
            yield name, count, getattr(matter, name)
        if then.reopen_until is not None:
            yield (
                "reopen_until",
                _shown(then.reopen_until),
                self._instant(matter.reopen_until, then.reopen_until),
            )

    def _clocks(self, then: Then) -> Iterator[tuple[str, object, object]]:
        for who, moment in then.due:
            clock = self._clock(who)
            stands = self._instant(clock.due_at if clock else None, moment)
            yield f"due of clock {_name(who)}", _shown(moment), stands
        for who, word in then.clocks:
            words = _clock_words(self._clock(who))
            yield f"clock {_name(who)}", word, word if word in words else ", ".join(words)

    def _clock(self, who: Who) -> Clock | None:
        """Return the newest run of a clock, of one unit's assignment if a unit is named."""
        numbers = {one.no for one in self.matter.assignments if one.unit == who.unit}
        runs = [
            clock
            for clock in self.matter.clocks
            if clock.name == who.duty and (not who.unit or clock.no in numbers)
        ]
        return runs[-1] if runs else None

    def _instant(self, at: datetime | None, like: Moment) -> str:
        """Return an instant as an example writes it; a day is the last one on which it is not too late."""
        if at is None:
            return "none"
        if like.is_day:
            return last_day(at, self.calendar).isoformat()
        return self.calendar.local(at).replace(tzinfo=None).isoformat(" ", "minutes")

    def _options(self, then: Then, now: datetime) -> Iterator[str]:
        for wanted, asked in ((True, then.may), (False, then.may_not)):
            for who, steps in asked:
                offered = options(self.procedure, self.matter, _actor(who), now)
                allowed = {option.step for option in offered if option.is_allowed}
                for step in steps:
                    if (step in allowed) is not wanted:
                        may = "may not" if wanted else "may"
                        yield f"line {then.line}: {_name(who)} {may} take step {quoted(step)}"


def _clock_words(clock: Clock | None) -> list[str]:
    if clock is None:
        return ["none"]
    words = [str(clock.state)]
    words += ["amber"] if clock.amber_seen and clock.breached_at is None else []
    words += ["breached"] if clock.breached_at is not None else []
    words += ["met"] if clock.was_met else []
    return words


def _actor(who: Who) -> Actor:
    if who.duty == "requester":
        return requester(WHO)
    if who.duty == "party":
        return party(OTHER_SIDE)
    if (hand := _HANDS.get(who.duty)) is not None:
        return hand
    return Actor(
        hand="post", id=f"{who.duty}-post", unit=who.unit, duties=frozenset({who.duty}), covers=EVERYWHERE
    )


def _handed(step: StepDef | None, when: When) -> HandOver | None:
    if step is None or not step.opens:
        return None
    return HandOver(target=_OTHER, procedure=when.opens or step.opens[0])


def _above(_unit: str, _duty: str) -> str:
    return ONE_RUNG_UP


def _assign(units: Units) -> AssignTo:
    return AssignTo(lead=units.lead, co_handlers=units.co_handlers)


def _name(who: Who) -> str:
    return f"{who.duty} of {who.unit}" if who.unit else who.duty


def _shown(moment: Moment) -> str:
    if moment.is_day:
        return moment.at.date().isoformat()
    return (moment.at + timedelta()).isoformat(" ", "minutes")


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(" to ".join(one) if isinstance(one, tuple) else str(one) for one in value) or "none"
    return quoted(value) if isinstance(value, str) else str(value)


__all__ = ["Example", "ExampleResult", "parse_examples", "run_example", "run_examples"]
