"""Tables are read in any of the encodings and kinds people send, or refused with the place of the fault."""

import gzip
from pathlib import Path

import openpyxl
import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.text import read_rows, words_of

TEXT = "subject,detail\n路灯,东门路灯坏了\n井盖,井盖松动\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT.encode(encoding))
    assert read_rows(tmp_path / "a.csv")[0] == {"subject": "路灯", "detail": "东门路灯坏了"}


def test_one_line_in_another_encoding_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(
        TEXT.encode() + "噪声,夜里太吵\n".encode("gb18030") + b"\xff\xfe\x81,x\n"
    )
    rows = read_rows(tmp_path / "a.csv")
    assert [row["subject"] for row in rows[:3]] == ["路灯", "井盖", "噪声"]
    assert len(rows) == 4


def test_gzip_xlsx_and_json_lines_read_alike(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "a.jsonl").write_text(
        '{"subject":"路灯","detail":"东门路灯坏了"}\n{"subject":"井盖","detail":"井盖松动"}\n'
    )
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("subject", "detail"), ("路灯", "东门路灯坏了"), ("井盖", "井盖松动")):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    expected = read_rows(tmp_path / "a.csv.gz")
    assert read_rows(tmp_path / "a.jsonl") == read_rows(tmp_path / "a.xlsx") == expected


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("none.csv", None, "understanding.no-file"),
        ("empty.csv", b"", "understanding.empty-file"),
        ("head.csv", b"subject,detail\n", "understanding.empty-file"),
        ("other.csv", b"a,b\n1,2\n", "understanding.no-column"),
        ("torn.csv.gz", gzip.compress(TEXT.encode())[:12] + b"\xff" * 20, "understanding.bad-file"),
        ("cut.csv.gz", gzip.compress(TEXT.encode())[:-9], "understanding.bad-file"),
        ("bad.xlsx", b"PK\x03\x04nothing", "understanding.bad-file"),
        ("bad.jsonl", b'{"subject": "x"}\n{"subject"\n', "understanding.bad-file"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, name: str, content: bytes | None, code: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Refusal) as caught:
        read_rows(tmp_path / name, needs=("subject",))
    assert caught.value.code == code
    assert caught.value.facts["path"] == str(tmp_path / name)


def test_tokens_stand_in_for_an_empty_text() -> None:
    row = {"subject": "路灯", "detail": "", "tokens": "路灯 坏 了"}
    assert words_of(row, ("subject", "detail")) == ("路灯", "路灯坏了")
    assert words_of(row | {"detail": "东门"}, ("subject", "detail")) == ("路灯", "东门")
    assert words_of(row | {"detail": "东门"}, ("detail",)) == ("", "东门")
