"""`yuzhi rates`: received, on time, solved, satisfied, each with what it was counted from."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import asyncpg
import typer

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters import By, Filters, Rate, RatesView, rates
from yuzhi.doors.cli import needed
from yuzhi.doors.cli.output import JsonFlag, Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)

COLUMNS = (
    "group", "received", "open", "overdue", "answered", "on time", "solved", "satisfied", "returned",
    "disputed",
)  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """An open database; `everything` is who sees all of it, `name_of` names a unit or a territory."""

    pool: asyncpg.Pool
    everything: Actor
    same_ground: Callable[[str], tuple[str, ...]]
    name_of: Callable[[str], str]


@dataclass(frozen=True)
class Needs:
    """How the database is opened, what time it is, and the zone days are meant in."""

    open: Callable[[], AbstractAsyncContextManager[Opened]]
    now: Callable[[], datetime]
    zone: ZoneInfo


@app.command(name="rates")
def show_rates(
    ctx: typer.Context,
    *,
    by: Annotated[By, typer.Option(help="What to group by.")] = "unit",
    territory: Annotated[
        str, typer.Option(help="Only matters of this territory, former codes included.")
    ] = "",
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Opened from this day on.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Opened before this day.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show rates: on time of the limits met or broken; solved and satisfied of the verdicts given."""
    out, needs = Output(json=json), needed(ctx, Needs)
    period = [day.replace(tzinfo=needs.zone) if day else None for day in (since, until)]
    found, name_of = asyncio.run(_rates(needs, by, territory, period[0], period[1]))
    if json:
        out.data({"by": by, "groups": found})
        return
    out.table(COLUMNS, [_row(one, name_of) for one in found])


async def _rates(
    needs: Needs, by: By, territory: str, since: datetime | None, until: datetime | None
) -> tuple[tuple[RatesView, ...], Callable[[str], str]]:
    async with needs.open() as opened:
        within = opened.same_ground(territory) if territory else ()
        found = await rates(
            opened.pool,
            opened.everything,
            Filters(within=within, opened_from=since, opened_to=until),
            by=by,
            now=needs.now(),
            zone=needs.zone,
        )
        return found, opened.name_of


def _row(one: RatesView, name_of: Callable[[str], str]) -> tuple[object, ...]:
    return (
        name_of(one.group) if one.group else "-",
        one.received,
        one.open,
        one.overdue,
        _told(one.answered),
        _told(one.on_time),
        _told(one.solved),
        _told(one.satisfied),
        _told(one.returned),
        _told(one.disputed),
    )


def _told(rate: Rate) -> str:
    return "-" if rate.share is None else f"{rate.share:.1%} ({rate.count}/{rate.of})"
