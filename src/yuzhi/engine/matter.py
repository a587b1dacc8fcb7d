"""Where a matter stands: the fold of its facts, frozen. It is rebuilt, never edited."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from yuzhi.engine.asks import CarriedClock, Evidence, FieldValue, Place, Satisfaction, StoodStill, TextRef
from yuzhi.engine.definition import LinkKind, Role
from yuzhi.engine.facts import Alarm

AssignmentState = Literal["given", "signed", "return_asked", "returned", "answered", "recalled"]
ClockState = Literal["running", "paused", "stopped"]
Tie = LinkKind | Literal["handed_over_to", "handed_over_from"]
HandOverState = Literal["offered", "accepted", "refused"]
LIVE = frozenset({"given", "signed", "return_asked"})


class Assignment(Struct, frozen=True):
    """One unit's part in a matter. `before_return` is what it goes back to when a return is refused."""

    no: int
    unit: str
    role: Role
    state: AssignmentState
    given_at: datetime
    by_unit: str = ""
    signed_at: datetime | None = None
    ended_at: datetime | None = None
    returns_refused: int = 0

    @property
    def is_live(self) -> bool:
        """Say whether the unit still has to do with it."""
        return self.state in LIVE


class Clock(Struct, frozen=True):
    """A running, paused or stopped limit. `due_at` is the first instant that is too late."""

    name: str
    no: int
    run: int
    state: ClockState
    limit: str
    started_at: datetime
    due_at: datetime
    amber_at: datetime
    paused_at: datetime | None = None
    pause_reason: str = ""
    stopped_at: datetime | None = None
    amber_seen: bool = False
    breached_at: datetime | None = None
    extended: tuple[str, ...] = ()
    pauses: tuple[StoodStill, ...] = ()
    alarms: tuple[Alarm, ...] = ()

    @property
    def is_live(self) -> bool:
        """Say whether it has not been stopped."""
        return self.state != "stopped"

    @property
    def next_at(self) -> datetime | None:
        """Return when it next has something to say: amber, breach or an automatic step."""
        if self.state != "running":
            return None
        moments = [alarm.at for alarm in self.alarms]
        if not self.amber_seen:
            moments.append(self.amber_at)
        if self.breached_at is None:
            moments.append(self.due_at)
        return min(moments, default=None)

    @property
    def was_met(self) -> bool | None:
        """Say whether a stopped clock was met; None while it is still live."""
        return None if self.stopped_at is None else not self.is_broken(self.stopped_at)

    def is_broken(self, now: datetime) -> bool:
        """Say whether its limit was or is over by `now`, whether or not a worker has come to say so.

        A clock that stands still uses up nothing, even if it is stopped only much later.
        """
        if self.breached_at is not None:
            return True
        return (self.paused_at or self.stopped_at or now) >= self.due_at


class Link(Struct, frozen=True):
    """A tie to another matter."""

    kind: Tie
    target: UUID
    is_live: bool = True


class Following(Struct, frozen=True):
    """The answer of the matter this one was merged into that was passed on last."""

    lead: UUID
    entry: int
    outcome: str


class Matter(Struct, frozen=True):
    """One thing to be settled, as its facts have left it.

    `answered` is the number of the entry with its present answer, 0 while there is none: having been merged
    is no answer, but what became of the lead matter is. `fields` are the newest values of the fields of forms
    that the journal keeps. `came_over` says how it stands with a hand-over that opened this matter, `carried`
    are the limits and `came_with` the kinds of evidence that came along.
    """

    id: UUID
    number: str
    pack: str
    version: str
    procedure: str
    state: str
    since: datetime
    kind: str
    channel: str
    urgency: str
    category: str
    territory: str
    place: Place | None
    requester: str
    texts: dict[str, TextRef]
    opened_at: datetime
    updated_at: datetime
    seq: int
    assignments: tuple[Assignment, ...] = ()
    clocks: tuple[Clock, ...] = ()
    links: tuple[Link, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    route: str = ""
    reason: str = ""
    outcome: str = ""
    resolved_at: datetime | None = None
    reopen_until: datetime | None = None
    ended_at: datetime | None = None
    satisfaction: Satisfaction | None = None
    is_solved: bool | None = None
    reopened: int = 0
    urged: int = 0
    supervised: int = 0
    escalated: int = 0
    escalated_unit: str = ""
    answered: int = 0
    followed: Following | None = None
    fields: dict[str, FieldValue] = {}
    came_over: HandOverState | None = None
    carried: tuple[CarriedClock, ...] = ()
    came_with: frozenset[str] = frozenset()

    @property
    def live_assignments(self) -> tuple[Assignment, ...]:
        """Return the assignments that are neither answered, returned nor recalled."""
        return tuple(one for one in self.assignments if one.is_live)

    @property
    def lead(self) -> Assignment | None:
        """Return the newest lead assignment that was neither returned nor recalled."""
        kept = [
            one
            for one in self.assignments
            if one.role == "lead" and one.state not in {"returned", "recalled"}
        ]
        return kept[-1] if kept else None

    @property
    def lead_matter(self) -> UUID | None:
        """Return the matter this one is merged into, None if it stands alone."""
        merged = [one.target for one in self.links if one.kind == "duplicate_of" and one.is_live]
        return merged[-1] if merged else None

    @property
    def came_from(self) -> UUID | None:
        """Return the matter that was handed over to this one, None if it began otherwise."""
        return next((one.target for one in self.links if one.kind == "handed_over_from"), None)

    @property
    def is_repeated(self) -> bool:
        """Say whether it is tied to an earlier matter on the same facts."""
        return any(one.kind == "repeats" and one.is_live for one in self.links)

    def assignment_of(self, unit: str, role: Role | None = None) -> Assignment | None:
        """Return the newest live assignment of a unit, in a role if one is named."""
        for one in reversed(self.assignments):
            if one.unit == unit and one.is_live and (role is None or role == one.role):
                return one
        return None

    def clock(self, name: str, no: int = 0) -> Clock | None:
        """Return the newest run of a clock for the matter (`no` 0) or for one assignment."""
        for clock in reversed(self.clocks):
            if clock.name == name and clock.no == no:
                return clock
        return None
