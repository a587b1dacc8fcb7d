"""What is told of mediators: who they are, for whom they would be the wrong one, and what they are given."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

Kind = Literal["people", "professional", "industry", "volunteer"]
KINDS: frozenset[str] = frozenset({"people", "professional", "industry", "volunteer"})
Word = Annotated[str, Meta(max_length=100)]


class Interest(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody a mediator is near to, by name or number, and how: a case of theirs is not for them."""

    name: Word
    because: Word
    number: Word = ""


class NewMediator(Struct, frozen=True, forbid_unknown_fields=True):
    """A mediator of the directory. `phone` and `id_number` are kept as keyed hashes only, to know them again.

    `post` is the post with which they look at their cases; `most_cases` is how many they take at once.
    """

    id: Word
    name: Word
    kind: Kind
    unit: Word
    post: Word = ""
    fields: tuple[Word, ...] = ()
    languages: tuple[Word, ...] = ()
    territories: tuple[Word, ...] = ()
    most_cases: Annotated[int, Meta(ge=1, le=1000)] = 10
    phone: Word = ""
    id_number: Word = ""
    interests: tuple[Interest, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


class Given(Struct, frozen=True, forbid_unknown_fields=True):
    """A mediator given to a case by a person who says why; the chief of a panel leads it.

    `is_another_person` says that somebody looked, where a party only has the same name.
    """

    mediator: Word
    reason: Annotated[str, Meta(max_length=500)]
    chosen_by: Literal["parties", "organisation"] = "organisation"
    is_chief: bool = False
    is_another_person: bool = False


class Recusal(Struct, frozen=True, forbid_unknown_fields=True):
    """A mediator steps back, by themselves or because a party asked."""

    asked_by: Literal["mediator", "party", "organisation"]
    reason: Annotated[str, Meta(max_length=500)]


class Allowance(Struct, frozen=True, forbid_unknown_fields=True):
    """What a mediator is paid for a case, in fen, and the day it was paid."""

    amount_fen: Annotated[int, Meta(ge=0, le=10**10)]
    paid_on: date | None = None


class Deed(Struct, frozen=True, forbid_unknown_fields=True):
    """A training taken, with its hours, or an honour received."""

    kind: Literal["training", "honour"]
    held_on: date
    title: Annotated[str, Meta(max_length=200)]
    hours: Annotated[int, Meta(ge=0, le=1000)] = 0
