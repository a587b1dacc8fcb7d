"""The real lists and outlines of one city, where they are at hand."""

import os
import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from yuzhi.capabilities.territory import (
    Atlas,
    Edition,
    Gazetteer,
    Locator,
    Territory,
    describe_import,
    read_edition,
)

SHARED = Path(os.environ.get("YUZHI_SHARED", Path(__file__).parents[4] / "shared")) / "data"
LISTS = [
    SHARED / "divisions" / name
    for name in ("villages_zhejiang.csv.gz", "streets.csv.gz", "areas.csv", "cities.csv", "provinces.csv")
]
OUTLINES = SHARED / "boundaries" / "ningbo_districts.geojson"
FINE_OUTLINES = SHARED / "boundaries" / "shaoxing_districts_detailed.geojson"

pytestmark = pytest.mark.skipif(
    not all(file.exists() for file in (*LISTS, OUTLINES, FINE_OUTLINES)),
    reason="the shared division data is not at hand (YUZHI_SHARED)",
)


@pytest.fixture(scope="module")
def ningbo() -> Edition:
    return read_edition([*LISTS, OUTLINES], under="3302", datum="GCJ02")


@pytest.fixture(scope="module")
def atlas(ningbo: Edition) -> Atlas:
    return Atlas(ningbo.territories)


def test_the_whole_city(ningbo: Edition) -> None:
    view = describe_import(ningbo)
    assert view.levels == {"city": 1, "district": 10, "town": 162, "community": 3042}
    assert view.boundaries == 10


def test_one_district_with_the_city_above_it() -> None:
    edition = read_edition(LISTS, under="330212")
    assert describe_import(edition).levels == {"city": 1, "district": 1, "town": 25, "community": 407}


def test_the_whole_country() -> None:
    edition = read_edition(LISTS)
    assert describe_import(edition).levels == {
        "city": 342,
        "district": 2978,
        "town": 41352,
        "community": 25547,
    }
    names = {one.code: one.name for one in edition.territories}
    assert (names["3101"], names["3302"]) == ("上海市", "宁波市")


def test_each_district_holds_its_own_points(ningbo: Edition) -> None:
    locator = Locator(ningbo.boundaries)
    inside = [(one.code, shapely.from_wkb(one.wkb).representative_point()) for one in ningbo.boundaries]
    assert [locator.locate(point.x, point.y) for _, point in inside] == [code for code, _ in inside]
    rng = np.random.default_rng(7)
    lons, lats = rng.uniform(120.9, 122.3, 3_000), rng.uniform(28.8, 30.5, 3_000)
    shapes = {one.code: shapely.from_wkb(one.wkb) for one in ningbo.boundaries}
    held = [
        min((code for code, shape in shapes.items() if shapely.intersects_xy(shape, lon, lat)), default=None)
        for lon, lat in zip(lons, lats, strict=True)
    ]
    assert locator.locate_many(lons, lats) == held


def test_a_well_known_point_is_found_after_the_conversion(ningbo: Edition) -> None:
    locator = Locator(ningbo.boundaries)
    assert locator.locate(121.5496, 29.8683) == "330203"  # 天一广场
    assert locator.locate(121.5440, 29.8174) == "330212"  # the district's own office


def test_fine_outlines_can_be_mended() -> None:
    edition = read_edition([*LISTS, FINE_OUTLINES], under="3306", mend=True)
    assert len(edition.boundaries) == len(edition.mended) == 6


def test_the_gazetteer_knows_the_city_by_its_names(atlas: Atlas) -> None:
    gazetteer = Gazetteer(atlas, on=date(2024, 1, 1))
    chance = random.Random(3)
    communities = [one for one in atlas.territories.values() if one.level == "community"]
    for one in chance.sample(communities, 300):
        guess = gazetteer.find(f"反映一下，{atlas.full_name(one.code)}的路灯坏了")[0]
        assert guess.code == one.code
        assert guess.score > 0.9


def share_found(gazetteer: Gazetteer, territories: list[Territory], said: dict[str, str]) -> float:
    hits = [gazetteer.find(f"我们{said[one.code]}附近有人占道")[:1] for one in territories]
    return sum(
        bool(hit) and hit[0].code == one.code for hit, one in zip(hits, territories, strict=True)
    ) / len(hits)


def test_names_without_their_suffix_are_mostly_understood(atlas: Atlas) -> None:
    gazetteer = Gazetteer(atlas, on=date(2024, 1, 1))
    towns = [one for one in atlas.territories.values() if one.level == "town"]
    stems = {one.code: one.name.removesuffix("街道").removesuffix("镇").removesuffix("乡") for one in towns}
    with_district = {one.code: atlas[one.code[:6]].name + stems[one.code] for one in towns}
    assert share_found(gazetteer, towns, stems) > 0.8
    assert share_found(gazetteer, towns, with_district) > 0.93
