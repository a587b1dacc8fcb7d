"""Lists of territories and landmarks: what is taken in, and every way a file can be wrong."""

import csv
import gzip
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory import (
    Atlas,
    Edition,
    Fault,
    Landmark,
    Territory,
    ancestors,
    describe_import,
    level_of,
    read_edition,
)

CITY = "code,name\n3302,宁波市\n330212,鄞州区\n330212006,首南街道\n330212006002,陈婆渡社区\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file and give its path."""

    def writing(content: str | bytes, name: str = "list.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return writing


def faults(*files: Path, under: str | None = None, atlas: Atlas | None = None) -> list[tuple[int, str]]:
    """The (line, code) of everything wrong with the files."""
    with pytest.raises(Refusal) as refused:
        read_edition(files, under=under, atlas=atlas or Atlas())
    assert refused.value.code == "territory.file_refused"
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    assert all(isinstance(error, Fault) and error.file in map(str, files) for error in errors)
    return [(error.line, error.code) for error in errors]


def test_our_own_list(write: Write) -> None:
    edition = read_edition(
        [
            write(
                "code,name,level,parent,valid_from,valid_to,aliases\n"
                "3302,宁波市,city,,,,甬城|甬\n"
                "330204,江东区,district,3302,,2016-10-01,\n"
                '330212,"鄞州区",,,2002-04-19,,\n'
            )
        ]
    )
    assert edition.territories == (
        Territory("3302", "宁波市", "city", aliases=("甬城", "甬")),
        Territory("330204", "江东区", "district", "3302", valid_to=date(2016, 10, 1)),
        Territory("330212", "鄞州区", "district", "3302", valid_from=date(2002, 4, 19)),
    )
    assert edition.stated["valid_to"] == {"3302", "330204", "330212"}


def test_the_statistical_lists_in_any_order(write: Write) -> None:
    files = [
        write(
            "code,name,streetCode,provinceCode,cityCode,areaCode\n330212006002,陈婆渡,330212006,33,3302,330212\n"
        ),
        write(
            gzip.compress(
                "code,name,areaCode,provinceCode,cityCode\n330212006,首南街道,330212,33,3302\n".encode()
            ),
            "t",
        ),
        write("code,name,cityCode,provinceCode\n330201,市辖区,3302,33\n330212,鄞州区,3302,33\n", "d"),
        write("code,name,provinceCode\n3302,宁波市,33\n", "c"),
        write("\ufeffcode,name\n33,浙江省\n", "p"),
    ]
    edition = read_edition(files)
    assert [one.code for one in edition.territories] == ["3302", "330212", "330212006", "330212006002"]
    assert [one.parent for one in edition.territories] == [None, "3302", "330212", "330212006"]
    assert describe_import(edition).levels == {"city": 1, "district": 1, "town": 1, "community": 1}
    assert edition.skipped == 2  # the province, and the row that stands for all districts
    assert edition.stated == {}


def test_a_city_that_is_a_province_bears_its_name(write: Write) -> None:
    files = [write("code,name,provinceCode\n3101,市辖区,31\n"), write("code,name\n31,上海市\n", "p")]
    assert read_edition(files).territories[0].name == "上海市"


def test_under_takes_what_is_below_and_what_is_above(write: Write) -> None:
    file = write(CITY + "330203,海曙区\n3303,温州市\n")
    edition = read_edition([file], under="330212")
    assert [one.code for one in edition.territories] == ["3302", "330212", "330212006", "330212006002"]
    assert edition.outside == 2


def test_under_needs_nothing_above(write: Write) -> None:
    edition = read_edition([write("code,name\n330212,鄞州区\n330212006,首南街道\n")], under="330212")
    assert [one.parent for one in edition.territories] == [None, "330212"]


def test_a_grid_is_its_community_and_a_suffix(write: Write) -> None:
    edition = read_edition([write(CITY + "330212006002a1,第一网格\n330212006002017,第二网格\n")])
    assert [(one.code, one.level, one.parent) for one in edition.territories[-2:]] == [
        ("330212006002017", "grid", "330212006002"),
        ("330212006002A1", "grid", "330212006002"),
    ]


def test_parents_may_be_known_already(write: Write) -> None:
    known = Atlas([Territory("3302", "宁波市", "city"), Territory("330212", "鄞州区", "district", "3302")])
    edition = read_edition([write("code,name\n330212006,首南街道\n")], atlas=known)
    assert edition.territories[0].parent == "330212"


def test_a_level_may_be_left_out_if_the_file_says_so(write: Write) -> None:
    edition = read_edition([write("code,name,parent\n4419,东莞市,\n441900003,东城街道,4419\n")])
    assert edition.territories[1].parent == "4419"


def test_another_encoding_can_be_named(write: Write) -> None:
    file = write(CITY.encode("gb18030"))
    assert read_edition([file], encoding="gb18030").territories[0].name == "宁波市"
    assert faults(file) == [(2, "encoding.wrong")]


def test_every_fault_of_every_file_is_told_at_once(write: Write) -> None:
    one = write(CITY + "33021X,甲\n330212006,再来\n330299001,乙\n", "one.csv")
    two = write("code,nmae\n", "two.csv")
    three = write("code,name\n330288,\n", "three.csv")
    assert faults(one, two, three) == [
        (6, "code.malformed"),
        (7, "code.repeated"),
        (8, "parent.unknown"),
        (2, "name.empty"),
        (1, "column.unknown"),
        (1, "column.missing"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", [(1, "file.empty")]),
        ("code,name,code\n", [(1, "column.repeated")]),
        ("name\n", [(1, "column.missing")]),
        ("code,name,colour\n", [(1, "column.unknown")]),
        ("code,name\n3302\n", [(2, "row.width")]),
        ("code,name\n3302,宁波市,甬\n", [(2, "row.width")]),
        ('code,name\n3302,"宁波市\n', [(2, "row.malformed")]),
        ('code,name\n3302,"宁\n波"\n3303,"a"b\n', [(2, "name.unprintable"), (4, "row.malformed")]),
        ("code,name\n3302,宁\0波\n", [(2, "name.unprintable")]),
        ("code,name\n3302," + "宁" * 101 + "\n", [(2, "name.too_long")]),
        ("code,name\n330,宁波\n", [(2, "code.malformed")]),
        ("code,name\n三三〇二,宁波\n", [(2, "code.malformed")]),
        ("code,name\n3302,甲\n3302,乙\n", [(3, "code.repeated")]),
        ("code,name\n330212,鄞州区\n", [(2, "parent.unknown")]),
        ("code,name\n3302,甲\n330212006002,乙\n", [(3, "parent.unknown")]),
        ("code,name,level\n3302,甲,district\n", [(2, "level.not_of_code")]),
        ("code,name,level\n3302,甲,town hall\n", [(2, "level.unknown")]),
        ("code,name,parent\n3302,甲,\n3303,乙,\n330212,丙,3303\n", [(4, "parent.not_above")]),
        ("code,name,parent\n3302,甲,3302\n", [(2, "parent.not_above")]),
        ("code,name,parent\n3302,甲,\n330212,乙,33021\n", [(3, "parent.not_above")]),
        ("code,name,cityCode\n3302,甲,\n330212,乙,3303\n", [(3, "parent.not_above")]),
        ("code,name,valid_from\n3302,甲,2016-13-01\n", [(2, "date.malformed")]),
        ("code,name,valid_from\n3302,甲,20161001\n", [(2, "date.malformed")]),
        ("code,name,valid_from\n3302,甲,2016年10月1日\n", [(2, "date.malformed")]),
        ("code,name,valid_from,valid_to\n3302,甲,2016-10-01,2016-10-01\n", [(2, "date.reversed")]),
        ("code,name,aliases\n3302,甲,a\x07\n", [(2, "alias.malformed")]),
        (b"code,name\n3302,\xff\xfe\n", [(2, "encoding.wrong")]),
        (gzip.compress(b"code,name\n3302,a\n")[:-9], [(0, "file.damaged")]),
        (gzip.compress(b"code,name\n3302,a\n") + b"tail", [(0, "file.damaged")]),
        (b"\x1f\x8bnothing", [(0, "file.damaged")]),
    ],
)
def test_a_bad_list_is_refused_with_its_line(
    content: str | bytes, expected: list[tuple[int, str]], write: Write
) -> None:
    assert faults(write(content)) == expected


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert faults(tmp_path / "none.csv") == [(0, "file.unreadable")]
    assert faults(tmp_path) == [(0, "file.unreadable")]


def test_nothing_under_the_code_is_refused(write: Write) -> None:
    with pytest.raises(Refusal, match=r"territory\.nothing_to_import"):
        read_edition([write("code,name\n3303,温州市\n")], under="330212")


def test_a_malformed_under_is_refused(write: Write) -> None:
    with pytest.raises(Refusal, match=r"territory\.code_malformed"):
        read_edition([write(CITY)], under="33021")


def test_landmarks(write: Write) -> None:
    places = write(
        "name,territory,kind,aliases,lon,lat\n"
        "南部商务区,330212006,园区,南商|南部商务区水街,121.54,29.81\n"
        "万达广场,330212,,,,\n"
        "五一广场,330299,,,,\n",
        "landmarks.csv",
    )
    edition = read_edition([write(CITY), places], under="330212")
    assert edition.landmarks == (
        Landmark("南部商务区", "330212006", "园区", ("南商", "南部商务区水街"), 121.54, 29.81),
        Landmark("万达广场", "330212"),
    )
    moved = read_edition([write(CITY), places], under="330212", datum="GCJ02").landmarks[0]
    assert moved.lon is not None
    assert 0.002 < 121.54 - moved.lon < 0.006


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("甲,330299,,,,", "code.unknown"),
        ("甲,3302X,,,,", "code.malformed"),
        (",330212,,,,", "name.empty"),
        ("甲,330212,,,121.5,", "point.malformed"),
        ("甲,330212,,,east,29", "point.malformed"),
        ("甲,330212,,,nan,29", "point.out_of_range"),
        ("甲,330212,,,29.8,121.5", "point.out_of_range"),
        ("甲,330212,a\x07,,,", "kind.malformed"),
        ("乙,330212,,,,", "landmark.repeated"),
    ],
)
def test_a_bad_landmark_is_refused(row: str, code: str, write: Write) -> None:
    head = "name,territory,kind,aliases,lon,lat\n乙,330212,,,,\n"
    assert faults(write(CITY), write(head + row + "\n", "landmarks.csv")) == [(3, code)]


names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)
aliases = names.filter(lambda name: not set(name) & set("|、;；"))


@st.composite
def some_territories(draw: st.DrawFn) -> list[Territory]:
    """A tree with names of every kind, dates and aliases."""
    codes = {"3302"}
    for _ in range(draw(st.integers(0, 12))):
        above = draw(st.sampled_from(sorted(codes)))
        if len(above) > 12:
            continue
        width = 2 if len(above) == 4 else 3
        number = draw(st.integers(2, 10**width - 1))
        codes.add(above + str(number).zfill(width))
    days = st.none() | st.dates()
    made = []
    for code in sorted(codes, key=lambda code: (len(code), code)):
        begins, ends = draw(days), draw(days)
        if begins and ends and ends <= begins:
            ends = None
        called = tuple(dict.fromkeys(draw(st.lists(aliases, max_size=3))))
        parent = next(iter(ancestors(code)), None)
        made.append(Territory(code, draw(names), level_of(code), parent, begins, ends, called))
    return made


def as_csv(territories: list[Territory]) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["code", "name", "level", "parent", "valid_from", "valid_to", "aliases"])
    for one in territories:
        days = (one.valid_from or "", one.valid_to or "")
        rows.writerow([one.code, one.name, one.level, one.parent or "", *days, "|".join(one.aliases)])
    return out.getvalue()


@given(some_territories())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_what_is_written_is_read_again(write: Write, territories: list[Territory]) -> None:
    edition: Edition = read_edition([write(as_csv(territories))])
    assert list(edition.territories) == territories


@given(st.binary(max_size=200))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_whatever_the_bytes_it_is_read_or_refused(write: Write, junk: bytes) -> None:
    file = write(CITY.encode() + junk)
    try:
        read = read_edition([file])
    except Refusal as refusal:
        read = None
        errors = refusal.facts["errors"]
    else:
        errors = []
    assert (read is None) == bool(errors)
