"""`yuzhi journal`: is it whole, and the read tables anew from it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated

import asyncpg
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import search
from yuzhi.capabilities.matters import ThreadPart, Verified, by_number, rebuild, verify, whole_thread
from yuzhi.capabilities.packs import Shelf
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.postgres.store import PostgresStore

app = group("The journal: verify it, build the read tables anew from it.")


@dataclass(frozen=True)
class Opened:
    """An open database."""

    pool: asyncpg.Pool
    store: PostgresStore
    shelf: Shelf


@dataclass(frozen=True)
class Needs:
    """How the database is opened."""

    open: Callable[[], AbstractAsyncContextManager[Opened]]


@app.command("verify")
def verify_journal(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Check every entry: its hash, its place, its columns, and that each matter folds. Exit 1 on a fault."""
    out = Output(json=json)
    found = asyncio.run(_verify(needed(ctx, Needs), out))
    if json:
        out.data(found)
    else:
        out.facts({"matters": found.matters, "entries": found.entries, "faults": len(found.faults)})
        if found.faults:
            rows = [(fault.matter, fault.seq, fault.code, fault.detail) for fault in found.faults]
            out.table(("matter", "entry", "fault", "detail"), rows)
    if found.faults:
        raise typer.Exit(1)


@app.command("thread")
def show_thread(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The number of any matter of the thread.")],
    *,
    json: JsonFlag = False,
) -> None:
    """Show every matter a dispute went through by hand-overs, the oldest first."""
    out = Output(json=json)
    found = asyncio.run(_thread(needed(ctx, Needs), number))
    if json:
        out.data(found)
        return
    rows = [
        (one.number, one.procedure, one.state, one.outcome, one.came_over, one.from_number, one.lead_unit)
        for one in found
    ]
    out.table(("number", "procedure", "state", "outcome", "hand-over", "from", "unit"), rows)


@app.command("rebuild")
def rebuild_read_tables(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Empty the read tables and build them anew from the entries, in one transaction."""
    out = Output(json=json)
    out.facts({"matters": asyncio.run(_rebuild(needed(ctx, Needs), out))})


async def _verify(needs: Needs, out: Output) -> Verified:
    async with needs.open() as opened:
        with out.progress("verifying", total=None) as advance:
            return await verify(opened.store, _moving(advance))


async def _thread(needs: Needs, number: str) -> tuple[ThreadPart, ...]:
    async with needs.open() as opened:
        matter = await by_number(opened.pool, number)
        if matter is None:
            raise Refusal("matter.not_found", matter=number[:40])
        return await whole_thread(opened.store, matter)


async def _rebuild(needs: Needs, out: Output) -> int:
    async with needs.open() as opened:
        with out.progress("rebuilding", total=None) as advance:
            async with acquired(opened.pool) as conn:
                found = await rebuild(conn, opened.store.within(conn), opened.shelf, _moving(advance))
        with out.progress("indexing words", total=found) as advance:
            await search.rebuild(opened.pool, _moving(advance))
    return found


def _moving(advance: Callable[[int], None]) -> Callable[[int], None]:
    """Turn a running total into steps of a bar."""
    seen = 0

    def moved(total: int) -> None:
        nonlocal seen
        advance(total - seen)
        seen = total

    return moved
