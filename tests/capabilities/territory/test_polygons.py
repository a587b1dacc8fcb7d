"""Boundaries from GeoJSON: what is taken in, and every way a polygon can be wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory import Atlas, Datum, Edition, Territory, read_edition

KNOWN = Atlas(
    [
        Territory("3302", "宁波市", "city"),
        Territory("330203", "海曙区", "district", "3302"),
        Territory("330212", "鄞州区", "district", "3302"),
    ]
)
SQUARE = [[121.0, 29.0], [121.1, 29.0], [121.1, 29.1], [121.0, 29.1], [121.0, 29.0]]
HOLE = [[121.02, 29.02], [121.04, 29.02], [121.04, 29.04], [121.02, 29.02]]
EIGHT = [[121.0, 29.0], [121.1, 29.1], [121.1, 29.0], [121.0, 29.1], [121.0, 29.0]]


def feature(coordinates: object, *, kind: str = "Polygon", **properties: object) -> dict[str, Any]:
    told = properties or {"code": "330212"}
    return {"type": "Feature", "properties": told, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features: object, **members: object) -> str:
    """One feature a line, so that a fault's line is its feature's number and one."""
    inside = ",\n".join(json.dumps(one) for one in features)
    return (
        '{"type": "FeatureCollection",'
        + "".join(f"{json.dumps(name)}: {json.dumps(value)}, " for name, value in members.items())
        + f'"features": [\n{inside}\n]}}'
    )


def read(folder: Path, text: str, *, datum: Datum | None = None, mend: bool = False) -> Edition:
    file = folder / "boundaries.geojson"
    file.write_text(text, encoding="utf-8")
    return read_edition([file], atlas=KNOWN, datum=datum, mend=mend)


def faults(folder: Path, text: str, *, mend: bool = False) -> list[tuple[int, str]]:
    with pytest.raises(Refusal) as refused:
        read(folder, text, mend=mend)
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    return [(error.line, error.code) for error in errors]


def test_polygons_and_multipolygons(tmp_path: Path) -> None:
    text = collection(
        feature([SQUARE, HOLE], code="330212"),
        feature([[[[*position, 12.5] for position in SQUARE]]], kind="MultiPolygon", adcode=330203),
    )
    edition = read(tmp_path, text)
    assert [one.code for one in edition.boundaries] == ["330203", "330212"]
    areas = [shapely.area(shapely.from_wkb(one.wkb)) for one in edition.boundaries]
    assert areas == pytest.approx([0.01, 0.01 - 0.0002])


@pytest.mark.parametrize("properties", [{"code": "3302"}, {"adcode": 330200}, {"id": "330200"}])
def test_a_city_may_be_written_with_six_digits(properties: dict[str, object], tmp_path: Path) -> None:
    text = collection({**feature([SQUARE]), "properties": properties})
    assert read(tmp_path, text).boundaries[0].code == "3302"


def test_the_feature_may_bear_the_code_itself(tmp_path: Path) -> None:
    text = collection({**feature([SQUARE], name="鄞州区"), "id": "330212"})
    assert read(tmp_path, text).boundaries[0].code == "330212"


@pytest.mark.parametrize(
    ("text", "argument", "recorded"),
    [
        (collection(feature([SQUARE])), None, "WGS84"),
        (collection(feature([SQUARE])), "GCJ02", "GCJ02"),
        (collection(feature([SQUARE]), datum="GCJ-02"), None, "GCJ02"),
        (collection(feature([SQUARE]), datum="wgs 84"), "GCJ02", "WGS84"),
        (collection(feature([SQUARE], code="330212", datum="GCJ02"), datum="WGS84"), None, "GCJ02"),
    ],
)
def test_a_stated_datum_is_kept_and_converted(
    text: str, argument: Datum | None, recorded: Datum, tmp_path: Path
) -> None:
    (boundary,) = read(tmp_path, text, datum=argument).boundaries
    west = shapely.from_wkb(boundary.wkb).bounds[0]
    assert boundary.datum == recorded
    assert (west == 121.0) == (recorded == "WGS84")
    assert west == pytest.approx(121.0, abs=0.007)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (feature([EIGHT]), "polygon.invalid"),
        (feature([SQUARE, [[125, 29], [125.1, 29], [125.1, 29.1], [125, 29]]]), "polygon.invalid"),
        (feature([SQUARE[:-1]]), "polygon.unclosed"),
        (feature([[*SQUARE[:3], SQUARE[0]][:3]]), "polygon.too_short"),
        (feature([[[a, 0] for a, _ in SQUARE[:3]] + [[121.0, 0]]]), "polygon.invalid"),
        (feature([[[b, a] for a, b in SQUARE]]), "polygon.out_of_range"),
        (feature([[[a, 1e300] for a, _ in SQUARE]]), "polygon.out_of_range"),
        (feature([[["121", "29"]] * 4]), "polygon.not_numbers"),
        (feature([[[True, False]] * 4]), "polygon.not_numbers"),
        (feature([[None] * 4]), "polygon.not_numbers"),
        (feature([[[10**400, 29]] * 4]), "polygon.not_numbers"),
        (feature("everywhere"), "polygon.not_numbers"),
        (feature(SQUARE), "polygon.not_numbers"),
        (feature([[[121.0]] * 4]), "polygon.position"),
        (feature([]), "polygon.empty"),
        (feature([[]], kind="MultiPolygon"), "polygon.empty"),
        (feature([121.0, 29.0], kind="Point"), "polygon.type"),
        ({"type": "Feature", "properties": {"code": "330212"}, "geometry": None}, "polygon.type"),
        ({"type": "Feature", "properties": {"code": "330212"}, "geometry": 5}, "polygon.type"),
        (feature([SQUARE], code="330299"), "code.unknown"),
        (feature([SQUARE], code="everywhere"), "code.unknown"),
        (feature([SQUARE], name="鄞州区"), "code.missing"),
        (feature([SQUARE], code=True), "code.missing"),
        ({"type": "Feature", "properties": [], "geometry": None}, "code.missing"),
        (feature([SQUARE], code="330203"), "code.repeated"),
        (feature([SQUARE], code="330212", datum="BD-09"), "datum.unknown"),
        ({"type": "Polygon", "coordinates": [SQUARE]}, "geojson.not_a_feature"),
        ("鄞州区", "geojson.not_a_feature"),
    ],
)
def test_a_bad_feature_is_refused_with_its_line(broken: object, code: str, tmp_path: Path) -> None:
    text = collection(feature([SQUARE], code="330203"), broken)
    assert set(faults(tmp_path, text)) == {(3, code)}


def test_every_bad_ring_is_told(tmp_path: Path) -> None:
    text = collection(
        feature([SQUARE[:-1], [[0, 95], [1, 95], [1, 96], [0, 95]]]), feature([EIGHT], code="330203")
    )
    assert faults(tmp_path, text) == [
        (2, "polygon.unclosed"),
        (2, "polygon.out_of_range"),
        (3, "polygon.invalid"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", (1, "json.malformed")),
        ('{"type":\n "FeatureCollection",\n "features": [}', (3, "json.malformed")),
        ('{"type": "FeatureCollection", "features": [{},]}', (1, "json.malformed")),
        ('{"type": "FeatureCollection", "features": {}}', (1, "json.malformed")),
        ('{"type": "FeatureCollection", "features": [NaN]}', (1, "json.malformed")),
        ('{"features": [' + "[" * 100_000, (1, "json.malformed")),
        ('{"features": [' + "9" * 5_000 + "]}", (1, "json.malformed")),
        ('{"type": "FeatureCollection", "features": []} and more', (1, "json.malformed")),
        ('{1: "FeatureCollection"}', (1, "json.malformed")),
        ("[]", (1, "json.malformed")),
        ('{"type": "Topology", "features": [{}]}', (1, "geojson.not_a_collection")),
        ('{"type": "FeatureCollection"}', (1, "geojson.empty")),
        ('{"type": "FeatureCollection", "features": []}', (1, "geojson.empty")),
    ],
)
def test_what_is_no_collection_is_refused(text: str, expected: tuple[int, str], tmp_path: Path) -> None:
    assert faults(tmp_path, text) == [expected]


def test_a_touching_boundary_can_be_mended(tmp_path: Path) -> None:
    spike = [
        [121.0, 29.0],
        [121.1, 29.0],
        [121.1, 29.1],
        [121.15, 29.15],
        [121.1, 29.1],
        [121.0, 29.1],
        [121.0, 29.0],
    ]
    edition = read(tmp_path, collection(feature([spike])), mend=True)
    assert edition.mended == ("330212",)
    assert shapely.from_wkb(edition.boundaries[0].wkb).area == pytest.approx(0.01)


def test_what_mending_would_make_another_area_stays_refused(tmp_path: Path) -> None:
    lopsided = [[121.0, 29.0], [121.1, 29.1], [121.1, 29.05], [121.0, 29.1], [121.0, 29.0]]
    assert faults(tmp_path, collection(feature([lopsided])), mend=True) == [(2, "polygon.beyond_mending")]


def test_features_elsewhere_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "boundaries.geojson"
    text = collection(feature([SQUARE]), feature([EIGHT], code="330203"), feature([EIGHT], code="330402"))
    file.write_text(text, encoding="utf-8")
    edition = read_edition([file], atlas=KNOWN, under="330212")
    assert [one.code for one in edition.boundaries] == ["330212"]
    assert edition.outside == 2
