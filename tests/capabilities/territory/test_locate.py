"""Points to territories."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhi.capabilities.territory import Boundary, Locator


def box(code: str, *bounds: float) -> Boundary:
    return Boundary(code, shapely.to_wkb(shapely.box(*bounds)))


CITY = [
    box("3302", 0, 0, 10, 10),
    box("330203", 0, 0, 5, 10),
    box("330212", 5, 0, 10, 10),
    box("330212006", 5, 0, 8, 5),
    box("330212006002", 6, 1, 7, 2),
    box("330212006002A", 6, 1, 6.5, 2),
    box("330212006002B", 6.5, 1, 7, 2),
]


def test_the_smallest_holds_the_point() -> None:
    locator = Locator(CITY)
    assert locator.locate(1, 1) == "330203"
    assert locator.locate(9, 9) == "330212"
    assert locator.locate(5.5, 4) == "330212006"
    assert locator.locate(6.9, 1.5) == "330212006002B"
    assert locator.locate(11, 1) is None


def test_a_border_always_falls_to_the_same_side() -> None:
    for order in (CITY, CITY[::-1]):
        locator = Locator(order)
        assert locator.locate(6.5, 1.5) == "330212006002A"  # equal areas: the lower code
        assert locator.locate(5, 9) == "330203"
        assert locator.locate(5, 2) == "330212006"  # the town's own edge: the deepest level
        assert locator.locate(10, 10) == "330212"


def test_of_two_that_overlap_the_smaller_is_meant() -> None:
    locator = Locator([box("330212", 0, 0, 4, 4), box("330213", 0, 0, 3, 3)])
    assert locator.locate(1, 1) == "330213"


def test_holes_and_parts() -> None:
    ring = shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 6, 6)).union(shapely.box(20, 0, 21, 1))
    locator = Locator([Boundary("330212", shapely.to_wkb(ring))])
    assert locator.locate(4, 4) is None
    assert locator.locate(3, 4) == "330212"
    assert locator.locate(20.5, 0.5) == "330212"


def test_no_place_at_all() -> None:
    assert Locator([]).locate(1, 1) is None
    assert Locator([]).locate_many([1, 2], [1, 2]) == [None, None]
    assert Locator(CITY).locate_many([], []) == []
    assert Locator(CITY).locate(float("nan"), 1) is None
    assert Locator(CITY).locate_many([float("inf"), 6.9], [1, 1.5]) == [None, "330212006002B"]


halves = st.integers(-2, 24).map(lambda n: n / 2)


@given(st.lists(st.tuples(halves, halves), max_size=30))
@settings(deadline=None, max_examples=50)
def test_many_points_are_located_as_each_alone(points: list[tuple[float, float]]) -> None:
    locator = Locator(CITY)
    lons, lats = np.array([lon for lon, _ in points]), np.array([lat for _, lat in points])
    assert locator.locate_many(lons, lats) == [locator.locate(*point) for point in points]


def test_it_says_how_many_it_holds() -> None:
    assert len(Locator(CITY)) == 7
