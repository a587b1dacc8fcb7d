"""`yuzhi status`: how the machine stands and what is wrong with it, for eyes or whoever watches."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.condition import ConditionView, Machine, condition_of, warnings_of
from yuzhi.capabilities.understanding.advising import Adviser
from yuzhi.doors.cli import needed
from yuzhi.doors.cli.output import JsonFlag, Output
from yuzhi.doors.wording import Language, word
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import Pack
from yuzhi.store.postgres.pool import acquired

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@dataclass(frozen=True)
class Opened:
    """The open database and what is looked at beside it."""

    pool: asyncpg.Pool
    machine: Machine
    calendar: Calendar
    adviser: Adviser
    packs: tuple[Pack, ...]


@dataclass(frozen=True)
class Needs:
    """What this command is handed."""

    open: Callable[[], AbstractAsyncContextManager[Opened]]
    language: Language
    now: Callable[[], datetime]


@app.command()
def status(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Tell how database, processes, backups, queues and disk are. Exit 1 if anything is wrong."""
    needs, out = needed(ctx, Needs), Output(json=json)
    seen, wrong = asyncio.run(_look(needs))
    said = [(one.code, word(one, needs.language)) for one in wrong]
    if json:
        out.data({
            "condition": seen,
            "warnings": [{"code": code, "says": one.says, "do": one.do} for code, one in said],
        })  # fmt: skip
    else:
        _tell(out, seen)
        for _, one in said:
            out.say(f"! {one.says} {one.do}")
    if wrong:
        raise typer.Exit(1)


async def _look(needs: Needs) -> tuple[ConditionView, list[Refusal]]:
    async with needs.open() as opened:
        async with acquired(opened.pool) as conn:
            seen = await condition_of(conn, opened.machine, opened.packs, needs.now())
        return seen, [*warnings_of(seen, opened.calendar), *await opened.adviser.warnings(opened.packs)]


def _tell(out: Output, seen: ConditionView) -> None:
    last = seen.backups.last
    out.facts({
        "version": seen.version,
        "schema": seen.database.revision,
        "schema needed": seen.database.needed_revision,
        "database bytes": seen.database.size,
        "disk free bytes": seen.disk.free,
        "last backup": last.at if last else None,
        "backup file": f"{last.file} ({last.host})" if last else None,
        "backup bytes": last.size if last else None,
        "backup verified": last.verified_at if last else None,
        "backup is sound": last.is_sound if last else None,
        "letters given up": seen.dead_letters,
        "packs in force": [f"{one.name} {one.version}" for one in seen.packs],
    })  # fmt: skip
    out.table(
        ("process", "host", "pid", "since", "last seen", "state", "works on"),
        [
            (
                one.name,
                one.host,
                one.pid,
                one.started_at,
                one.seen_at,
                one.state,
                [work.name for work in one.work],
            )
            for one in seen.beats
        ],
    )
    out.table(
        ("queue", "name", "waiting", "oldest"),
        [(one.kind, one.name, one.waiting, one.oldest_at) for one in seen.queues],
    )
