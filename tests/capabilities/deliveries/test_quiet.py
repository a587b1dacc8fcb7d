"""Hours in which nobody is disturbed, and several letters in one."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.letters import a_letter
from fakes.walk import SHANGHAI
from yuzhi.capabilities.deliveries._digest import MOST_IN_ONE, into_messages
from yuzhi.capabilities.deliveries._quiet import NEVER, parse_quiet


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("span", "asked", "told"),
    [
        ("21:00-08:00", at(20, 59), at(20, 59)), ("21:00-08:00", at(21), at(8, day=3)),
        ("21:00-08:00", at(0), at(8)), ("21:00-08:00", at(7, 59), at(8)), ("21:00-08:00", at(8), at(8)),
        ("12:00-14:00", at(13), at(14)), ("12:00-14:00", at(14), at(14)), ("12:00-14:00", at(2), at(2)),
        ("00:00-00:00", at(3), at(3)), ("", at(3), at(3)), (" 21:00-08:00 ", at(23), at(8, day=3)),
    ],
)  # fmt: skip
def test_nobody_is_disturbed_then(span: str, asked: datetime, told: datetime) -> None:
    assert parse_quiet(span).put_off(asked, SHANGHAI) == told


@pytest.mark.parametrize(
    "text", ["21-8", "24:00-08:00", "21:00", "21:60-08:00", "21:00-08:00,", "２1:00-08:00"]
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError):
        parse_quiet(text)


TIMES = st.integers(0, 360 * 86_400).map(lambda seconds: at(0) + timedelta(seconds=seconds))
SPANS = st.tuples(st.times(), st.times()).map(lambda two: f"{two[0]:%H:%M}-{two[1]:%H:%M}")


@given(TIMES, SPANS)
def test_it_is_never_long_and_never_at_night(asked: datetime, span: str) -> None:
    quiet = parse_quiet(span)
    told = quiet.put_off(asked, SHANGHAI)
    assert asked <= told <= asked + timedelta(days=1)
    assert quiet.put_off(told, SHANGHAI) == told
    assert NEVER.put_off(asked, SHANGHAI) == asked


WHOM = st.sampled_from(["unit:a", "unit:b", "requester:c"])


@given(st.lists(WHOM, max_size=80), st.randoms())
def test_every_letter_goes_in_one_message_to_its_own_recipient(whom: list[str], chance: object) -> None:
    letters = [(one, a_letter(id=UUID(int=n + 1), address=one)) for n, one in enumerate(whom)]
    made = into_messages(letters, "zh")
    assert sorted(id_ for _, ids in made for id_ in ids) == [letter.id for _, letter in letters]
    by_id = {letter.id: one for one, letter in letters}
    for message, ids in made:
        assert {by_id[id_] for id_ in ids} == {message.address}
        assert message.count == len(ids) <= MOST_IN_ONE
        assert (message.id == ids[0]) is (len(ids) == 1)


def test_a_message_made_again_of_the_same_letters_is_the_same_message() -> None:
    letters = [("unit:a", a_letter(id=UUID(int=n))) for n in range(1, 4)]
    (one, _), (other, _) = *into_messages(letters, "zh"), *into_messages(letters[::-1], "zh")
    assert one == other
