"""The frozen shapes of the registry: units, people, posts, and what an import brings and did."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct


class Unit(Struct, frozen=True):
    """An organisation that acts. `kind` is a word of the packs; `territory` is the ground it answers for.

    `valid_from` is its first day and `valid_to` the first day it is no more; None bounds nothing.
    """

    code: str
    name: str
    kind: str
    territory: str
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    contact: Mapping[str, str] = {}

    def is_valid(self, on: date) -> bool:
        """Say whether the unit exists on a day."""
        return _within(on, self.valid_from, self.valid_to)


class Person(Struct, frozen=True):
    """Somebody on the staff, by the number the city gave them."""

    id: str
    name: str


class Post(Struct, frozen=True):
    """One person with some duties in one unit for one territory, for a time (bounds as for units)."""

    id: str
    person: str
    unit: str
    duties: tuple[str, ...]
    territory: str
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid(self, on: date) -> bool:
        """Say whether the post is held on a day."""
        return _within(on, self.valid_from, self.valid_to)


class Deputy(Struct, frozen=True):
    """One post standing in for another, from a day to before another: what `post` may do, `acting` may."""

    id: str
    post: str
    acting: str
    valid_from: date
    valid_to: date
    reason: str = ""

    def is_valid(self, on: date) -> bool:
        """Say whether it stands in on a day."""
        return _within(on, self.valid_from, self.valid_to)


class Acting(Struct, frozen=True):
    """A post somebody may act as: their own, or one that their post `through` stands in for."""

    post: Post
    through: str = ""


class Shift(Struct, frozen=True):
    """A post on duty in a unit for a span of time; `role` is a word such as lead, if there are several."""

    id: str
    unit: str
    post: str
    role: str
    starts_at: datetime
    ends_at: datetime


class ImportView(Struct, frozen=True):
    """What saving did: how many were new, how many changed, how many stood as they are."""

    added: int
    changed: int
    unchanged: int


def _within(on: date, first: date | None, past: date | None) -> bool:
    return (first is None or first <= on) and (past is None or on < past)


class EndedView(Struct, frozen=True):
    """What was ended: removed, if it had not begun; else it ends now."""

    id: str
    is_removed: bool
