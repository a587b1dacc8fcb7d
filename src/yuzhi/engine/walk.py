"""One imaginary matter on its way through a procedure, as chance and what is allowed will have it."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from yuzhi.base.actor import LEAD_MATTER, RECEIVER, Actor, party, requester
from yuzhi.base.refusal import Refusal
from yuzhi.engine import decide
from yuzhi.engine.asks import (
    AssignTo,
    CameFrom,
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
from yuzhi.engine.definition import PSEUDO_DUTIES, Procedure, StepDef
from yuzhi.engine.evolve import evolve
from yuzhi.engine.facts import AutomaticDone, Fact, StepTaken
from yuzhi.engine.graph import edges_of
from yuzhi.engine.limits import Limit
from yuzhi.engine.matter import Matter
from yuzhi.engine.options import allowed_steps

UNITS = ("office-a", "office-b", "office-c")
OUTSIDE = "outside-office"
"""A unit that is never given a matter, so that there is always somebody to verify the work of others."""
WHO = "somebody"
OTHER_SIDE = "somebody-else"
EVERYWHERE = tuple("0123456789")
"""Every territory there is; a matter whose place nobody knows lies in none of them."""
SOMEWHERE = "000001002"
WANDER = 25
MOST_TURNS = 400

_WORDS = TextRef(id=UUID(int=1), digest="0" * 64)


class Tally:
    """What all walks share: how far each state is from an end, what makes a difference, and the counts."""

    def __init__(self, procedure: Procedure) -> None:
        self.far = _distances(procedure)
        self.asked = _asked(procedure)
        self.ends: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.steps: Counter[str] = Counter()
        self.started: Counter[str] = Counter()
        self.breached: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.turns = 0


class Walk:
    """One matter on its way. Each post has every duty, so that units, not duties, keep people apart."""

    def __init__(self, procedure: Procedure, calendar: Calendar, chance: Random, tally: Tally) -> None:
        self.procedure, self.calendar, self.chance, self.tally = procedure, calendar, chance, tally
        duties = {duty for step in procedure.steps for duty in step.duties} | set(procedure.opening.duties)
        self.posts = [
            Actor(
                hand="post", id=unit, unit=unit, duties=frozenset(duties - PSEUDO_DUTIES), covers=EVERYWHERE
            )
            for unit in (*UNITS, OUTSIDE)
        ]
        self.people = [*self.posts, requester(WHO), *([party(OTHER_SIDE)] if "party" in duties else ())]
        self.far = tally.far
        self.taken: list[str] = []
        first, last = calendar.loaded_from, max(calendar.loaded_from, calendar.loaded_to - 2)
        begin = datetime(chance.randint(first, last), 1, 1, tzinfo=UTC) + timedelta(days=1)
        self.now = begin + timedelta(minutes=chance.randrange(360 * 24 * 60))
        self.matter = self._opened()

    def go(self) -> str:
        """Walk to an end; return what is wrong, or an empty string."""
        for turn in range(MOST_TURNS):
            is_steered = turn >= WANDER
            if self.matter.state in self.procedure.ends:
                if trouble := self._at_end():
                    return trouble
                if not is_steered and self._led():
                    continue
                if is_steered or self.chance.random() < 0.5 or not self._act(is_steered=False):
                    return ""
                continue
            self.tally.turns += 1
            if self.chance.random() < 0.5 and self._heard():
                continue
            if not is_steered and self.chance.random() < 0.25 and self._ring():
                continue
            if not self._act(is_steered=is_steered) and not self._heard() and not self._ring():
                return "nobody may do anything and no clock runs"
        return f"no end after {MOST_TURNS} turns"

    def _at_end(self) -> str:
        live = [clock.name for clock in self.matter.clocks if clock.is_live]
        if live:
            return f"ended with clocks still live: {', '.join(live)}"
        return "ended with assignments still live" if self.matter.live_assignments else ""

    def _opened(self) -> Matter:
        opening, pick = self.procedure.opening, self.chance.choice
        is_anonymous = "requester" not in opening.duties or self.chance.random() < 0.2
        comes_over = "hand_over" in opening.duties and (
            set(opening.duties) == {"hand_over"} or self.chance.random() < 0.3
        )
        ask = OpenMatter(
            id=UUID(int=self.chance.getrandbits(128)),
            number="1",
            kind=pick(opening.kinds),
            channel=pick(opening.channels),
            by=pick(self.posts) if set(opening.duties) - {"requester", "hand_over"} else requester(WHO),
            texts={"subject": _WORDS},
            urgency=pick(opening.urgencies),
            category=pick(self._categories()),
            territory=pick(("", *[SOMEWHERE] * 3)),
            requester="" if is_anonymous and set(opening.duties) != {"requester"} else WHO,
            routed=Routed("any", assign=self._units() if self.chance.random() < 0.5 else None),
            fields=self._fields(),
            came_from=CameFrom(UUID(int=self.chance.getrandbits(128)), "another") if comes_over else None,
        )
        self.id = ask.id
        return self._fold(None, decide.open_matter(self.procedure, ask, self.now, self.calendar))

    def _categories(self) -> list[str]:
        rows = [rule.when.category for clock in self.procedure.clocks for rule in clock.limits]
        return ["", *(category for row in rows for category in row)]

    def _fold(self, matter: Matter | None, facts: tuple[Fact, ...]) -> Matter:
        for fact in facts:
            if isinstance(fact, StepTaken):
                self.taken.append(fact.step)
                self.tally.steps[fact.step] += 1
            elif isinstance(fact, AutomaticDone) and fact.skipped:
                self.tally.skipped[fact.skipped] += 1
        return evolve(matter, facts, id=self.id, at=self.now)

    def _ring(self) -> bool:
        """Let time pass until a clock has something to say; say whether there was one."""
        moments = [clock.next_at for clock in self.matter.clocks]
        at = min((moment for moment in moments if moment is not None), default=None)
        if at is None:
            return False
        self.now = max(self.now, at)
        above = UNITS[1] if self.chance.random() < 0.7 else ""
        facts = decide.tick(self.procedure, self.matter, self.now, self.calendar, lambda _unit, _duty: above)
        self.matter = self._fold(self.matter, facts)
        return True

    def _fields(self) -> dict[str, FieldValue]:
        """Return what forms are filled in with: every date is today's, so that none is before another."""
        today = self.calendar.day_of(self.now).isoformat()
        filled: dict[str, FieldValue] = {one.name: today for one in self.procedure.dates}
        for name, values in self.tally.asked.items():
            value = self.chance.choice(values)
            filled[name] = {"true": True, "false": False}.get(value, value)
        return filled

    def _heard(self) -> bool:
        """Let the receiver of a hand-over say something, perhaps; say whether it did."""
        steps = [one for one in self.procedure.steps_from(self.matter.state) if "receiver" in one.duties]
        handed = [one.target for one in self.matter.links if one.kind == "handed_over_to" and one.is_live]
        if not steps or not handed:
            return False
        step = self.chance.choice(steps)
        word = self.chance.choice(step.upon)
        match word:
            case "accepted" | "refused" | "ended":
                said = ReceiverSaid(handed[-1], 2, word)
            case outcome:
                said = ReceiverSaid(handed[-1], 2, "ended", outcome)
        ask = TakeStep(step.name, by=RECEIVER, receiver_said=said)
        try:
            facts = decide.take_step(self.procedure, self.matter, ask, self.now, self.calendar)
        except Refusal as refusal:
            self.tally.refused[refusal.code] += 1
            return False
        self.matter = self._fold(self.matter, facts)
        return True

    def _led(self) -> bool:
        """Let something become of the matter it was merged into, perhaps; say whether it did."""
        steps = [
            one
            for one in self.procedure.steps_from(self.matter.state)
            if not LEAD_MATTER.duties.isdisjoint(one.duties)
        ]
        if not steps or self.chance.random() < 0.5:
            return False
        step = self.chance.choice(steps)
        lead = LeadAnswer(self.matter.lead_matter or self.id, self.matter.seq, "")
        try:
            facts = decide.take_step(
                self.procedure,
                self.matter,
                TakeStep(step.name, by=LEAD_MATTER, passes_on=lead),
                self.now,
                self.calendar,
            )
        except Refusal as refusal:
            self.tally.refused[refusal.code] += 1
            return False
        self.matter = self._fold(self.matter, facts)
        return True

    def _act(self, *, is_steered: bool) -> bool:
        """Let somebody take a step; say whether anybody could."""
        later = self.now + self._while()
        rings = [clock.next_at for clock in self.matter.clocks if clock.next_at is not None]
        later = max(self.now, min([later, *rings]))
        may = self._offered(later, everybody=is_steered)
        if is_steered:
            far = self.far.get(self.matter.state, MOST_TURNS)
            nearer = [one for one in may if one[1].to and self.far.get(one[1].to, MOST_TURNS) < far]
            if not nearer and self._ring():
                return True
            may = nearer or may
        for who, step in sorted(may, key=self._reluctance):
            try:
                ask = self._ask(who, step)
                facts = decide.take_step(self.procedure, self.matter, ask, later, self.calendar)
            except Refusal as refusal:
                self.tally.refused[refusal.code] += 1
                continue
            self.now = later
            self.matter = self._fold(self.matter, facts)
            return True
        return False

    def _offered(self, at: datetime, *, everybody: bool) -> list[tuple[Actor, StepDef]]:
        """Return who may do what; of the first two people who come along, unless they can do nothing."""
        may: list[tuple[Actor, StepDef]] = []
        for asked, who in enumerate(self.chance.sample(self.people, k=len(self.people))):
            if may and asked > 1 and not everybody:
                break
            may += [
                (who, step)
                for step in allowed_steps(self.procedure, self.matter, who, at)
                if not (who.id == OUTSIDE and "take" in step.does)
            ]
        return may

    def _reluctance(self, one: tuple[Actor, StepDef]) -> tuple[bool, float]:
        """Put off what ends the matter, and what has been done often, so that few walks see much."""
        step = one[1]
        ends = step.to in self.procedure.ends and self.chance.random() < 0.9
        return ends, (1 + self.tally.steps[step.name]) * self.chance.random()

    def _while(self) -> timedelta:
        chance = self.chance
        return chance.choice(
            (
                timedelta(minutes=chance.randint(1, 50)),
                timedelta(hours=chance.randint(1, 9)),
                timedelta(days=chance.randint(1, 3)),
            )
        )

    def _ask(self, who: Actor, step: StepDef) -> TakeStep:
        pick, opening = self.chance.choice, self.procedure.opening
        clock = self.procedure.clock(step.clock)
        classifies = "classify" in step.does
        return TakeStep(
            step=step.name,
            by=who,
            texts=dict.fromkeys(step.texts, _WORDS),
            evidence=tuple(Evidence(kind, "0" * 64) for kind in step.needs),
            reason=pick(step.reasons) if step.reasons else "because" if step.reason else "",
            assign=self._units() if "assign" in step.does else None,
            outcome=pick(step.outcomes) if step.outcomes else "",
            satisfaction=pick(("satisfied", "basically", "not_satisfied"))
            if "verdict" in step.does
            else None,
            solved=self.chance.random() < 0.7 if "verdict" in step.does else None,
            amount=self._amount(clock.extension.up_to) if clock and clock.extension else None,
            target=UUID(int=self.chance.getrandbits(128)) if step.link else None,
            kind=pick(opening.kinds) if classifies else "",
            urgency=pick(opening.urgencies) if classifies else "",
            territory=SOMEWHERE if "place" in step.does else "",
            escalate_to=AssignTo(lead=UNITS[1]) if "escalate" in step.does else None,
            fields=self._fields() if step.form else {},
            target_stands=Stands(self.procedure.name, pick(step.target)) if step.target else None,
            hand_over=HandOver(UUID(int=self.chance.getrandbits(128)), pick(step.opens))
            if step.opens
            else None,
        )

    def _units(self) -> AssignTo:
        units = self.chance.sample(UNITS, k=self.chance.randint(1, 3))
        return AssignTo(lead=units[0], co_handlers=tuple(units[1:]))

    def _amount(self, most: Limit) -> Limit:
        return Limit(self.chance.randint(1, most.amount), most.unit)


def _asked(procedure: Procedure) -> dict[str, tuple[str, ...]]:
    """Return the fields that steps and limits hang on, with every value that makes a difference."""
    conditions = [
        *(step.when for step in procedure.steps),
        *(rule.when for clock in procedure.clocks for rule in clock.limits),
    ]
    asked: dict[str, tuple[str, ...]] = {}
    for when in conditions:
        for name, values in when.field:
            asked[name] = tuple(dict.fromkeys((*asked.get(name, ()), *values)))
    return asked


def _distances(procedure: Procedure) -> dict[str, int]:
    """Return how many moves lie between each state and the nearest end."""
    return dict(_rings(procedure))


def _rings(procedure: Procedure) -> Iterator[tuple[str, int]]:
    edges = [edge for edge in edges_of(procedure) if edge.by_people]
    ring, seen, distance = set(procedure.ends), set(procedure.ends), 0
    while ring:
        yield from ((state, distance) for state in sorted(ring))
        ring = {edge.source for edge in edges if edge.target in ring} - seen
        seen |= ring
        distance += 1
