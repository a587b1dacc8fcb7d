"""What happened to a matter, in the past tense; each fact carries what changed and nothing else.

Their names and fields are the journal's vocabulary: once landed they are only ever added to.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from yuzhi.engine.asks import (
    CarriedClock,
    Evidence,
    FieldValue,
    Place,
    Satisfaction,
    Seen,
    StoodStill,
    TextRef,
    Told,
)
from yuzhi.engine.definition import Audience, LinkKind, Role


class _Fact(Struct, frozen=True, tag_field="fact", omit_defaults=True):
    """The shape all facts share: a tag, and no default values in the journal."""


class Opened(_Fact, frozen=True, tag="opened"):
    """A matter came into being under a version of a procedure."""

    number: str
    pack: str
    version: str
    procedure: str
    state: str
    kind: str
    channel: str
    urgency: str = "normal"
    category: str = ""
    territory: str = ""
    place: Place | None = None
    requester: str = ""
    texts: dict[str, TextRef] = {}
    fields: dict[str, FieldValue] = {}
    evidence: tuple[Evidence, ...] = ()
    seen: Seen | None = None


class RouteFound(_Fact, frozen=True, tag="route_found"):
    """The routing rules were asked; `passed` are the rules tried before the one that fired."""

    rule: str
    passed: tuple[str, ...] = ()


class StepTaken(_Fact, frozen=True, tag="step_taken"):
    """A step was taken. `dwell` is the number of whole seconds the matter had stood in `left`."""

    step: str
    left: str
    entered: str
    dwell: int = 0
    reason: str = ""
    texts: dict[str, TextRef] = {}
    fields: dict[str, FieldValue] = {}
    evidence: tuple[Evidence, ...] = ()
    seen: Seen | None = None


class Ended(_Fact, frozen=True, tag="ended"):
    """The state entered is an end of the procedure."""


class Assigned(_Fact, frozen=True, tag="assigned"):
    """The matter was given to a unit, as lead or as co-handler."""

    no: int
    unit: str
    role: Role
    by_unit: str = ""


class AssignmentMoved(_Fact, frozen=True, tag="assignment_moved"):
    """An assignment went on: signed for, asked to be returned, returned, kept, answered or recalled."""

    no: int
    to: Literal["signed", "return_asked", "returned", "kept", "answered", "recalled"]


class Alarm(Struct, frozen=True):
    """The instant at which a clock takes its `index`-th automatic step."""

    index: int
    at: datetime


class ClockStarted(_Fact, frozen=True, tag="clock_started"):
    """A limit began to run. `due_at` is the first instant that is too late.

    It counts from `since` where that is told: from an ascertained date, or, with the times it had stood
    still, from where it began in the matter that was handed over.
    """

    clock: str
    limit: str
    due_at: datetime
    amber_at: datetime
    alarms: tuple[Alarm, ...] = ()
    no: int = 0
    since: datetime | None = None
    pauses: tuple[StoodStill, ...] = ()


class ClockPaused(_Fact, frozen=True, tag="clock_paused"):
    """A limit stands still, for a reason its procedure declares."""

    clock: str
    reason: str
    no: int = 0


class ClockResumed(_Fact, frozen=True, tag="clock_resumed"):
    """A limit runs again, with the moved deadline."""

    clock: str
    due_at: datetime
    amber_at: datetime
    alarms: tuple[Alarm, ...] = ()
    no: int = 0


class ClockExtended(_Fact, frozen=True, tag="clock_extended"):
    """A limit was made longer by an approver, with a reason the requester is told."""

    clock: str
    amount: str
    limit: str
    due_at: datetime
    amber_at: datetime
    alarms: tuple[Alarm, ...] = ()
    no: int = 0


class ClockReset(_Fact, frozen=True, tag="clock_reset"):
    """The limit changed because the matter was classified anew; it still counts from its start."""

    clock: str
    limit: str
    due_at: datetime
    amber_at: datetime
    alarms: tuple[Alarm, ...] = ()
    no: int = 0


class ClockStopped(_Fact, frozen=True, tag="clock_stopped"):
    """A limit ended; whether it was met follows from its deadline."""

    clock: str
    no: int = 0


class ClockAmber(_Fact, frozen=True, tag="clock_amber"):
    """A limit is nearly used up."""

    clock: str
    no: int = 0


class ClockBreached(_Fact, frozen=True, tag="clock_breached"):
    """A limit ran out while still running."""

    clock: str
    no: int = 0


class AutomaticDone(_Fact, frozen=True, tag="automatic_done"):
    """The `index`-th automatic step of a clock was taken, or could not be (`skipped` names the refusal)."""

    clock: str
    index: int
    no: int = 0
    skipped: str = ""


class Classified(_Fact, frozen=True, tag="classified"):
    """Kind, category or urgency was set by somebody; empty means unchanged."""

    kind: str = ""
    category: str = ""
    urgency: str = ""


class Placed(_Fact, frozen=True, tag="placed"):
    """The matter was put into a territory, perhaps onto a point."""

    territory: str
    place: Place | None = None


class Linked(_Fact, frozen=True, tag="linked"):
    """The matter was tied to another one."""

    kind: LinkKind
    target: UUID


class Unlinked(_Fact, frozen=True, tag="unlinked"):
    """A tie to another matter was undone. What was merged stands alone again, without an outcome."""

    kind: LinkKind
    target: UUID


class Followed(_Fact, frozen=True, tag="followed"):
    """The matter it was merged into came to an answer, with its `entry`-th entry; that is the answer to
    this one too, and until `reopen_until` its own requester may dispute it.
    """

    lead: UUID
    entry: int
    outcome: str
    reopen_until: datetime | None = None


class HandedOver(_Fact, frozen=True, tag="handed_over"):
    """It was handed over: `target` was opened under another procedure in the same transaction."""

    target: UUID
    procedure: str


class CameOver(_Fact, frozen=True, tag="came_over"):
    """It was opened by a hand-over from `source`, with the limits that came along."""

    source: UUID
    procedure: str
    clocks: tuple[CarriedClock, ...] = ()


class HandOverDecided(_Fact, frozen=True, tag="hand_over_decided"):
    """Whoever received the hand-over took it, or refused it."""

    is_accepted: bool


class HandOverTold(_Fact, frozen=True, tag="hand_over_told"):
    """The matter it was handed over to said, with its `entry`-th entry, what became of that."""

    target: UUID
    entry: int
    said: Told
    outcome: str = ""


class Urged(_Fact, frozen=True, tag="urged"):
    """Somebody pressed for it."""


class Supervised(_Fact, frozen=True, tag="supervised"):
    """A supervision order was put on it."""


class Escalated(_Fact, frozen=True, tag="escalated"):
    """It was raised one rung of the territory ladder, to `unit`."""

    unit: str


class Resolved(_Fact, frozen=True, tag="resolved"):
    """It came to an outcome; until `reopen_until` the requester may dispute it."""

    outcome: str
    reopen_until: datetime | None = None


class VerdictGiven(_Fact, frozen=True, tag="verdict_given"):
    """The requester's own answer."""

    satisfaction: Satisfaction
    solved: bool


class Reopened(_Fact, frozen=True, tag="reopened"):
    """It was taken up again after a resolution."""


class LetterDue(_Fact, frozen=True, tag="letter_due"):
    """A letter must go to somebody: the requester, the parties or a unit; the outbox does the sending."""

    letter: str
    to: Audience
    unit: str = ""


Fact = (
    Opened
    | RouteFound
    | StepTaken
    | Ended
    | Assigned
    | AssignmentMoved
    | ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockExtended
    | ClockReset
    | ClockStopped
    | ClockAmber
    | ClockBreached
    | AutomaticDone
    | Classified
    | Placed
    | Linked
    | Unlinked
    | Followed
    | HandedOver
    | CameOver
    | HandOverDecided
    | HandOverTold
    | Urged
    | Supervised
    | Escalated
    | Resolved
    | VerdictGiven
    | Reopened
    | LetterDue
)
