"""`yuzhi territory`: bring in lists and boundaries, find a place by point or words, re-organise."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory import (
    Change,
    ChangeKind,
    Datum,
    describe_import,
    load_atlas,
    load_terrain,
    read_edition,
    save_import,
)
from yuzhi.capabilities.territory import reorganise as record
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import DryRun, JsonFlag, Output

app = group("Territories: import, locate, find, re-organise.")


@dataclass(frozen=True)
class Needs:
    """What these commands are handed: a way to the database, who types, the time and the city's zone."""

    connect: Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
    actor: str
    now: Callable[[], datetime]
    zone: ZoneInfo

    def today(self) -> date:
        """Return the city's own date."""
        return self.now().astimezone(self.zone).date()


class _ChangeInFile(
    msgspec.Struct, forbid_unknown_fields=True, rename={"from_codes": "from", "to_codes": "to"}
):
    kind: ChangeKind
    on: date
    from_codes: list[str]
    to_codes: list[str]
    basis: str = ""
    names: dict[str, str] = {}


class _Act(msgspec.Struct, forbid_unknown_fields=True):
    change: list[_ChangeInFile]


@app.command("import")
def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV lists, GeoJSON boundaries.")],
    *,
    under: Annotated[str | None, typer.Option(help="Take only what is under this code.")] = None,
    datum: Annotated[
        str | None, typer.Option(help="Of coordinates whose file states none: WGS84, GCJ02.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of the CSV files.")] = "utf-8",
    mend: Annotated[bool, typer.Option("--mend", help="Repair boundaries that cross themselves.")] = False,
    close_missing_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="End what the lists leave out, on this day.")
    ] = None,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Bring in lists of territories and landmarks and their boundaries: all of them or nothing."""
    needs, out = needed(ctx, Needs), Output(json=json)
    if datum not in {None, "WGS84", "GCJ02"}:
        raise Refusal("territory.datum_unknown", datum=datum)
    given: Datum | None = "GCJ02" if datum == "GCJ02" else "WGS84" if datum else None

    async def work() -> dict[str, object]:
        async with needs.connect() as connection:
            atlas = await load_atlas(connection)
            edition = read_edition(files, under=under, atlas=atlas, datum=given, encoding=encoding, mend=mend)
            told: dict[str, object] = msgspec.to_builtins(describe_import(edition))
            if not dry_run:
                closing = close_missing_on.date() if close_missing_on else None
                saved = await save_import(
                    connection, edition, actor=needs.actor, now=needs.now(), close_missing_on=closing
                )
                told |= msgspec.to_builtins(saved)
            return told

    with out.progress("territories"):
        told = asyncio.run(work())
    out.facts(told)


@app.command()
def locate(
    ctx: typer.Context,
    lon: Annotated[float, typer.Argument(help="Degrees east, WGS-84.")],
    lat: Annotated[float, typer.Argument(help="Degrees north, WGS-84.")],
    *,
    json: JsonFlag = False,
) -> None:
    """Name the smallest territory around a point."""
    needs = needed(ctx, Needs)

    async def work() -> dict[str, object]:
        async with needs.connect() as connection:
            terrain = await load_terrain(connection, needs.today())
        code = terrain.locator.locate(lon, lat)
        if code is None:
            raise Refusal("territory.nowhere", lon=lon, lat=lat)
        return {"code": code, "name": terrain.atlas.full_name(code), "level": terrain.atlas[code].level}

    Output(json=json).facts(asyncio.run(work()))


@app.command()
def find(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="What somebody said about where it is.")],
    *,
    within: Annotated[str | None, typer.Option(help="Only under this code.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="At most so many guesses.")] = 5,
    json: JsonFlag = False,
) -> None:
    """Find the places a text may mean, each with its reason."""
    needs = needed(ctx, Needs)

    async def work() -> list[tuple[object, ...]]:
        async with needs.connect() as connection:
            terrain = await load_terrain(connection, needs.today())
        guesses = terrain.gazetteer.find(text, within, limit=limit)
        return [
            (one.code, terrain.atlas.full_name(one.code), one.name, one.score, one.why.zh) for one in guesses
        ]

    Output(json=json).table(("code", "territory", "named", "score", "why"), asyncio.run(work()))


@app.command()
def reorganise(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML: [[change]] with kind, on, from, to[, names, basis].")],
    *,
    json: JsonFlag = False,
) -> None:
    """Record an act of re-organisation: merge, split, rename, transfer; old matters are still found."""
    needs = needed(ctx, Needs)
    changes = _read_act(file)

    async def work() -> dict[str, object]:
        async with needs.connect() as connection:
            done = await record(connection, changes, actor=needs.actor, now=needs.now())
        told: dict[str, object] = msgspec.to_builtins(done)
        return told

    Output(json=json).facts(asyncio.run(work()))


def _read_act(file: Path) -> list[Change]:
    try:
        act = msgspec.toml.decode(file.read_bytes(), type=_Act)
    except (OSError, ValueError) as trouble:
        raise Refusal("territory.act_unreadable", file=str(file), trouble=str(trouble)) from trouble
    return [
        Change(one.kind, one.on, tuple(one.from_codes), tuple(one.to_codes), one.basis, one.names)
        for one in act.change
    ]
