"""Small numbers are neither told nor to be worked out, and no matter is lost or told of twice."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from yuzhi.capabilities.sharing import WITHHELD, Counted, withhold

LEAST = 5


def told(*counted: tuple[str, str, int]) -> dict[tuple[str, str], int | None]:
    cells = withhold([Counted(*one, closed=0) for one in counted], LEAST)
    return {(cell.territory, cell.branch): cell.count for cell in cells}


def test_large_numbers_are_told_as_they_are() -> None:
    assert told(("330212001", "urban", 7), ("330212001", "water", 5)) == {
        ("330212001", "urban"): 7, ("330212001", "water"): 5,
    }  # fmt: skip


def test_small_ones_are_told_together() -> None:
    assert told(("330212001", "urban", 9), ("330212001", "water", 3), ("330212001", "noise", 2)) == {
        ("330212001", "urban"): 9, ("330212001", WITHHELD): 5,
    }  # fmt: skip


def test_one_small_number_takes_the_smallest_large_one_with_it() -> None:
    assert told(("330212001", "urban", 9), ("330212001", "water", 6), ("330212001", "noise", 1)) == {
        ("330212001", "urban"): 9, ("330212001", WITHHELD): 7,
    }  # fmt: skip


def test_a_place_too_small_as_a_whole_is_told_with_its_neighbours() -> None:
    cells = told(("330212001", "urban", 3), ("330212002", "water", 2), ("330212003", "urban", 8))
    assert cells == {("330212", WITHHELD): 5, ("330212003", "urban"): 8}


def test_what_is_too_small_for_its_district_is_told_with_the_city() -> None:
    cells = told(("330212001", "urban", 3), ("330203001", "water", 2), ("330203002", "urban", 8))
    assert cells == {("3302", WITHHELD): 5, ("330203002", "urban"): 8}


def test_fewer_than_the_least_number_in_the_whole_city_are_not_numbered() -> None:
    assert told(("330212001", "urban", 3)) == {("", WITHHELD): None}


def test_how_many_have_ended_is_not_told_of_too_few() -> None:
    def closed(count: int, ended: int) -> int | None:
        (cell,) = withhold([Counted("3302", "urban", count, ended)], LEAST)
        return cell.closed

    assert [closed(12, ended) for ended in (0, 1, 5, 7, 8, 12)] == [0, None, 5, 7, None, 12]


counts = st.lists(
    st.builds(
        Counted,
        territory=st.sampled_from(
            ["", "3302", "330212", "330212001", "330212002", "330203001", "330203002001"]
        ),
        branch=st.sampled_from(["", "urban", "water", "noise"]),
        count=st.integers(0, 12),
        closed=st.just(0),
    ),
    max_size=24,
    unique_by=lambda one: (one.territory, one.branch),
)


@given(counts, st.integers(2, 7))
def test_nothing_small_is_told_and_nothing_is_lost(counted: list[Counted], least: int) -> None:
    cells = withhold(counted, least)
    total = sum(one.count for one in counted)
    known = sum(cell.count or 0 for cell in cells)
    assert all(cell.count is None or cell.count >= least for cell in cells)
    hidden = [cell for cell in cells if cell.count is None]
    assert len(hidden) <= 1
    assert known == total if not hidden else total - least < known < total
    assert len({(cell.territory, cell.branch) for cell in cells}) == len(cells)
    assert all(
        cell.territory in {one.territory[:n] for one in counted for n in (0, 4, 6, 9, 12)} for cell in cells
    )


@given(counts, st.integers(2, 7))
def test_no_difference_between_a_true_number_and_what_is_told_is_small(
    counted: list[Counted], least: int
) -> None:
    """Somebody who knows the true total of a territory still cannot work out a small part of it."""
    cells = withhold(counted, least)
    for territory in {one.territory for one in counted}:
        here = sum(one.count for one in counted if one.territory == territory)
        by_itself = sum(
            cell.count or 0 for cell in cells if cell.territory == territory and cell.branch != WITHHELD
        )
        left = here - by_itself
        # What is left is nothing, or many, or all there is: then the place itself is not told of at all.
        assert left == 0 or left >= least or by_itself == 0


@given(counts)
def test_parts_told_by_themselves_are_true(counted: list[Counted]) -> None:
    true: dict[tuple[str, str], int] = defaultdict(int)
    for one in counted:
        true[one.territory, one.branch] += one.count
    for cell in withhold(counted, LEAST):
        if cell.branch != WITHHELD:
            assert cell.count == true[cell.territory, cell.branch]
