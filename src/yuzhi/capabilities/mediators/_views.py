"""What this room hands out: the directory, and for one case who fits it and why, or why not."""

from datetime import date

from msgspec import Struct

from yuzhi.capabilities.mediators._asks import Kind


class DeedView(Struct, frozen=True):
    """A training or an honour."""

    kind: str
    held_on: date
    title: str
    hours: int


class MediatorView(Struct, frozen=True):
    """A mediator as everybody may see them (宁波市人民调解条例 21); `cases` only for posts."""

    id: str
    name: str
    kind: Kind
    unit: str
    fields: tuple[str, ...]
    languages: tuple[str, ...]
    territories: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    most_cases: int | None
    cases: int | None
    deeds: tuple[DeedView, ...]


class Reason(Struct, frozen=True):
    """One thing that speaks for or against somebody in this case, with the facts of it."""

    what: str
    facts: dict[str, str] = {}


class FitView(Struct, frozen=True):
    """A mediator beside a case; with `against` they cannot be given it. Nothing here judges a person."""

    mediator: str
    name: str
    unit: str
    cases: int
    most_cases: int
    reasons: tuple[Reason, ...]
    against: tuple[Reason, ...]


class FitsView(Struct, frozen=True):
    """Who could mediate in a case: those who fit best first, each with why; a person decides."""

    field: str
    language: str
    territory: str
    fits: tuple[FitView, ...]
