"""What a procedure is: the words a pack may use, as frozen shapes. Nothing here acts or reads."""

from functools import cached_property
from typing import Literal

from msgspec import Struct

from yuzhi.engine.guide import Guide
from yuzhi.engine.limits import Limit
from yuzhi.engine.sensing import SensorRule

Scope = Literal["territory", "lead", "co_handler", "assignee", "sender", "requester", "any"]
Role = Literal["lead", "co_handler"]
LinkKind = Literal["duplicate_of", "child_of", "follow_up_of", "escalated_to", "repeats"]
Effect = Literal[
    "assign", "take", "recall", "sign", "return", "agree_return", "refuse_return", "answer",
    "extend", "urge", "supervise", "escalate", "link", "unlink", "follow", "classify", "place", "resolve",
    "verdict", "reopen", "restart", "hand_over", "accept_hand_over", "refuse_hand_over",
]  # fmt: skip
Guard = Literal[
    "all_answered", "all_signed", "lead_signed", "not_returned_before", "in_reopen_window", "not_own_work",
    "has_place", "has_requester", "has_reply", "was_breached", "was_reopened", "lead_answered",
    "not_repeated",
]  # fmt: skip
Moment = Literal["amber", "due"]
Level = Literal["city", "district", "town", "community", "grid", "nearest"]
Audience = Literal[
    "requester", "parties", "own_side", "lead", "co_handler", "assignee", "sender", "escalation",
]  # fmt: skip
Receipts = Literal["parties", "own_side", "nobody"]
Event = Literal["opened", "assigned", "return_asked", "extended", "paused", "amber", "breached", "reopened"]

PSEUDO_DUTIES = frozenset({
    "requester", "party", "clock", "routing", "lead_matter", "receiver", "hand_over", "agreement", "sensor",
})  # fmt: skip
"""Duties that no post holds: the person who asked, another party of the matter, a clock that ran out, the
routing rules, the matter that this one was merged into, the one it was handed over to, (to open one) a matter
that is handed over, an agreement of the matter, and instruments whose readings a rule has judged.
"""
PERSONAL = frozenset({"requester", "party"})
"""Those of them that people have: they are offered steps, and what they may do is shown to them."""
PARTIES: tuple[Audience, ...] = ("parties", "own_side")
"""Audiences of people: every party, with who speaks for them and who asked; or those on the asker's side."""
AGREEMENT_SAYS = ("written", "oral", "performed", "broken")
"""What an agreement says of itself: it took effect, written or oral; it was performed; it was not in time."""
AGREEMENT_DATES = (
    "parties_signed_on", "guardian_signed_on", "mediator_signed_on", "sealed_on", "agreed_on", "promised_on",
    "performed_on",
)  # fmt: skip
"""Dates an agreement knows: it fills them in where the form of its step has fields of these names."""


class When(Struct, frozen=True):
    """A condition over a matter; every named attribute must match one of its values.

    `category` and `territory` match by prefix (a category prefix ends at a slash), `words` match any of
    the words in what the requester said. `field` names fields of forms with the values they may have,
    `before` date fields with the day they must lie before; one that was not given matches neither.
    An empty condition always holds.
    """

    kind: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    field: tuple[tuple[str, tuple[str, ...]], ...] = ()
    before: tuple[tuple[str, str], ...] = ()


class LimitRule(Struct, frozen=True):
    """One row of a limit table: the first row whose condition holds gives the limit."""

    limit: Limit
    when: When = When()


class Pause(Struct, frozen=True):
    """A clock stands still while the matter is in `state`, for one of the declared `reasons` only."""

    state: str
    reasons: tuple[str, ...]


class Extension(Struct, frozen=True):
    """How far a clock may be extended: at most `up_to` each time, at most `times` times."""

    up_to: Limit
    times: int = 1


class Automatic(Struct, frozen=True):
    """A step the engine itself takes when a clock reaches a moment, or `after` that moment."""

    step: str
    at: Moment = "due"
    after: Limit | None = None


class ClockDef(Struct, frozen=True):
    """A declared limit.

    It starts when the matter (or, for `each` assignment, that assignment) enters one of `starts` and
    stops on entering one of `stops`. For a matter those are states (or `opened`); for an assignment they
    are assignment states (given, signed, return_asked, returned, answered, recalled).
    `basis` names the article or local rule; `is_law` is true only for a verified legal limit.
    `amber` is the share of the limit, in percent, after which the clock shows amber.
    With `since` it counts from the last of those dates, which must all be known when it starts. `continues`
    names a clock of whoever hands a matter over: of one handed over, this clock runs on where that one was.
    """

    name: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    limits: tuple[LimitRule, ...]
    each: Literal["matter", "assignment"] = "matter"
    role: Role | None = None
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None
    automatic: tuple[Automatic, ...] = ()
    amber: int = 75
    rolls: bool = True
    restarts: bool = True
    basis: str = ""
    is_law: bool = False
    since: tuple[str, ...] = ()
    continues: str = ""

    def pause_in(self, state: str) -> Pause | None:
        """Return the declared pause for a state, if there is one."""
        for pause in self.pauses:
            if pause.state == state:
                return pause
        return None


class LetterRule(Struct, frozen=True):
    """Which letter goes to whom."""

    letter: str
    to: Audience


class StepDef(Struct, frozen=True):
    """Something a post (or the requester, a clock, the routing) may do to a matter.

    `to` is empty when the step leaves the state as it is. `within` names a clock that must not be
    breached for the step to be allowed. `texts` are named texts the step needs (such as `reply`).
    `bulk` lets screens offer it for many matters at once.
    For a step of the lead matter `outcomes` are those of the lead matter on which it is taken; none named
    means every other one.
    `ladder` is the duty that a unit one rung up must have for an `escalate` to reach it; empty means any.
    `then` names a step the routing takes at once after this one, where the routing rules are certain.
    `when` says for which matters the step is; `target` in which states the matter it links to must stand.
    A hand-over may open one of `opens` there and carries the texts and kinds of evidence in `carries`.
    `upon` is what the receiver of a hand-over must have said for a step of the receiver's to be taken:
    accepted, refused, ended, or one of its outcomes; of a step of an agreement's, one of `AGREEMENT_SAYS`.
    `basis` names the article or local rule.
    """

    name: str
    sources: tuple[str, ...]
    duties: tuple[str, ...]
    to: str = ""
    scope: Scope = "territory"
    does: tuple[Effect, ...] = ()
    form: str = ""
    needs: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    reason: bool = False
    reasons: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    within: str = ""
    clock: str = ""
    link: LinkKind | None = None
    ladder: str = ""
    letters: tuple[LetterRule, ...] = ()
    bulk: bool = False
    then: str = ""
    when: When = When()
    target: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()
    upon: tuple[str, ...] = ()
    basis: str = ""


class Identity(Struct, frozen=True):
    """Of which kinds of matters only posts with one duty may learn who asked."""

    kinds: tuple[str, ...]
    duty: str


class Opening(Struct, frozen=True):
    """How a matter of this procedure begins: who may open it, in which kinds, through which form.

    When `dispatch` names a step and the routing rules are certain, that step is taken at once by the
    routing itself. `identity` says whose names are kept from everybody else. People in it stand on at least
    so many `sides`; `receipts` go to those who are told the number, and a code of their own.
    """

    duties: tuple[str, ...]
    kinds: tuple[str, ...]
    channels: tuple[str, ...]
    form: str = ""
    dispatch: str = ""
    urgencies: tuple[str, ...] = ("normal",)
    identity: Identity | None = None
    sides: int = 2
    receipts: Receipts = "parties"

    def kept_for(self, kind: str) -> str:
        """Return the duty that alone may learn who opened a matter of a kind; empty if there is none."""
        return self.identity.duty if self.identity is not None and kind in self.identity.kinds else ""


class Verdict(Struct, frozen=True):
    """The citizen's own answer: how long after resolution a matter may be disputed, and to which state."""

    window: Limit
    reopens_to: str


class Public(Struct, frozen=True):
    """What anyone may see of a matter, and the territory level its place is coarsened to.

    Only matters in one of `states` and of one of `kinds` are shown; no kinds named means every kind.
    """

    fields: tuple[str, ...] = ()
    place: Literal["district", "town", "community"] = "community"
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class EventLetters(Struct, frozen=True):
    """Letters that go out whenever an event happens, whichever step caused it."""

    event: Event
    letters: tuple[LetterRule, ...]


class DateDef(Struct, frozen=True):
    """A date that forms ascertain and clocks may count from: what it may not lie before (other dates, or
    `opened`), and whether it may lie ahead. Any other date must have come.
    """

    name: str
    not_before: tuple[str, ...] = ()
    may_lie_ahead: bool = False


class Procedure(Struct, frozen=True, dict=True):
    """How matters of one kind run. `states` are those under way, `ends` the final ones."""

    name: str
    pack: str
    version: str
    starts: str
    states: tuple[str, ...]
    ends: tuple[str, ...]
    outcomes: tuple[str, ...]
    opening: Opening
    steps: tuple[StepDef, ...]
    clocks: tuple[ClockDef, ...] = ()
    verdict: Verdict | None = None
    letters: tuple[EventLetters, ...] = ()
    public: Public = Public()
    leading_clock: str = ""
    dates: tuple[DateDef, ...] = ()

    @property
    def all_states(self) -> tuple[str, ...]:
        """Return the states under way and the ends."""
        return (*self.states, *self.ends)

    def step(self, name: str) -> StepDef | None:
        """Return the step of that name, if the procedure has one."""
        return self._steps.get(name)

    def clock(self, name: str) -> ClockDef | None:
        """Return the clock of that name, if the procedure has one."""
        return self._clocks.get(name)

    def letters_on(self, event: Event) -> tuple[LetterRule, ...]:
        """Return the letters that go out when `event` happens."""
        return self._letters.get(event, ())

    def steps_from(self, state: str) -> tuple[StepDef, ...]:
        """Return the steps that begin in a state, in order."""
        return self._steps_from.get(state, ())

    @property
    def steps_of_routing(self) -> tuple[str, ...]:
        """Return the steps the routing takes: the one of the opening, and those that follow other steps."""
        named = (self.opening.dispatch, *(step.then for step in self.steps))
        return tuple(dict.fromkeys(name for name in named if name))

    def pauses_in(self, state: str) -> tuple[Pause, ...]:
        """Return the pauses declared for a state, one for each clock that stands still in it."""
        return self._pauses_in.get(state, ())

    @cached_property
    def _pauses_in(self) -> dict[str, tuple[Pause, ...]]:
        paused = {pause.state for clock in self.clocks for pause in clock.pauses}
        found = {state: [clock.pause_in(state) for clock in self.clocks] for state in paused}
        return {state: tuple(one for one in pauses if one is not None) for state, pauses in found.items()}

    @cached_property
    def _steps_from(self) -> dict[str, tuple[StepDef, ...]]:
        states = (*self.states, *self.ends)
        return {state: tuple(step for step in self.steps if state in step.sources) for state in states}

    @cached_property
    def _steps(self) -> dict[str, StepDef]:
        return {step.name: step for step in reversed(self.steps)}

    @cached_property
    def _clocks(self) -> dict[str, ClockDef]:
        return {clock.name: clock for clock in reversed(self.clocks)}

    @cached_property
    def _letters(self) -> dict[Event, tuple[LetterRule, ...]]:
        return {rule.event: rule.letters for rule in reversed(self.letters)}


class Category(Struct, frozen=True):
    """A node of a pack's category tree; `code` is a path such as `municipal/lamp`."""

    code: str
    unit_kind: str = ""
    words: tuple[str, ...] = ()
    words_against: tuple[str, ...] = ()


class UnitAt(Struct, frozen=True):
    """A unit named by what it is and where, never by its own name: kind of unit at a territory level.

    `kind` may be `by_category`: the unit kind that the matter's category names.
    """

    kind: str
    at: Level = "nearest"


class RoutingRule(Struct, frozen=True):
    """One ordered rule; the first whose condition holds decides. No `lead` sends the matter to a desk."""

    name: str
    when: When = When()
    lead: UnitAt | None = None
    co_handlers: tuple[UnitAt, ...] = ()


class LearntDispatch(Struct, frozen=True):
    """Where a unit learnt from past matters may be sent a matter without a person deciding it.

    Only after one of the rules `after` (or `desk`, when no rule fired), and only when the chance that it is
    the right unit reaches `threshold` (0 to 1). Unless `automatic`, people are told what would have gone,
    and nothing goes.
    """

    threshold: float
    after: tuple[str, ...]
    automatic: bool = False


class LegalBasis(Struct, frozen=True):
    """A law or rule a pack stands on: its title, articles, and whether its text was verified."""

    title: str
    articles: str = ""
    status: Literal["verified", "second_hand", "local"] = "local"


class Pack(Struct, frozen=True, dict=True):
    """One field of work as data: procedures with their forms, words, letters, catalogue and routing.

    `words` are by language and dotted key (`words["zh"]["state.received"]`), `letters` by name and
    language (`letters["received"]["zh"]`), `parameters` are notes on what a city will want to set,
    `agreements` the text of agreements by language, where the pack has one of its own.
    """

    name: str
    version: str
    in_force_from: str
    duties: tuple[str, ...]
    basis: tuple[LegalBasis, ...]
    procedures: tuple[Procedure, ...]
    forms: dict[str, dict[str, object]] = {}
    words: dict[str, dict[str, str]] = {}
    letters: dict[str, dict[str, str]] = {}
    categories: tuple[Category, ...] = ()
    routing: tuple[RoutingRule, ...] = ()
    learnt_dispatch: LearntDispatch | None = None
    digest: str = ""
    parameters: dict[str, str] = {}
    sensors: tuple[SensorRule, ...] = ()
    guide: Guide | None = None
    agreements: dict[str, str] = {}

    def procedure(self, name: str) -> Procedure | None:
        """Return the procedure of that name, if the pack has one."""
        return next((procedure for procedure in self.procedures if procedure.name == name), None)

    def category(self, code: str) -> Category | None:
        """Return the category of that code, if the catalogue has one."""
        return self._categories.get(code)

    @cached_property
    def _categories(self) -> dict[str, Category]:
        return {category.code: category for category in reversed(self.categories)}

    @cached_property
    def words_by_start(self) -> dict[str, tuple[tuple[str, Category], ...]]:
        """The words that speak for categories, by their first two characters."""
        found: dict[str, list[tuple[str, Category]]] = {}
        for category in self.categories:
            for word in category.words:
                found.setdefault(word[:2], []).append((word, category))
        return {start: tuple(words) for start, words in found.items()}
