"""What this room hands out: who is in a dispute, masked, and who did what about them."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from yuzhi.capabilities.parties._asks import Capacity, PartyKind, Role
from yuzhi.capabilities.vault import MaskedView


class RepresentativeView(Struct, frozen=True):
    """Somebody who speaks for a party. `consent` is the file in which the party agreed.

    `is_me` says that whoever looks is that person.
    """

    id: UUID
    role: Role
    person: MaskedView
    relation: str
    scope: str
    valid_to: date | None
    consent: str
    consented_at: datetime | None
    added_at: datetime
    ended_at: datetime | None
    is_me: bool = False


class PartyView(Struct, frozen=True):
    """A party, masked. `needs_guardian` while somebody without full capacity has nobody to speak for them.

    `is_me` says that whoever looks is that party.
    """

    id: UUID
    side: int
    kind: PartyKind
    person: MaskedView
    capacity: Capacity
    needs_guardian: bool
    has_account: bool
    joined_at: datetime
    left_at: datetime | None
    representatives: tuple[RepresentativeView, ...]
    is_me: bool = False


class PresidingView(Struct, frozen=True):
    """A mediator of a case, and why it is they; `allowance_fen` is in hundredths of a yuan."""

    mediator: str
    is_chief: bool
    reason: str
    given_at: datetime
    ended_at: datetime | None
    ended_because: str
    allowance_fen: int
    paid_on: date | None


class DisputeView(Struct, frozen=True):
    """A dispute as those in the case see it. `reopened_as` are the matters it was taken up as again."""

    id: UUID
    unit: str
    happened_on: date | None
    origin: UUID | None
    reopened_as: tuple[UUID, ...]
    is_open: bool
    opened_at: datetime
    parties: tuple[PartyView, ...]
    mediators: tuple[PresidingView, ...]


class RegisteredView(Struct, frozen=True):
    """A dispute just taken up."""

    id: UUID
    number: str
    procedure: str
    state: str
    parties: tuple[UUID, ...]


class NoteView(Struct, frozen=True):
    """A note of a case."""

    id: UUID
    at: datetime
    by: str
    kind: str
    body: str


class ActView(Struct, frozen=True):
    """Something done about the parties, mediators or agreements of a case."""

    at: datetime
    actor: str
    unit: str
    act: str
    facts: Mapping[str, object]
