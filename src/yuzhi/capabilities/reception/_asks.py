"""What is told at a reception: answers to the guide, the road that was chosen, numbers and windows."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from yuzhi.capabilities.parties import NewDispute

Word = Annotated[str, Meta(max_length=60)]


class NewRegistration(Struct, frozen=True, forbid_unknown_fields=True):
    """One visit: what was answered. At an agent point `consent` is the file in which the person agreed."""

    answers: dict[str, Word]
    guide: Word = ""
    at_agent_point: bool = False
    consent: str = ""
    ticket: UUID | None = None


class NewChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """The person's own choice. With `dispute` the road's case is opened at once, the visit being over."""

    road: Word
    because: Annotated[str, Meta(max_length=500)] = ""
    dispute: NewDispute | None = None


class NewWindow(Struct, frozen=True, forbid_unknown_fields=True):
    """A window: the lines it calls, and whether it is open."""

    lines: Annotated[tuple[Word, ...], Meta(min_length=1, max_length=20)]
    is_open: bool = True


class NewTicket(Struct, frozen=True, forbid_unknown_fields=True):
    """A number wanted in a line; `is_first` for those who are let first by law or custom."""

    line: Word
    is_first: bool = False


class Moved(Struct, frozen=True, forbid_unknown_fields=True):
    """To which line somebody is passed on."""

    line: Word
