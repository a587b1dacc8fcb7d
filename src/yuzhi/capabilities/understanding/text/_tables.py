"""Tables of messages from files: CSV (also gzipped), XLSX or lines of JSON, whatever their encoding."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from yuzhi.base.refusal import Refusal

Row = dict[str, str]

_LONGEST_FIELD: Final = 50_000_000


def read_rows(path: Path, *, needs: Sequence[str] = ()) -> list[Row]:
    """Return the rows of a table by column name.

    UTF-8 (with or without mark), UTF-16 with mark and GB 18030 are told apart; bytes that fit none
    become U+FFFD. Raises `understanding.no-file`, `understanding.bad-file` (with the line) and
    `understanding.no-column`.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz" or content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError as error:
        raise Refusal("understanding.no-file", path=str(path)) from error
    except (OSError, EOFError) as error:
        raise Refusal("understanding.bad-file", path=str(path), line=0, why=str(error)) from error
    if content[:4] == b"PK\x03\x04":
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
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Refusal("understanding.bad-file", path=str(path), line=0, why=str(error)) from error
    lines: Iterator[tuple[object, ...]] = iter(book.worksheets[0].iter_rows(values_only=True))
    names = ["" if name is None else str(name) for name in next(lines, ())]
    rows = [
        dict(zip(names, ("" if value is None else str(value) for value in line), strict=False))
        for line in lines
    ]
    book.close()
    return rows


def words_of(row: Row, columns: Sequence[str]) -> tuple[str, str]:
    """Return a row's message: the first of several columns as its subject, the rest as its text.

    Where the columns of the text are all empty and the row has a column `tokens` (words with blanks
    between them, as some published sets give instead of a text), those words stand in.
    """
    subject = row.get(columns[0], "") if len(columns) > 1 else ""
    text = "\n".join(row.get(column, "") for column in (columns[1:] or columns)).strip()
    return subject, text or row.get("tokens", "").replace(" ", "")
