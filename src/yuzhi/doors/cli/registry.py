"""`yuzhi registry`: bring in units and posts, and list them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import typer

from yuzhi.capabilities.registry import (
    ImportView,
    Roster,
    load_roster,
    read_deputies,
    read_people,
    read_posts,
    read_shifts,
    read_units,
    save_deputies,
    save_people,
    save_posts,
    save_shifts,
    save_units,
)
from yuzhi.capabilities.territory import load_atlas
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import DryRun, JsonFlag, ListFile, Output

app = group("Units and posts: import, list.")
importing = group("Bring in a list from CSV or XLSX: all of it or nothing.")
app.add_typer(importing, name="import")

KnowsTerritory = Callable[[str], bool]
Take = Callable[[asyncpg.Connection, Roster, KnowsTerritory], Awaitable[ImportView | None]]
"""Reads a file against what is known, and saves it unless only asked to check."""


@dataclass(frozen=True)
class Needs:
    """What these commands are handed; `kinds` and `duties` are the words of the packs, if any are known."""

    connect: Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
    actor: str
    now: Callable[[], datetime]
    zone: ZoneInfo
    kinds: frozenset[str] = frozenset()
    duties: frozenset[str] = frozenset()

    def today(self) -> date:
        """Return the city's own date."""
        return self.now().astimezone(self.zone).date()


@importing.command("units")
def import_units(
    ctx: typer.Context,
    file: ListFile,
    *,
    any_kind: Annotated[
        bool, typer.Option("--any-kind", help="Take kinds of unit that no pack sends anything to.")
    ] = False,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Bring in units: code, name, kind, territory[, parent, valid_from, valid_to, phone, address]."""
    needs = needed(ctx, Needs)

    async def take(
        connection: asyncpg.Connection, roster: Roster, knows: KnowsTerritory
    ) -> ImportView | None:
        units = read_units(file, roster, kinds=() if any_kind else needs.kinds, territory=knows)
        return None if dry_run else await save_units(connection, units, actor=needs.actor, now=needs.now())

    _import(needs, take, Output(json=json))


@importing.command("posts")
def import_posts(
    ctx: typer.Context, file: ListFile, *, dry_run: DryRun = False, json: JsonFlag = False
) -> None:
    """Bring in posts: id, person, name, unit, duties[, territory, valid_from, valid_to]."""
    needs = needed(ctx, Needs)

    async def take(
        connection: asyncpg.Connection, roster: Roster, knows: KnowsTerritory
    ) -> ImportView | None:
        posts = read_posts(file, roster, duties=needs.duties, territory=knows)
        return None if dry_run else await save_posts(connection, posts, actor=needs.actor, now=needs.now())

    _import(needs, take, Output(json=json))


@importing.command("people")
def import_people(
    ctx: typer.Context, file: ListFile, *, dry_run: DryRun = False, json: JsonFlag = False
) -> None:
    """Bring in people: id, name."""
    needs = needed(ctx, Needs)

    async def take(
        connection: asyncpg.Connection, _roster: Roster, _knows: KnowsTerritory
    ) -> ImportView | None:
        people = read_people(file)
        return None if dry_run else await save_people(connection, people, actor=needs.actor, now=needs.now())

    _import(needs, take, Output(json=json))


@importing.command("deputies")
def import_deputies(
    ctx: typer.Context, file: ListFile, *, dry_run: DryRun = False, json: JsonFlag = False
) -> None:
    """Bring in who stands in for whom: id, post, acting, valid_from, valid_to[, reason]."""
    needs = needed(ctx, Needs)

    async def take(
        connection: asyncpg.Connection, roster: Roster, _knows: KnowsTerritory
    ) -> ImportView | None:
        found = read_deputies(file, roster)
        return None if dry_run else await save_deputies(connection, found, actor=needs.actor, now=needs.now())

    _import(needs, take, Output(json=json))


@importing.command("shifts")
def import_shifts(
    ctx: typer.Context, file: ListFile, *, dry_run: DryRun = False, json: JsonFlag = False
) -> None:
    """Bring in who is on duty when: id, unit, post, starts_at, ends_at[, role]; times are the city's own."""
    needs = needed(ctx, Needs)

    async def take(
        connection: asyncpg.Connection, roster: Roster, _knows: KnowsTerritory
    ) -> ImportView | None:
        found = read_shifts(file, roster, zone=needs.zone)
        return None if dry_run else await save_shifts(connection, found, actor=needs.actor, now=needs.now())

    _import(needs, take, Output(json=json))


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    territory: Annotated[str, typer.Option(help="Only under this code.")] = "",
    posts: Annotated[bool, typer.Option("--posts", help="List posts, not units.")] = False,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day (today if not given).")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """List the units (or posts) of a day."""
    needs = needed(ctx, Needs)
    day = on.date() if on else needs.today()

    async def load() -> Roster:
        async with needs.connect() as connection:
            return await load_roster(connection)

    roster = asyncio.run(load())
    if posts:
        held = [
            one for one in roster.posts.values() if one.is_valid(day) and one.territory.startswith(territory)
        ]
        rows = [
            (one.id, roster.people[one.person].name, one.unit, ", ".join(one.duties), one.territory)
            for one in held
        ]
        Output(json=json).table(("post", "person", "unit", "duties", "territory"), rows)
        return
    units = [
        one for one in roster.units.values() if one.is_valid(day) and one.territory.startswith(territory)
    ]
    Output(json=json).table(
        ("unit", "name", "kind", "territory", "parent"),
        [(one.code, one.name, one.kind, one.territory, one.parent) for one in units],
    )


def _import(needs: Needs, take: Take, out: Output) -> None:
    async def work() -> ImportView | None:
        async with needs.connect() as connection:
            atlas = await load_atlas(connection)
            return await take(connection, await load_roster(connection), atlas.__contains__)

    with out.progress("registry"):
        done = asyncio.run(work())
    out.facts({"sound": True} if done is None else msgspec.to_builtins(done))
