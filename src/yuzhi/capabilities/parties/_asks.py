"""What is told of a dispute when it is taken up: the matter itself, who is in it, and who speaks for them."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from yuzhi.capabilities.matters import NewMatter
from yuzhi.capabilities.vault import Person

SIDES = 50
MOST_PARTIES = 500

Role = Literal["guardian", "agent"]
PartyKind = Literal["person", "organisation"]
Capacity = Literal["full", "limited", "none"]


class NewRepresentative(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who speaks for a party: a guardian by law, or an agent by the party's own consent.

    `consent` is the SHA-256 of a file in which the party agreed (a signed paper, a recording); `scope` says
    what the agent may do, `valid_to` the last day.
    """

    role: Role
    person: Person
    relation: str = ""
    scope: str = ""
    valid_to: date | None = None
    consent: str = ""
    is_me: bool = False


class NewParty(Struct, frozen=True, forbid_unknown_fields=True):
    """A party on a side, sides counted from 1. `born_on` tells the age of who has no identity number here.

    `capacity` is said only when it differs from what age alone gives, such as by a court's finding.
    `is_me` marks the party that the asker is.
    """

    side: int
    person: Person
    kind: PartyKind = "person"
    born_on: date | None = None
    capacity: Capacity | None = None
    earns_own_living: bool = False
    representatives: tuple[NewRepresentative, ...] = ()
    is_me: bool = False


class NewDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """A dispute as it is taken up. `separate` says in words why it is not the one already being handled."""

    matter: NewMatter
    parties: tuple[NewParty, ...]
    happened_on: date | None = None
    separate: str = ""
    origin: UUID | None = None


class NewNote(Struct, frozen=True, forbid_unknown_fields=True):
    """Something said or done in a mediation, for nobody but those in the case."""

    kind: Literal["session", "visit", "call", "proposal", "note"]
    body: str
