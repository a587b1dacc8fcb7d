from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import EMPTY, Roster, Unit, read_posts, read_units

KNOWN = Roster([Unit("hall", "区政府", "government", "330212")])
UNITS = "code,name,kind,territory,parent,valid_from,valid_to,phone\n"
POSTS = "id,person,name,unit,duties,territory,valid_from,valid_to\n"
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def faults(reading: Callable[[], object]) -> list[tuple[int, str]]:
    """Return the line and code of every fault a reading was refused for."""
    with pytest.raises(Refusal) as refused:
        reading()
    assert refused.value.code == "registry.file_refused"
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    assert refused.value.facts["count"] == len(errors)
    return [(error.facts["line"], error.code) for error in errors]


def causes(refusal: Refusal) -> list[Refusal]:
    errors = refusal.facts["errors"]
    assert isinstance(errors, list)
    return errors


def workbook(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def test_posts_of_a_unit_without_ground_need_none(tmp_path: Path) -> None:
    known = Roster((Unit("hq", "本部", "office", ""),))
    path = tmp_path / "posts.csv"
    path.write_text("id,person,name,unit,duties,territory\np,1,甲,hq,handler,\n", encoding="utf-8")
    assert read_posts(path, known).posts[0].territory == ""


def test_units_from_csv(write: Write) -> None:
    path = write(
        UNITS
        + "t1,下应街道办,town_office,330212001,hall,2020-01-01,,0574-1\n\nt2,派出所,police,330212001,t1,,,\n"
    )
    one, two = read_units(path, KNOWN).units
    assert one == Unit(
        "t1", "下应街道办", "town_office", "330212001", "hall", date(2020, 1, 1), None, {"phone": "0574-1"}
    )  # fmt: skip
    assert (two.parent, two.valid_from, two.contact) == ("t1", None, {})


def test_columns_may_have_their_chinese_names_and_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "单位.csv"
    path.write_bytes("单位编码,单位名称,类别,辖区\nt1,下应街道办,town_office,330212001\n".encode("gb18030"))
    assert read_units(path, EMPTY).units[0].name == "下应街道办"


def test_units_from_a_workbook(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["单位编码", "单位名称", "单位类别", "辖区", "启用日期", None],
        ["t1", "下应街道办", "town_office", 330212001, date(2020, 1, 1), None],
        [None, None, None, None, None, None],
        ["t2", "派出所 ", "police", 330212001.0, "2021-02-03", None],
    ]
    one, two = read_units(workbook(tmp_path / "units.xlsx", rows), EMPTY).units
    assert (one.territory, one.valid_from) == ("330212001", date(2020, 1, 1))
    assert (two.name, two.territory, two.valid_from) == ("派出所", "330212001", date(2021, 2, 3))


def test_every_fault_of_a_file_is_told_with_its_line(write: Write) -> None:
    path = write(
        UNITS + "a,,town_office,330212001,,,,\n"
        "b,乙,town_ofice,330212001,,,,\n"
        "b,乙二,police,330212001,,,,\n"
        "c,丙,police,999999,,,,\n"
        "d,丁,police,330212001,nobody,,,\n"
        "e,戊,police,330212001,f,2020-01-01,2019-01-01,\n"
        "f,己,police,330212001,e,2020/1/1,,\n"
        "g,庚\x07,police,330212001,,,,\n"
        f"h,{'长' * 101},police,330212001,,,,\n"
        "i,壬,police,,,,,\n"
        "j,癸,police,330212001,,,,,too,many\n"
    )
    found = faults(
        lambda: read_units(path, EMPTY, kinds={"town_office", "police"}, territory="330212001".__eq__)
    )
    assert found == [
        (2, "registry.cell_empty"),
        (3, "registry.word_unknown"),
        (4, "registry.code_repeated"),
        (5, "registry.territory_unknown"),
        (6, "registry.parent_unknown"),
        (7, "registry.dates_reversed"),
        (7, "registry.parent_circle"),
        (8, "registry.bad_date"),
        (8, "registry.parent_circle"),
        (9, "registry.cell_unprintable"),
        (10, "registry.cell_too_long"),
        (11, "registry.cell_empty"),
        (12, "registry.row_too_wide"),
    ]


def test_an_unknown_word_comes_with_the_nearest_known_one(write: Write) -> None:
    with pytest.raises(Refusal) as refused:
        read_units(write(UNITS + "b,乙,town_ofice,330212001,,,,\n"), EMPTY, kinds={"town_office", "police"})
    (fault,) = causes(refused.value)
    assert fault.facts["nearest"] == "town_office"
    assert str(fault.facts["file"]).endswith("list.csv")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [(1, "registry.file_empty")]),
        ("code,nam,kind,territory\n", [(1, "registry.column_unknown"), (1, "registry.column_missing")]),
        ("code,name,name,kind,territory\n", [(1, "registry.column_repeated")] * 2),
        ("code,编码,name,kind,territory\n", [(1, "registry.column_repeated")] * 2),
        ('code,name,kind,territory\na,"b\n', [(2, "registry.row_malformed")]),
        ("code,name,kind,territory\na\n", [(2, "registry.cell_empty")] * 3),
    ],
)
def test_a_file_of_the_wrong_form(write: Write, text: str, found: list[tuple[int, str]]) -> None:
    path = write(text)
    assert faults(lambda: read_units(path, EMPTY)) == found


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01\x81", b"PK\x03\x04 not really", None])
def test_a_file_nobody_can_read(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert faults(lambda: read_units(path, EMPTY))[0][1] in {
        "registry.file_unreadable",
        "workbook.unreadable",
        "registry.column_unknown",  # what is no workbook may still be a text of some kind
    }


def test_posts_from_csv(write: Write) -> None:
    path = write(
        POSTS
        + "1,p1,张三,hall,handler|supervisor,,2026-01-01,\n2,p1,张三,hall,dispatcher,330212001,,2027-01-01\n"
    )
    found = read_posts(path, KNOWN)
    assert [(one.id, one.name) for one in found.people] == [("p1", "张三")]
    one, two = found.posts
    assert (one.duties, one.territory, one.valid_from) == (
        ("handler", "supervisor"),
        "330212",
        date(2026, 1, 1),
    )
    assert (two.duties, two.territory, two.valid_to) == (("dispatcher",), "330212001", date(2027, 1, 1))


@pytest.mark.parametrize("duties", ["a|b", "a、b", "a；b", "a;b", "a，b", "a | b|", "a|b|a"])
def test_duties_are_separated_as_people_write(write: Write, duties: str) -> None:
    path = write("id,person,name,unit,duties\n" + f"1,p1,张三,hall,{duties}\n")
    assert read_posts(path, KNOWN).posts[0].duties == ("a", "b")


def test_every_fault_of_a_list_of_posts(write: Write) -> None:
    path = write(
        POSTS + "1,p1,张三,hall,handler,,,\n"
        "1,p2,李四,hall,handler,,,\n"
        "3,p1,王五,hall,handler,,,\n"
        "4,p3,赵六,hal,handler,330212,,\n"
        "5,p4,孙七,hall,handler|handel,,,\n"
        "6,p5,周八,hall,,,,\n"
    )
    assert faults(lambda: read_posts(path, KNOWN, duties={"handler"})) == [
        (3, "registry.code_repeated"),
        (4, "registry.person_two_names"),
        (5, "registry.unit_not_listed"),
        (6, "registry.word_unknown"),
        (7, "registry.cell_empty"),
    ]
