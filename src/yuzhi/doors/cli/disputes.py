"""`yuzhi disputes`: what became of disputes; where, when and of what kind they are; never who is in them."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import asyncpg
import typer

from yuzhi.base.actor import Actor
from yuzhi.capabilities.mediation import FiguresView, Share, figures
from yuzhi.capabilities.screening import PROCEDURE, AnalysisView, analysis
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output

app = group("Disputes: figures with denominators, and where and when they arise.")

ByFigure = Literal["road", "centre", "kind", "district", "town", "month"]
ByPlace = Literal[
    "kind", "district", "town", "community", "grid", "month", "season", "weekday", "urgency", "level"
]
FIGURES = (
    "group", "accepted", "ended", "agreed", "performed", "broken", "confirmed", "to court", "days to agree",
    "days to end",
)  # fmt: skip
SPREAD = ("group", "noted", "open", "settled", "guided", "late", "urgent", "days")
Day = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="From this day on.")]
Until = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Before this day.")]
Territory = Annotated[str, typer.Option(help="Only disputes of this territory, former codes included.")]


@dataclass(frozen=True)
class Opened:
    """An open database; `everything` is who sees all of it."""

    pool: asyncpg.Pool
    everything: Actor
    same_ground: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True)
class Needs:
    """How the database is opened, and the zone days are meant in."""

    open: Callable[[], AbstractAsyncContextManager[Opened]]
    zone: ZoneInfo


@app.command("figures")
def show_figures(
    ctx: typer.Context,
    *,
    by: Annotated[ByFigure, typer.Option(help="What to group by.")] = "road",
    territory: Territory = "",
    since: Day = None,
    until: Until = None,
    json: JsonFlag = False,
) -> None:
    """Show what became of disputes: agreed, performed, confirmed, gone to court."""
    needs, out = needed(ctx, Needs), Output(json=json)
    first, past = _period(needs, since, until)

    async def ask() -> tuple[FiguresView, ...]:
        async with needs.open() as opened:
            return await figures(
                opened.pool, opened.everything, by=by, zone=str(needs.zone),
                within=opened.same_ground(territory) if territory else (), opened_from=first, opened_to=past,
            )  # fmt: skip

    found = asyncio.run(ask())
    if json:
        out.data({"by": by, "groups": found})
        return
    shares = [(one.agreed, one.performed, one.broken, one.confirmed, one.to_court) for one in found]
    out.table(
        FIGURES,
        [
            (one.group, one.accepted, one.ended, *map(_told, of), one.days_to_agree, one.days_to_end)
            for one, of in zip(found, shares, strict=True)
        ],
    )


@app.command("screening")
def show_screening(
    ctx: typer.Context,
    *,
    by: Annotated[ByPlace, typer.Option(help="What to group by.")] = "kind",
    territory: Territory = "",
    since: Day = None,
    until: Until = None,
    procedure: Annotated[str, typer.Option(help="Of which procedure.")] = PROCEDURE,
    json: JsonFlag = False,
) -> None:
    """Show where, when and of what kind screened disputes are."""
    needs, out = needed(ctx, Needs), Output(json=json)
    first, past = _period(needs, since, until)

    async def ask() -> tuple[AnalysisView, ...]:
        async with needs.open() as opened:
            return await analysis(
                opened.pool, opened.everything, by=by, zone=str(needs.zone), procedures=(procedure,),
                within=opened.same_ground(territory) if territory else (), opened_from=first, opened_to=past,
            )  # fmt: skip

    found = asyncio.run(ask())
    if json:
        out.data({"by": by, "groups": found})
        return
    out.table(
        SPREAD,
        [
            (one.group, one.noted, one.open, one.settled, one.guided, one.late, one.urgent, one.days)
            for one in found
        ],
    )


def _period(
    needs: Needs, since: datetime | None, until: datetime | None
) -> tuple[datetime | None, datetime | None]:
    first, past = (day.replace(tzinfo=needs.zone) if day else None for day in (since, until))
    return first, past


def _told(share: Share) -> str:
    return "-" if share.share is None else f"{share.share:.1%} ({share.count}/{share.of})"
