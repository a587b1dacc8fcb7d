"""What people ask of a matter: open it, take a step. Asks are orders; they may be refused."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.engine.definition import LinkKind
from yuzhi.engine.limits import Limit

Satisfaction = Literal["satisfied", "basically", "not_satisfied"]
FieldValue = str | int | bool


class TextRef(Struct, frozen=True):
    """A pointer to words kept apart from the journal, with the salted digest that commits to them."""

    id: UUID
    digest: str


class Evidence(Struct, frozen=True):
    """A file that bears something out: what kind it is and the SHA-256 of its content in hex."""

    kind: str
    file: str


class Place(Struct, frozen=True):
    """A point in WGS-84, in millionths of a degree: whole numbers, so that its encoding is canonical."""

    lon_e6: int
    lat_e6: int


class AssignTo(Struct, frozen=True):
    """The units a matter is given to."""

    lead: str
    co_handlers: tuple[str, ...] = ()


class Routed(Struct, frozen=True):
    """What the routing rules said: the rule that fired, those that did not, and the units it named."""

    rule: str
    passed: tuple[str, ...] = ()
    assign: AssignTo | None = None


class LeadAnswer(Struct, frozen=True):
    """What became of the matter this one was merged into: which, at which of its entries, the outcome."""

    matter: UUID
    entry: int
    outcome: str


class StoodStill(Struct, frozen=True):
    """A time during which a clock stood still."""

    since: datetime
    until: datetime


class CarriedClock(Struct, frozen=True):
    """The ledger of a clock that goes along with a hand-over: its limit, its start, when it stood still."""

    name: str
    limit: str
    started_at: datetime
    pauses: tuple[StoodStill, ...] = ()


class HandOver(Struct, frozen=True):
    """To whom a matter is handed over: the matter that is opened there, and its procedure."""

    target: UUID
    procedure: str


class CameFrom(Struct, frozen=True):
    """Which matter one is handed over from, its procedure, and the limits that go along."""

    source: UUID
    procedure: str
    clocks: tuple[CarriedClock, ...] = ()


Told = Literal["accepted", "refused", "ended"]


class ReceiverSaid(Struct, frozen=True):
    """What the matter that one was handed over to says, at which of its entries; its outcome if it ended."""

    matter: UUID
    entry: int
    said: Told
    outcome: str = ""


class Stands(Struct, frozen=True):
    """Where a matter at the other end of a tie stands."""

    procedure: str
    state: str


class Seen(Struct, frozen=True):
    """When something happened by the clock of whoever reports it later, and by how many seconds that clock
    was behind ours when the report was sent (negative: ahead).
    """

    at: datetime
    behind: int = 0


class OpenMatter(Struct, frozen=True):
    """Open a matter. `texts` holds at least `subject`; `territory` is the smallest one known, or empty.

    Without `sends_letters` nobody is written to about the opening: it is long past, or was told elsewhere.
    """

    id: UUID
    number: str
    kind: str
    channel: str
    by: Actor
    texts: dict[str, TextRef]
    urgency: str = "normal"
    category: str = ""
    territory: str = ""
    place: Place | None = None
    requester: str = ""
    evidence: tuple[Evidence, ...] = ()
    fields: dict[str, FieldValue] = {}
    routed: Routed | None = None
    sends_letters: bool = True
    seen: Seen | None = None
    came_from: CameFrom | None = None


class TakeStep(Struct, frozen=True):
    """Take a step of the procedure; every attribute beyond `step` and `by` serves some effect or check."""

    step: str
    by: Actor
    texts: dict[str, TextRef] = {}
    fields: dict[str, FieldValue] = {}
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
    assign: AssignTo | None = None
    outcome: str = ""
    satisfaction: Satisfaction | None = None
    solved: bool | None = None
    amount: Limit | None = None
    target: UUID | None = None
    kind: str = ""
    category: str = ""
    urgency: str = ""
    territory: str = ""
    place: Place | None = None
    escalate_to: AssignTo | None = None
    routed: Routed | None = None
    passes_on: LeadAnswer | None = None
    seen: Seen | None = None
    target_stands: Stands | None = None
    hand_over: HandOver | None = None
    receiver_said: ReceiverSaid | None = None


__all__ = [
    "AssignTo", "CameFrom", "CarriedClock", "Evidence", "FieldValue", "HandOver", "LeadAnswer", "LinkKind",
    "OpenMatter", "Place", "ReceiverSaid", "Routed", "Satisfaction", "Seen", "Stands", "StoodStill",
    "TakeStep", "TextRef", "Told",
]  # fmt: skip
