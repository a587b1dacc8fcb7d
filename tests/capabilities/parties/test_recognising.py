"""The same people and the same dispute are known again, whoever files it; strangers of one name are not."""

import os
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhi.capabilities.parties import Marks, NewParty, age_on, capacity_of, marks_of, read_marks, told
from yuzhi.capabilities.parties._recognising import Known, same_dispute
from yuzhi.capabilities.vault import Keyring, Person, load_keyring

MATTER = UUID(int=1)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Keys of this file's own."""
    return load_keyring(Path(tmp_path_factory.mktemp("keys")) / "vault.keys", os.urandom)


def test_a_person_is_known_however_it_is_written(ring: Keyring) -> None:
    plain = marks_of(ring, Person(name="王小明", phone="13800001111", id_number="33020319900101123x"))
    other = marks_of(ring, Person(name=" 王 小明", phone="+86 138-0000-1111"))
    assert plain.are_of(other)
    assert plain.weak == other.weak
    assert marks_of(ring, Person(name="王", id_number="33020319900101123X")).are_of(plain)
    assert not marks_of(ring, Person(name="王小明")).are_of(plain)
    assert marks_of(ring, Person(name="王小明")).may_be(plain)
    assert read_marks(told(plain.strong), told(plain.weak)) == plain


def test_marks_tell_nothing_without_the_key(ring: Keyring, tmp_path: Path) -> None:
    other = load_keyring(tmp_path / "other.keys", os.urandom)
    person = Person(name="王小明", phone="13800001111")
    assert not marks_of(ring, person).may_be(marks_of(other, person))


people = st.builds(
    lambda n: Marks(strong=frozenset({f"s{n}"}), weak=frozenset({f"w{n % 3}"})), st.integers(0, 9)
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), people), min_size=2, max_size=6))
def test_it_is_the_same_from_either_side(sides: list[tuple[int, Marks]]) -> None:
    """Filed again by the other side, with sides numbered the other way round, it is known as before."""
    there = [Known(MATTER, side, marks) for side, marks in sides]
    turned = [(4 - side, marks) for side, marks in reversed(sides)]
    assert same_dispute(sides, there) == same_dispute(turned, there)


@settings(max_examples=200, deadline=None)
@given(st.lists(people, min_size=2, max_size=5), people)
def test_one_side_alone_makes_no_dispute(plaintiffs: list[Marks], stranger: Marks) -> None:
    """The same plaintiffs against somebody nobody knows there are in another dispute."""
    there = [Known(MATTER, 1, one) for one in plaintiffs]
    there.append(Known(MATTER, 2, Marks(strong=frozenset({"x"}), weak=frozenset({"nobody"}))))
    new = [*((1, one) for one in plaintiffs), (2, stranger)]
    unknown = not any(stranger.may_be(one) for one in plaintiffs)
    if unknown:
        assert same_dispute(new, there) is None


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2008-11-23", "2026-11-23", 18),
        ("2008-11-24", "2026-11-23", 17),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
    ],
)
def test_the_birthday_counts_from_its_first_moment(born: str, day: str, age: int) -> None:
    assert age_on(date.fromisoformat(born), date.fromisoformat(day)) == age


@pytest.mark.parametrize(
    ("born", "earns", "said", "capacity"),
    [
        ("2000-01-01", False, None, "full"),
        ("2009-12-01", True, None, "full"),  # sixteen, living on their own work (民法典 18)
        ("2009-12-01", False, None, "limited"),
        ("2011-12-01", True, None, "limited"),
        ("2018-11-23", False, None, "limited"),  # eight today (民法典 19, 20)
        ("2018-11-24", False, None, "none"),
        ("1950-01-01", False, "none", "none"),
        ("2018-11-24", False, "full", "none"),
    ],
)
def test_capacity_follows_age_and_what_a_court_found(
    born: str, earns: bool, said: str | None, capacity: str
) -> None:
    party = NewParty(
        side=1, person=Person(name="某人"), born_on=date.fromisoformat(born), earns_own_living=earns,
        capacity=said,  # type: ignore[arg-type] # one of the words
    )  # fmt: skip
    assert capacity_of(party, date(2026, 11, 23)) == capacity
