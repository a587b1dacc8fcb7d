"""Policy answers from a list: CSV or XLSX, Chinese columns or ours, every fault with its line."""

from importlib.resources import as_file, files
from pathlib import Path

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.policies import read_policies

HEADER = ["编号", "问题", "答案", "政策依据", "主题", "生效日期", "失效日期"]
ROW = [
    "a",
    "租房可以提取公积金吗",
    '"可以。\n每年一次。"',
    "条例第二十四条",
    "住房",
    "2026-01-01",
    "2027-01-01",
]


def written(path: Path, row: list[str], encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(",".join(cells) for cells in (HEADER, row)), encoding=encoding)
    return path


def test_answers_keep_their_lines_in_either_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gb18030"):
        (one,) = read_policies(written(tmp_path / "list.csv", ROW, encoding))
        assert (one.id, one.question, one.topic) == ("a", "租房可以提取公积金吗", "住房")
        assert one.answer == "可以。\n每年一次。"
        assert one.valid_to is not None
        assert one.valid_to.isoformat() == "2027-01-01"


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("编号", "", "registry.cell_empty"),
        ("问题", "问" * 201, "registry.cell_too_long"),
        ("答案", "", "registry.cell_empty"),
        ("答案", "a\x07b", "registry.cell_unprintable"),
        ("政策依据", "", "registry.cell_empty"),
        ("失效日期", "2025-12-31", "registry.dates_reversed"),
        ("生效日期", "1月1日", "registry.bad_date"),
    ],
)
def test_every_fault_has_its_line(tmp_path: Path, column: str, cell: str, code: str) -> None:
    row = [cell if name == column else given for name, given in zip(HEADER, ROW, strict=True)]
    with pytest.raises(Refusal) as caught:
        read_policies(written(tmp_path / "list.csv", row))
    errors = caught.value.facts["errors"]
    assert isinstance(errors, list)
    assert [(one.code, one.facts["line"]) for one in errors] == [(code, 2)]


def test_the_demonstration_has_its_own() -> None:
    with as_file(files("yuzhi") / "data" / "demo" / "policies.csv") as listed:
        assert len(read_policies(listed)) >= 20
