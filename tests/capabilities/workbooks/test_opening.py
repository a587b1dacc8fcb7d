"""Workbooks are read as they are shown, and whatever is wrong with one is a refusal, soon."""

import io
import random
import time
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.workbooks import MOST_UNPACKED, is_workbook, rows_of, shown

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def made(*rows: tuple[object, ...]) -> bytes:
    book, kept = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(kept)
    return kept.getvalue()


def with_part(whole: bytes, name: str, content: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return kept.getvalue()


def read(content: bytes, sheet: str = "") -> list[tuple[int, tuple[object, ...]]]:
    return list(rows_of(io.BytesIO(content), sheet))


def refused(content: bytes, sheet: str = "") -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(content, sheet)
    return caught.value


WHOLE = made(("no", "at"), (1, datetime(2026, 3, 2, 9, 15)), *((n, "路灯") for n in range(40)))  # noqa: DTZ001


def test_cells_are_shown_as_people_see_them() -> None:
    told = [1, 2.0, 2.5, " 路灯 ", None, True, date(2026, 3, 2), datetime(2026, 3, 2, 9, 15, 59)]  # noqa: DTZ001
    (line, cells), *_ = read(made(tuple(told)))
    assert line == 1
    assert [shown(cell) for cell in cells] == [
        "1", "2", "2.5", "路灯", "", "true", "2026-03-02 00:00:00", "2026-03-02 09:15:59",
    ]  # fmt: skip


def test_a_sheet_that_is_not_there_is_told_with_the_nearest() -> None:
    told = refused(WHOLE, "Shet")
    assert (told.code, told.facts["nearest"]) == ("workbook.sheet_unknown", "Sheet")


def test_a_workbook_is_known_by_its_first_bytes() -> None:
    assert is_workbook(WHOLE[:4])
    assert not is_workbook(b"no,a")


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 nothing", WHOLE[: len(WHOLE) // 2]], ids=["empty", "only a head", "torn"]
)
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    assert refused(content).code == "workbook.unreadable"


def test_no_damage_is_anything_but_a_refusal() -> None:
    chance = random.Random(1)
    outcomes = set()
    for _ in range(150):
        content = bytearray(WHOLE)
        for _ in range(3):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            read(bytes(content))
        except Refusal as refusal:
            outcomes.add(refusal.code)
    assert outcomes <= {"workbook.unreadable", "workbook.too_large"}
    assert "workbook.unreadable" in outcomes


@pytest.mark.parametrize("row", [(1 << 20) + 5, 10**15])
def test_a_row_beyond_all_others_is_refused_soon(row: int) -> None:
    cells = "".join(f'<row r="{at}"><c r="A{at}"><v>1</v></c></row>' for at in (1, row))
    sheet = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{cells}</sheetData></worksheet>'
    begun = time.process_time()
    assert refused(with_part(WHOLE, SHEET, sheet.encode())).code == "workbook.unreadable"
    assert time.process_time() - begun < 10


def test_a_bomb_is_not_unpacked() -> None:
    bomb = with_part(WHOLE, SHEET, bytes(MOST_UNPACKED + 1))
    assert len(bomb) < 1 << 20
    assert refused(bomb).code == "workbook.too_large"
