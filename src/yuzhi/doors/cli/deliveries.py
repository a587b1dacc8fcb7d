"""`yuzhi deliveries`: what became of letters, what could not be delivered, and sending it again."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.deliveries import DeliveriesPage, DeliveryView, deliveries, resend, trace
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output

app = group("Deliveries: list, show, send again; those that failed for good.")

COLUMNS = ("id", "matter", "letter", "to", "channel", "state", "attempts", "created", "reason")
Most = Annotated[int, typer.Option("--most", min=1, max=200, help="How many at most.")]


@dataclass(frozen=True)
class Needs:
    """How the database is opened, and what time it is."""

    open: Callable[[], AbstractAsyncContextManager[asyncpg.Pool]]
    now: Callable[[], datetime]


@app.command("list")
def list_deliveries(
    ctx: typer.Context,
    *,
    state: Annotated[str, typer.Option(help="queued, sending, sent, acknowledged or dead.")] = "",
    channel: Annotated[str | None, typer.Option(help="A channel's name; '' is the inbox.")] = None,
    after: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    most: Most = 50,
    json: JsonFlag = False,
) -> None:
    """List deliveries, newest first."""

    async def ask(needs: Needs) -> DeliveriesPage:
        async with needs.open() as pool:
            return await deliveries(pool, None, state=state, channel=channel, after=after, most=most)

    _tell(Output(json=json), asyncio.run(ask(needed(ctx, Needs))))


@app.command("dead")
def dead(ctx: typer.Context, *, most: Most = 50, json: JsonFlag = False) -> None:
    """List deliveries that failed for good. Exit 1 if there are any, for whoever watches."""

    async def ask(needs: Needs) -> DeliveriesPage:
        async with needs.open() as pool:
            return await deliveries(pool, None, state="dead", most=most)

    page = asyncio.run(ask(needed(ctx, Needs)))
    _tell(Output(json=json), page)
    if page.rows:
        raise typer.Exit(1)


@app.command("show")
def show(ctx: typer.Context, delivery: UUID, *, json: JsonFlag = False) -> None:
    """Show a delivery with every attempt and its reason, and the same letter's other ways."""
    needs, out = needed(ctx, Needs), Output(json=json)

    async def ask() -> None:
        async with needs.open() as pool:
            found = await trace(pool, None, delivery)
        if json:
            out.data(found)
            return
        out.table(COLUMNS, [_row(one) for one in (found.delivery, *found.others)])
        attempts = [(one.no, one.at, one.outcome, one.reason) for one in found.attempts]
        out.table(("attempt", "at", "outcome", "reason"), attempts)

    asyncio.run(ask())


@app.command("resend")
def send_again(ctx: typer.Context, delivery: list[UUID], *, json: JsonFlag = False) -> None:
    """Send deliveries that failed for good once more."""
    needs, out = needed(ctx, Needs), Output(json=json)

    async def ask() -> None:
        async with needs.open() as pool:
            for one in delivery:
                if not await resend(pool, one, needs.now()):
                    raise Refusal("delivery.not_dead", delivery=str(one))

    asyncio.run(ask())
    out.facts({"queued": len(delivery)})


def _tell(out: Output, page: DeliveriesPage) -> None:
    if out.is_json:
        out.data(page)
        return
    out.table(COLUMNS, [_row(one) for one in page.rows])
    if page.next:
        out.note(f"--after {page.next}")


def _row(one: DeliveryView) -> tuple[object, ...]:
    return (
        one.id, one.number, one.letter, one.unit or one.audience, one.channel or "inbox", one.state,
        one.attempts, one.created_at, one.reason,
    )  # fmt: skip
