"""`yuzhi import`: matters out of files, each row once, with a report of every row that was refused."""

import asyncio
import csv
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
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
ENOUGH = 12 << 20  # bytes of text that make another process worth while
PACKED = 4  # how much smaller a packed file is
MOST_PROCESSES = 4
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHOWN = 10


class Turns:
    """Numbers of batches, each drawn once, by whichever process is next to want one."""

    def __init__(self) -> None:
        self._next = get_context("spawn").Value("q", 0)

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._next.get_lock():
            number: int = self._next.value
            self._next.value += 1
        return number


@dataclass(frozen=True)
class Task:
    """What a process has to do; several do it together. It can be handed to a process that is started."""

    file: Path
    mapping: Mapping
    name: str
    limit: int | None
    is_dry: bool
    turns: Turns | None = None


@dataclass(frozen=True)
class Needs:
    """An open office, the time it is, the city's zone, and the language reasons are told in.

    `beside` starts another process on a task. It waits until it is sent something, for whoever opens the
    office first may be the one who starts the database; then it tells what it does (see `tell`). To be called
    before anything else runs here: the process is a copy of this one.
    """

    open: Callable[[], AbstractAsyncContextManager[Office]]
    beside: Callable[[Task], Connection]
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
    processes: Annotated[
        int, typer.Option(min=0, max=16, help="How many work side by side; 0: as the file is large.")
    ] = 0,
    json: JsonFlag = False,
) -> None:
    """Bring the rows of FILE in as matters, opened at their original times.

    Safe to repeat and to interrupt: a row that is in already is passed over.
    """
    out, needs = Output(json=json), needed(ctx, Needs)
    meant = _mapping(mapping, needs.zone, territory)
    begun = time.monotonic()
    processes = processes or _worth(file)
    task = Task(file, meant, mapping.name, limit, dry_run, Turns() if processes > 1 else None)
    beside = [needs.beside(task) for _ in range(processes - 1)]
    with _reporting(report, needs.language) as refused:
        done = asyncio.run(_import(needs, task, beside, refused, out))
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


async def work(office: Office, task: Task, now: datetime, watching: Watching) -> Imported:
    """Do a task: open its file and load the rows whose turn is ours."""
    procedure = office.shelf.procedure(task.mapping.procedure)
    pack = office.shelf.pack(procedure.pack, procedure.version)
    check_words(task.mapping, procedure, pack, name=task.name)
    if (ground := task.mapping.fields.get("territory")) is not None and ground.always:
        office.ground().place(ground.always, None, None, "")  # refuses one that nobody knows
    with open_sheet(task.file, task.mapping.file) as sheet:
        return await load(
            office,
            task.mapping,
            sheet,
            now,
            watching,
            most=task.limit,
            is_dry=task.is_dry,
            turns=task.turns,
        )


def tell(pipe: Connection) -> Watching:
    """Return a watching that tells it to the process at the other end of a pipe.

    It raises Refusal `import.process_lost` when nobody is there any more.
    """

    def told(what: RefusedRow | int) -> None:
        try:
            pipe.send(what)
        except BrokenPipeError:
            raise Refusal("import.process_lost") from None

    return Watching(refused=told, moved=told)


def _worth(file: Path) -> int:
    """Return how many processes a file is worth: starting one takes as long as thousands of rows."""
    try:
        size = file.stat().st_size * (PACKED if file.suffix in {".gz", ".xlsx"} else 1)
    except OSError:
        return 1
    return max(1, min(os.cpu_count() or 1, MOST_PROCESSES, size // ENOUGH))


async def _import(
    needs: Needs, task: Task, beside: Sequence[Connection], refused: "_Refused", out: Output
) -> Imported:
    """Import together with some other processes."""
    async with needs.open() as office:
        with out.progress("importing", total=task.limit) as advance:
            watching = Watching(refused=refused.add, moved=advance)
            others = [asyncio.create_task(_listen(pipe, watching)) for pipe in beside]
            done = [await work(office, task, needs.now(), watching), *await asyncio.gather(*others)]
    stopped = next((one.stopped for one in done if one.stopped is not None), None)
    return Imported(
        rows=sum(one.rows for one in done),
        loaded=sum(one.loaded for one in done),
        there=sum(one.there for one in done),
        refused=sum(one.refused for one in done),
        stopped=stopped,
    )


async def _listen(pipe: Connection, watching: Watching) -> Imported:
    """Let another process begin and hear what it tells until it is done; raise what it was refused."""
    pipe.send(None)
    while True:
        try:
            heard = await asyncio.to_thread(pipe.recv)
        except EOFError:
            raise Refusal("import.process_lost") from None
        match heard:
            case Imported():
                return heard
            case RefusedRow():
                watching.refused(heard)
            case int():
                watching.moved(heard)
            case Refusal():
                raise heard


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
        "there": done.there,
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
