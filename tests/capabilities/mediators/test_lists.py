"""Mediators from a list: CSV or XLSX, Chinese columns or ours, every fault with its line."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.mediators import Interest, read_mediators

HEADER = [
    "工号",
    "姓名",
    "类别",
    "单位",
    "专业领域",
    "语言",
    "辖区",
    "同时办理上限",
    "电话",
    "回避",
    "聘任日期",
    "届满日期",
]
ROW = ["m-1", "陈调解", "人民调解员", "near", "邻里、物业", "宁波话", "330212001", "8", "13800138000",
       "张三=亲属|李四=同事", "2026-01-01", "2029-01-01"]  # fmt: skip


def test_a_workbook_and_a_csv_say_the_same(tmp_path: Path) -> None:
    book, text = tmp_path / "list.xlsx", tmp_path / "list.csv"
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for cells in (HEADER, ROW):
        sheet.append(cells)
    workbook.save(book)
    text.write_text("\n".join(",".join(cells) for cells in (HEADER, ROW)), encoding="gb18030")
    (one,) = read_mediators(book)
    assert (one,) == read_mediators(text)
    assert (one.id, one.name, one.kind, one.unit, one.most_cases) == ("m-1", "陈调解", "people", "near", 8)
    assert (one.fields, one.languages, one.territories) == (("邻里", "物业"), ("宁波话",), ("330212001",))
    assert one.interests == (Interest("张三", "亲属"), Interest("李四", "同事"))
    assert one.valid_to is not None
    assert one.valid_to.isoformat() == "2029-01-01"


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("姓名", "", "registry.cell_empty"),
        ("类别", "法官", "registry.word_unknown"),
        ("同时办理上限", "0", "mediator.bad_number"),
        ("同时办理上限", "许多", "mediator.bad_number"),
        ("回避", "张三", "mediator.bad_interest"),
        ("届满日期", "2025-01-01", "registry.dates_reversed"),
        ("聘任日期", "1月1日", "registry.bad_date"),
    ],
)
def test_every_fault_has_its_line(tmp_path: Path, column: str, cell: str, code: str) -> None:
    row = [cell if name == column else given for name, given in zip(HEADER, ROW, strict=True)]
    other = ["m-2", *ROW[1:]]
    file = tmp_path / "list.csv"
    file.write_text("\n".join(",".join(cells) for cells in (HEADER, other, row)), encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        read_mediators(file)
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    assert [(one.code, one.facts["line"]) for one in errors] == [(code, 3)]


def test_an_id_stands_once(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("\n".join(",".join(cells) for cells in (HEADER, ROW, ROW)), encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        read_mediators(file)
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    assert [one.code for one in errors] == ["registry.code_repeated"]
