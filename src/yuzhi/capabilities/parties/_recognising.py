"""Knowing the same people and the same dispute again, by keyed hashes of what they tell of themselves."""

import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from yuzhi.capabilities.vault import Keyring, Person, normal_phone

HASH = 16  # bytes of a keyed hash that are kept


class Marks(Struct, frozen=True):
    """Hashes of one person: `strong` ones (number, telephone) are theirs alone, `weak` ones a name."""

    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()

    def are_of(self, other: "Marks") -> bool:
        """Say whether both are surely one person."""
        return bool(self.strong & other.strong)

    def may_be(self, other: "Marks") -> bool:
        """Say whether both may be one person: nothing tells them apart, and at least the name is the same."""
        return self.are_of(other) or bool(self.weak & other.weak)


class Known(Struct, frozen=True):
    """A party of a dispute that is being handled."""

    matter: UUID
    side: int
    marks: Marks


def marks_of(ring: Keyring, person: Person) -> Marks:
    """Return the marks of a person or organisation."""
    number = "".join(person.id_number.split()).upper()
    phone = normal_phone(person.phone) if person.phone else ""
    strong = {("number", number), ("phone", phone)}
    return Marks(
        strong=frozenset(_mark(ring, kind, text) for kind, text in strong if text),
        weak=frozenset({name_mark(ring, person.name)} if person.name.strip() else ()),
    )


def told(marks: frozenset[str]) -> str:
    """Return marks as a row holds them."""
    return " ".join(sorted(marks))


def read_marks(strong: str, weak: str = "") -> Marks:
    """Return marks as a row holds them, read again."""
    return Marks(strong=frozenset(strong.split()), weak=frozenset(weak.split()))


def name_mark(ring: Keyring, name: str) -> str:
    """Return the keyed hash of a name, however it is spaced and written wide or narrow."""
    return _mark(ring, "name", re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold())


def number_mark(ring: Keyring, number: str) -> str:
    """Return the keyed hash of an identity number or credit code."""
    return _mark(ring, "number", "".join(number.split()).upper())


def same_dispute(new: Sequence[tuple[int, Marks]], known: Sequence[Known]) -> UUID | None:
    """Return the dispute that is being handled between the same people, None if there is none.

    Two who face each other must face each other there too, whichever of them filed it: one of them surely
    the same, the other at least of the same name.
    """
    by_matter: dict[UUID, list[Known]] = {}
    for one in known:
        by_matter.setdefault(one.matter, []).append(one)
    for matter, there in by_matter.items():
        if _face_each_other(new, there):
            return matter
    return None


def _face_each_other(new: Sequence[tuple[int, Marks]], there: Sequence[Known]) -> bool:
    for side, marks in new:
        for other in (one for one in there if one.marks.are_of(marks)):
            opponents = [theirs for at, theirs in new if at != side]
            faced = [one.marks for one in there if one.side != other.side]
            if any(a.may_be(b) for a in opponents for b in faced):
                return True
    return False


def on_two_sides(new: Sequence[tuple[int, Marks]]) -> Mapping[str, int] | None:
    """Return where somebody stands twice, None if nobody does."""
    for place, (side, marks) in enumerate(new):
        for other_side, other in new[:place]:
            if marks.are_of(other):
                return {"side": other_side, "other_side": side}
    return None


def _mark(ring: Keyring, kind: str, text: str) -> str:
    return hmac.digest(ring.index, f"party {kind}\x00{text}".encode(), "sha256")[:HASH].hex()
