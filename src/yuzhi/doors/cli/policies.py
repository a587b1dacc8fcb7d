"""`yuzhi policies`: bring policy answers in from a list, find them, withdraw them."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import asyncpg
import typer

from yuzhi.capabilities import policies
from yuzhi.capabilities.policies import FoundPolicy, KeptPolicy, PolicyView, read_policies
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import DryRun, JsonFlag, ListFile, Output

app = group("Policy answers: import a list, find, list, withdraw.")


@dataclass(frozen=True)
class Needs:
    """How the database is reached, who types, what time it is, and which day that is in the city."""

    open: Callable[[], AbstractAsyncContextManager[asyncpg.Pool]]
    actor: str
    now: Callable[[], datetime]
    day_of: Callable[[datetime], date]


@app.command("import")
def import_policies(
    ctx: typer.Context,
    file: ListFile,
    *,
    dry_run: DryRun = False,
    json: JsonFlag = False,
) -> None:
    """Bring in answers: id, question, answer, source[, topic, valid_from, valid_to]."""
    needs, out = needed(ctx, Needs), Output(json=json)
    found = read_policies(file)

    async def take() -> int:
        async with needs.open() as pool:
            return await policies.save(pool, found, actor=needs.actor, now=needs.now())

    out.facts({"read": len(found), "saved": 0 if dry_run else asyncio.run(take())})


@app.command("find")
def find_policies(
    ctx: typer.Context,
    words: Annotated[str, typer.Argument(help="What somebody asks, in their own words.")],
    *,
    most: Annotated[int, typer.Option("--most", min=1, max=100, help="How many at most.")] = 5,
    json: JsonFlag = False,
) -> None:
    """Find the answers that fit a question, the best first."""
    needs, out = needed(ctx, Needs), Output(json=json)

    async def ask() -> tuple[FoundPolicy, ...]:
        async with needs.open() as pool:
            return await policies.find(pool, words, needs.day_of(needs.now()), most=most)

    found = asyncio.run(ask())
    if json:
        out.data(found)
        return
    out.table(("fits", "id", "question"), [(one.fits, one.policy.id, one.policy.question) for one in found])


@app.command("list")
def list_policies(
    ctx: typer.Context,
    *,
    topic: Annotated[str, typer.Option(help="Only those of this topic.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Those to come and those that are over, too; of any topic.")
    ] = False,
    after: Annotated[str, typer.Option(help="The id where the page before ended.")] = "",
    most: Annotated[int, typer.Option("--most", min=1, max=100, help="How many at most.")] = 50,
    json: JsonFlag = False,
) -> None:
    """List the answers that are valid today."""
    needs, out = needed(ctx, Needs), Output(json=json)

    async def ask() -> tuple[PolicyView, ...]:
        async with needs.open() as pool:
            today = needs.day_of(needs.now())
            return await policies.listed(pool, today, topic=topic, after=after, most=most)

    async def ask_all() -> tuple[KeptPolicy, ...]:
        async with needs.open() as pool:
            return await policies.kept(pool, needs.day_of(needs.now()), after=after, most=most)

    if everything:
        every = asyncio.run(ask_all())
        if json:
            out.data(every)
            return
        out.table(
            ("id", "question", "from", "until", "state"),
            [
                (one.policy.id, one.policy.question, one.policy.valid_from, one.policy.valid_to, one.state)
                for one in every
            ],
        )
        return
    found = asyncio.run(ask())
    if json:
        out.data(found)
        return
    out.table(
        ("id", "question", "topic", "until"),
        [(one.id, one.question, one.topic, one.valid_to) for one in found],
    )


@app.command("withdraw")
def withdraw_policy(
    ctx: typer.Context,
    policy: Annotated[str, typer.Argument(help="The answer's id.")],
    *,
    json: JsonFlag = False,
) -> None:
    """Withdraw an answer for good."""
    needs, out = needed(ctx, Needs), Output(json=json)

    async def take() -> None:
        async with needs.open() as pool:
            await policies.withdraw(pool, policy, actor=needs.actor, now=needs.now())

    asyncio.run(take())
    out.facts({"withdrawn": policy})
