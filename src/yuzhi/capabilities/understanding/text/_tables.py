"""Tables of messages from files: CSV (also gzipped), XLSX or lines of JSON, whatever their encoding."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.workbooks import is_workbook, rows_of, shown

Row = dict[str, str]

_LONGEST_FIELD: Final = 50_000_000
_MOST_UNPACKED: Final = 1 << 30


def read_rows(path: Path, *, needs: Sequence[str] = ()) -> list[Row]:
    """Return the rows of a table by column name.

    UTF-8 (with or without mark), UTF-16 with mark and GB 18030 are told apart; bytes that fit none
    become U+FFFD. Raises `understanding.no-file`, `understanding.bad-file` (with the line) and
    `understanding.no-column`.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz" or content[:2] == b"\x1f\x8b":
            content = _unpacked(content)
    except FileNotFoundError as error:
        raise Refusal("understanding.no-file", path=str(path)) from error
    except (OSError, EOFError, zlib.error) as error:
        raise Refusal("understanding.bad-file", path=str(path), line=0, why=str(error)) from error
    if is_workbook(content):
        rows = _sheet_rows(path, content)
    else:
        text = _decoded(content)
        rows = _json_rows(path, text) if text.lstrip()[:1] == "{" else _csv_rows(path, text)
    columns = list(rows[0]) if rows else []
    for column in needs:
        if rows and column not in rows[0]:
            raise Refusal("understanding.no-column", path=str(path), column=column, columns=columns)
    if not rows:
        raise Refusal("understanding.empty-file", path=str(path))
    return rows


def _unpacked(packed: bytes) -> bytes:
    """Return what a gzip file holds; raise OSError for one that holds more than any table of messages."""
    with gzip.open(io.BytesIO(packed)) as content:
        unpacked = content.read(_MOST_UNPACKED + 1)
    if len(unpacked) > _MOST_UNPACKED:
        raise OSError(f"unpacks to more than {_MOST_UNPACKED} bytes")
    return unpacked


def _decoded(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    # Mixed encodings: each line by itself, so that one bad line does not spoil the others.
    return "\n".join(_decoded_line(line) for line in content.split(b"\n"))


def _decoded_line(line: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("utf-8", "replace")


def _csv_rows(path: Path, text: str) -> list[Row]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(text.replace("\x00", " "), newline=""), restkey="", restval="")
    try:
        return [
            {name or "": value if isinstance(value, str) else "" for name, value in row.items()}
            for row in reader
        ]
    except csv.Error as error:
        raise Refusal(
            "understanding.bad-file", path=str(path), line=reader.line_num, why=str(error)
        ) from error


def _json_rows(path: Path, text: str) -> list[Row]:
    rows = []
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.strip():
            continue
        try:
            given = json.loads(content)
        except ValueError as error:
            raise Refusal("understanding.bad-file", path=str(path), line=line, why=str(error)) from error
        if not isinstance(given, dict):
            raise Refusal("understanding.bad-file", path=str(path), line=line, why="not an object")
        rows.append({str(name): "" if value is None else str(value) for name, value in given.items()})
    return rows


def _sheet_rows(path: Path, content: bytes) -> list[Row]:
    try:
        lines = [[shown(cell) for cell in cells] for _, cells in rows_of(io.BytesIO(content))]
    except Refusal as refusal:
        why = str(refusal.facts.get("trouble", refusal.code))
        raise Refusal("understanding.bad-file", path=str(path), line=0, why=why) from refusal
    names = lines[0] if lines else []
    return [dict(zip(names, cells, strict=False)) for cells in lines[1:]]


def words_of(row: Row, columns: Sequence[str]) -> tuple[str, str]:
    """Return a row's message: the first of several columns as its subject, the rest as its text.

    Where the columns of the text are all empty and the row has a column `tokens` (words with blanks
    between them, as some published sets give instead of a text), those words stand in.
    """
    subject = row.get(columns[0], "") if len(columns) > 1 else ""
    text = "\n".join(row.get(column, "") for column in (columns[1:] or columns)).strip()
    return subject, text or row.get("tokens", "").replace(" ", "")
