"""`yuzhi mediators`: bring the directory of mediators in from a list, and show it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from yuzhi.capabilities.mediators import MediatorView, directory, read_mediators, save
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import DryRun, JsonFlag, ListFile, Output

app = group("Mediators: import a list, show the directory.")

COLUMNS = ("id", "name", "kind", "unit", "fields", "languages", "territories", "cases", "most")


@dataclass(frozen=True)
class Needs:
    """How the cases are opened, who types, and what time it is."""

    open: Callable[[], AbstractAsyncContextManager[CaseRoom]]
    actor: str
    now: Callable[[], datetime]


@app.command("import")
def import_mediators(
    ctx: typer.Context,
    file: ListFile,
    *,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Bring in mediators: id, name, kind, unit[, post, fields, languages, territories, interests, …]."""
    needs, out = needed(ctx, Needs), Output(json=json)
    found = read_mediators(file)

    async def take() -> int:
        async with needs.open() as room:
            return await save(room, found, actor=needs.actor, now=needs.now())

    out.facts({"read": len(found), "saved": 0 if dry_run else asyncio.run(take())})


@app.command("list")
def list_mediators(
    ctx: typer.Context,
    *,
    field: Annotated[str, typer.Option(help="Only those of this field.")] = "",
    territory: Annotated[str, typer.Option(help="Only those who work there.")] = "",
    after: Annotated[str, typer.Option(help="The id where the page before ended.")] = "",
    most: Annotated[int, typer.Option("--most", min=1, max=200, help="How many at most.")] = 50,
    json: JsonFlag = False,
) -> None:
    """List mediators by id, with how many cases they have. Nobody is ranked."""
    needs, out = needed(ctx, Needs), Output(json=json)

    async def ask() -> tuple[MediatorView, ...]:
        async with needs.open() as room:
            return await directory(
                room.pool, shows_load=True, field=field, territory=territory, after=after, most=most
            )

    found = asyncio.run(ask())
    if json:
        out.data(found)
        return
    out.table(
        COLUMNS,
        [
            (one.id, one.name, one.kind, one.unit, one.fields, one.languages, one.territories, one.cases,
             one.most_cases)
            for one in found
        ],
    )  # fmt: skip
