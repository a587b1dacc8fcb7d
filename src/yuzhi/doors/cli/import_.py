"""`yuzhi import`: matters out of files, each row once, with a report of every row that was refused."""

import asyncio
import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.intake import (
    Imported,
    Mapping,
    RefusedRow,
    Sheet,
    Watching,
    check_words,
    load,
    open_sheet,
    read_mapping,
)
from yuzhi.capabilities.matters import Office
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output
from yuzhi.doors.wording import Language, word

app = group("Bring matters in from files.")

REPORT = ("line", "key", "code", "reason", "value")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHOWN = 10


@dataclass(frozen=True)
class Needs:
    """An open office, the time it is, the city's zone, and the language reasons are told in."""

    open: Callable[[], AbstractAsyncContextManager[Office]]
    now: Callable[[], datetime]
    zone: ZoneInfo
    language: Language


@app.command()
def matters(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, CSV in gzip, or XLSX.")],
    *,
    mapping: Annotated[Path, typer.Option(help="The TOML that says what the columns mean (docs/import.md).")],
    report: Annotated[
        Path | None, typer.Option(help="Where to write the rows that are refused, as CSV.")
    ] = None,
    territory: Annotated[
        str, typer.Option(help="The territory of rows that tell none, instead of the mapping's.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check; write no matter.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Look at no more than this many rows.")] = None,
    json: JsonFlag = False,
) -> None:
    """Bring the rows of FILE in as matters, opened at their original times.

    Safe to repeat and to interrupt: a row that is in already is passed over.
    """
    out, needs = Output(json=json), needed(ctx, Needs)
    meant = _mapping(mapping, needs.zone, territory)
    begun = time.monotonic()
    with open_sheet(file, meant.file) as sheet, _reporting(report, needs.language) as refused:
        done = asyncio.run(_load(needs, meant, mapping.name, sheet, refused, out, limit, is_dry=dry_run))
    _tell(out, done, refused, time.monotonic() - begun, report)
    if done.stopped is not None:
        raise done.stopped


def _mapping(file: Path, zone: ZoneInfo, territory: str) -> Mapping:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as trouble:
        raise Refusal("file.unreadable", file=str(file), trouble=str(trouble)) from trouble
    mapping = read_mapping(text, name=file.name, zone=zone)
    return mapping.with_territory(territory) if territory else mapping


async def _load(
    needs: Needs,
    mapping: Mapping,
    name: str,
    sheet: Sheet,
    refused: "_Refused",
    out: Output,
    limit: int | None,
    *,
    is_dry: bool,
) -> Imported:
    async with needs.open() as office:
        procedure = office.shelf.procedure(mapping.procedure)
        check_words(mapping, procedure, office.shelf.pack(procedure.pack, procedure.version), name=name)
        with out.progress("importing", total=limit) as advance:
            watching = Watching(refused=refused.add, moved=advance)
            return await load(office, mapping, sheet, needs.now(), watching, most=limit, is_dry=is_dry)


class _Refused:
    """Counts refused rows by code, keeps the first few to show, and writes all of them to the report."""

    def __init__(self, language: Language, write: Callable[[tuple[object, ...]], object] | None) -> None:
        self._language = language
        self._write = write
        self.by_code: Counter[str] = Counter()
        self.first: list[tuple[object, ...]] = []

    def add(self, row: RefusedRow) -> None:
        refusal = row.refusal
        self.by_code[refusal.code] += 1
        told = (
            row.line,
            _plain(row.key),
            refusal.code,
            _plain(word(refusal, self._language).says),
            _plain(_value(refusal)),
        )
        if len(self.first) < _SHOWN:
            self.first.append(told)
        if self._write is not None:
            self._write(told)


@contextmanager
def _reporting(report: Path | None, language: Language) -> Iterator[_Refused]:
    if report is None:
        yield _Refused(language, None)
        return
    try:
        file = report.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
    except OSError as trouble:
        raise Refusal("file.unwritable", file=str(report), trouble=trouble.strerror or "") from trouble
    with file:
        writer = csv.writer(file)
        writer.writerow(REPORT)
        yield _Refused(language, writer.writerow)


def _plain(text: str) -> str:
    """Return a text no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _value(refusal: Refusal) -> str:
    """Return the value that was refused, as far as the refusal names it."""
    for name in ("given", "value", "text"):
        if name in refusal.facts:
            return str(refusal.facts[name])[:200]
    return msgspec.json.encode(dict(refusal.facts), enc_hook=str).decode()[:200] if refusal.facts else ""


def _tell(out: Output, done: Imported, refused: _Refused, took: float, report: Path | None) -> None:
    figures = {
        "rows": done.rows,
        "loaded": done.loaded,
        "there already": done.there,
        "refused": done.refused,
        "seconds": round(took, 1),
        "a second": round(done.rows / took) if took else 0,
    }
    if out.is_json:
        names = (*REPORT,)
        first = [dict(zip(names, row, strict=True)) for row in refused.first]
        out.data(
            {
                **{name.replace(" ", "_"): value for name, value in figures.items()},
                "refused_by_code": dict(refused.by_code),
                "first_refused": first,
                "report": str(report) if report else None,
                "stopped": done.stopped.code if done.stopped else None,
            }
        )
        return
    out.facts(figures)
    if refused.first:
        out.table(("code", "rows"), refused.by_code.most_common())
        out.table(REPORT, refused.first, title="the first ones" if done.refused > _SHOWN else "")
