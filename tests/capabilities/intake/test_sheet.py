import gzip
import io
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import pytest
from openpyxl import Workbook

from fakes.bulk import COLUMNS, a_file, a_row, as_csv
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.intake import FileForm, Row, open_sheet
from yuzhi.capabilities.intake import _sheet as sheets
from yuzhi.capabilities.intake._encoding import SAMPLE
from yuzhi.capabilities.workbooks import MOST_UNPACKED

NOTHING_TOLD = FileForm()


def read(file: Path, form: FileForm = NOTHING_TOLD) -> tuple[tuple[str, ...], list[Row]]:
    with open_sheet(file, form) as sheet:
        return sheet.columns, list(sheet.rows)


def cells(file: Path, form: FileForm = NOTHING_TOLD) -> list[tuple[str, ...]]:
    return [row.cells for row in read(file, form)[1]]


def refused(file: Path, form: FileForm = NOTHING_TOLD) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(file, form)
    return caught.value


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-32", "big5"]
)
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    rows = [a_row(no) for no in range(1, 30)]
    if encoding == "big5":
        rows = [
            a_row(no, title="路燈不亮", text="這條路的路燈壞了", kind="求助", field="") for no in range(30)
        ]
    file = a_file(tmp_path, rows, encoding=encoding)
    columns, found = read(file)
    assert columns == COLUMNS
    assert [row.cells for row in found] == rows


def test_a_character_split_by_the_end_of_the_sample_is_no_other_encoding(tmp_path: Path) -> None:
    for shift in range(3):
        text = "x" * shift + "路" * (SAMPLE // 3 + 50)
        file = tmp_path / "one.csv"
        file.write_bytes(f"a,b\n1,{text}\n".encode())
        with open_sheet(file, NOTHING_TOLD) as sheet:
            assert sheet.encoding == "utf-8"


def test_an_encoding_that_is_told_must_fit(tmp_path: Path) -> None:
    file = a_file(tmp_path, [a_row(1)], encoding="gb18030")
    told = refused(file, FileForm(encoding="utf-8"))
    assert told.code == "file.not_in_encoding"
    at = told.facts["offset"]
    assert isinstance(at, int)
    assert file.read_bytes()[:at].decode("utf-8")
    assert at >= file.read_bytes().index("路".encode("gbk"))
    assert refused(file, FileForm(encoding="utf-9")).code == "file.encoding_not_known"
    assert cells(file, FileForm(encoding="gbk")) == [a_row(1)]


def test_a_broken_byte_far_inside_spoils_only_its_row(tmp_path: Path) -> None:
    content = as_csv([a_row(no) for no in range(5000)]).encode()
    at = content.index("路灯不亮 4000".encode())
    file = tmp_path / "broken.csv"
    file.write_bytes(content[:at] + b"\xff" + content[at:])
    assert at > SAMPLE
    found = cells(file)
    assert len(found) == 5000
    assert found[4000][1] == "\udcff路灯不亮 4000"


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "town.csv"
    file.write_text(as_csv([a_row(1, title='他说,"好";了|吗')], mark=mark), encoding="utf-8", newline="")
    assert cells(file)[0][1] == '他说,"好";了|吗'


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "town.csv"
    file.write_text('a,b\n1,"two\nlines"\n\n,\n2,x\n3\n4,x,y\n5,x,,\n', encoding="utf-8")
    told = [(row.line, row.cells, row.fault.code if row.fault else "") for row in read(file)[1]]
    assert told == [
        (2, ("1", "two\nlines"), ""),
        (6, ("2", "x"), ""),
        (7, (), "row.width"),
        (8, (), "row.width"),
        (9, ("5", "x"), ""),
    ]


def test_the_header_may_stand_further_down(tmp_path: Path) -> None:
    file = tmp_path / "town.csv"
    file.write_text("some city,\nprinted today,\na,b\n1,2\n", encoding="utf-8")
    columns, found = read(file, FileForm(header_row=3))
    assert (columns, found[0].line) == (("a", "b"), 4)


def test_files_nobody_can_use_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "town.csv"
    assert refused(file).code == "file.unreadable"
    file.write_bytes(b"")
    assert refused(file).code == "file.empty"
    file.write_bytes(b"a,b,a\n1,2,3\n")
    assert refused(file).facts["columns"] == ["a"]
    file.write_bytes(b"a,b\n1," + b"x" * (sheets.LONGEST_LINE + 1) + b"\n")
    assert refused(file).code == "file.line_too_long"


def test_a_packed_file_that_breaks_off_gives_its_whole_rows_first(tmp_path: Path) -> None:
    file = tmp_path / "town.csv.gz"
    whole = gzip.compress(
        as_csv([a_row(no, text=f"{no * 7919 % 10007}" * 20) for no in range(3000)]).encode()
    )
    file.write_bytes(whole[: len(whole) // 2])
    with open_sheet(file, NOTHING_TOLD) as sheet:
        found = list(islice(sheet.rows, 100))
        assert all(len(row.cells) == len(COLUMNS) for row in found)
        assert len(found) == 100
        assert told_by(sheet.rows) == "file.truncated"


def told_by(rows: Iterator[Row]) -> str:
    with pytest.raises(Refusal) as caught:
        deque(rows, maxlen=0)
    return caught.value.code


def workbook(file: Path, rows: Sequence[Sequence[object]], **sheets_: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    first = book.active
    assert first is not None
    for row in rows:
        first.append(list(row))
    for name, more in sheets_.items():
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(list(row))
    book.save(file)
    return file


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "town.xlsx",
        [
            ["no", "title", "at", "sum", "yes"],
            [1, " 路灯 ", datetime(2026, 3, 2, 9, 15, 59), "=1+1", True],  # noqa: DTZ001 - cells have no zone
            [],
            [2.5, None, date(2026, 3, 2), None, None],
            [330212001001, "x"],
        ],
    )
    columns, found = read(file)
    assert columns == ("no", "title", "at", "sum", "yes")
    assert [(row.line, row.cells) for row in found] == [
        (2, ("1", "路灯", "2026-03-02 09:15:59", "", "true")),  # a formula nobody has calculated has no value
        (4, ("2.5", "", "2026-03-02 00:00:00", "", "")),
        (5, ("330212001001", "x", "", "", "")),
    ]


def test_of_merged_cells_the_first_has_the_value(tmp_path: Path) -> None:
    file = tmp_path / "merged.xlsx"
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["town", "title"], ["下应街道", "a"], ["", "b"]]:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(file)
    assert cells(file) == [("下应街道", "a"), ("", "b")]


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    file = workbook(tmp_path / "two.xlsx", [["a"], [1]], 诉求=[["b"], [2]])
    assert read(file, FileForm(sheet="诉求"))[0] == ("b",)
    assert refused(file, FileForm(sheet="诉求表")).facts["nearest"] == "诉求"


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "town.xlsx"
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("hello.txt", "no workbook")
    assert refused(file).code == "workbook.unreadable"
    whole = workbook(tmp_path / "half.xlsx", [["a"]] + [[str(no)] for no in range(500)])
    content = whole.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    assert refused(file).code == "workbook.unreadable"


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    file = workbook(tmp_path / "bomb.xlsx", [["a"], [1]])
    filling = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(filling, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != "xl/worksheets/sheet1.xml":
                new.writestr(part, old.read(part))
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range((MOST_UNPACKED >> 20) + 1):
                sheet.write(b"\x00" * (1 << 20))
    file.write_bytes(filling.getvalue())
    assert file.stat().st_size < 1 << 20
    assert refused(file).code == "workbook.too_large"
