import shapely

from yuzhi.capabilities.territory import Boundary, Centres


def box(code: str, west: float, south: float, east: float, north: float) -> Boundary:
    return Boundary(code=code, wkb=shapely.to_wkb(shapely.box(west, south, east, north)))


GRIDS = [
    box("330212001001A", 121.0, 29.0, 121.1, 29.1),
    box("330212001001AB", 121.1, 29.0, 121.2, 29.1),
    box("330212001002A", 121.2, 29.0, 121.3, 29.1),
    box("330213001001A", 122.0, 29.0, 122.1, 29.1),
]


def test_a_territory_with_a_boundary_has_its_own_middle() -> None:
    assert Centres([*GRIDS, box("330212001001", 121.0, 28.0, 121.1, 28.2)]).of("330212001001") == (
        121.05,
        28.1,
    )


def test_a_territory_without_one_has_the_middle_of_its_pieces() -> None:
    lon, lat = Centres(GRIDS).of("330212001") or (0.0, 0.0)
    assert 121.0 <= lon <= 121.3
    assert lat == 29.05


def test_a_grid_is_no_part_of_another_one() -> None:
    assert Centres(GRIDS).of("330212001001A") == (121.05, 29.05)


def test_pieces_of_pieces_do_not_count_twice() -> None:
    town = box("330212001", 121.0, 29.0, 121.4, 29.2)
    assert Centres([town, *GRIDS]).of("330212") == Centres([town]).of("330212")


def test_where_no_boundary_is_known_there_is_no_middle() -> None:
    assert Centres(GRIDS).of("3301") is None
    assert Centres(()).of("330212001001") is None


def test_a_bent_territory_has_its_point_inside() -> None:
    bent = shapely.Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    lon, lat = Centres([Boundary(code="330212", wkb=shapely.to_wkb(bent))]).of("330212") or (9.0, 9.0)
    assert bent.contains(shapely.Point(lon, lat))
