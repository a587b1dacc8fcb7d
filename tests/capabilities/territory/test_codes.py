"""What a code says by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory import LEVELS, ancestors, covers, is_code, level_of, spans
from yuzhi.capabilities.territory._codes import depth_of

# Two cities and few digits, so that one code often begins like another.
some_code = st.builds(
    lambda digits, length, suffix: digits[:length] + (suffix if length == 12 else ""),
    st.sampled_from(["330212006002", "330212006003", "330203006002"]),
    st.sampled_from([4, 6, 9, 12, 12, 12]),
    st.text("1A", max_size=3),
)


@given(some_code, some_code)
@settings(deadline=None)
def test_to_cover_is_to_stand_above(code: str, other: str) -> None:
    assert covers(code, other) == (code == other or code in ancestors(other))


@given(some_code, some_code, some_code)
@settings(deadline=None)
def test_covering_is_an_order(one: str, two: str, three: str) -> None:
    assert covers(one, one)
    assert not (covers(one, two) and covers(two, one)) or one == two
    assert not (covers(one, two) and covers(two, three)) or covers(one, three)


@given(some_code, some_code)
@settings(deadline=None)
def test_a_span_holds_what_the_code_covers(code: str, other: str) -> None:
    ((low, high),) = spans([code])
    assert (low <= other < high) == covers(code, other)


@given(some_code)
@settings(deadline=None)
def test_each_level_has_all_the_others_above_it(code: str) -> None:
    assert [level_of(one) for one in reversed(ancestors(code))] == list(LEVELS[: depth_of(code)])


@given(st.text(max_size=20))
@settings(deadline=None)
def test_any_text_has_a_level_or_is_refused(text: str) -> None:
    if is_code(text):
        assert level_of(text) in LEVELS
    else:
        with pytest.raises(Refusal, match=r"territory\.code_malformed"):
            level_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "33",
        "33021",
        "33021a",
        "330212001001A234567",
        "330212001001a",
        "３３０２",
        "3302\n",
        "3302A",
        "330212001A",
    ],
)
def test_a_text_of_another_shape_is_no_code(text: str) -> None:
    assert not is_code(text)


def test_the_unit_grid_of_the_digital_city_standard_is_a_grid() -> None:
    assert level_of("330212004005017") == "grid"
    assert ancestors("330212004005017") == ("330212004005", "330212004", "330212", "3302")


def test_a_grid_does_not_cover_its_neighbour_with_a_longer_suffix() -> None:
    assert not covers("330201001001A", "330201001001AB")
    assert covers("330201001001", "330201001001AB")
