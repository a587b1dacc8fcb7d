import shapely

from yuzhi.capabilities.rehearsal import outlines
from yuzhi.capabilities.territory import Atlas, Boundary, Outlines, Territory

DISTRICT = "330212"
TOWNS = [Territory(f"{DISTRICT}00{n}", f"town {n}", "town", DISTRICT) for n in range(1, 6)]
PARTS = [
    Territory(f"{town.code}00{n}", f"part {n}", "community", town.code) for town in TOWNS for n in range(1, 4)
]
PLACES = [*TOWNS, *PARTS]


def shapes(drawn: tuple[Boundary, ...]) -> dict[str, shapely.Geometry]:
    return {one.code: shapely.from_wkb(one.wkb) for one in drawn}


def test_everything_lies_in_what_is_above_it() -> None:
    drawn = shapes(outlines(DISTRICT, PLACES))
    assert set(drawn) == {DISTRICT, *(one.code for one in PLACES)}
    for one in PLACES:
        assert one.parent is not None
        inside = shapely.intersection(drawn[one.code], drawn[one.parent]).area
        assert inside > 0.999 * drawn[one.code].area


def test_towns_fill_the_district_without_overlapping() -> None:
    drawn = shapes(outlines(DISTRICT, PLACES))
    towns = [drawn[one.code] for one in TOWNS]
    assert sum(one.area for one in towns) > 0.98 * drawn[DISTRICT].area
    assert shapely.union_all(towns).area > 0.999 * sum(one.area for one in towns)


def test_the_same_seed_draws_the_same_map() -> None:
    assert outlines(DISTRICT, PLACES, seed=3) == outlines(DISTRICT, PLACES, seed=3)
    assert outlines(DISTRICT, PLACES, seed=3) != outlines(DISTRICT, PLACES, seed=4)


def test_outlines_are_told_as_geojson_of_one_level() -> None:
    atlas = Atlas([Territory(DISTRICT, "district", "district"), *PLACES])
    drawn = Outlines(outlines(DISTRICT, PLACES))
    told = shapely.from_geojson(drawn.geojson(atlas, TOWNS[0].code, "community"))
    assert len(told.geoms) == 3
    assert drawn.geojson(atlas, "", "town").count(b'"level":"town"') == len(TOWNS)
    assert b'"features":[]' in drawn.geojson(atlas, "", "city")
