"""`yuzhi routing`: why a matter went where it went, and where the rows of a file would go."""

import asyncio
import csv
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import asyncpg
import typer
from msgspec import Struct, to_builtins

from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office, RouteView, Said, by_number, route_of, would_route
from yuzhi.capabilities.understanding.advising import RouteAdvice
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output

app = group("Routing: explain a matter's route, try the rules on a file.")

COLUMNS = ("subject", "detail", "kind", "channel", "urgency", "category", "territory")


@dataclass(frozen=True)
class Opened:
    """An open office, its database, and what past matters teach of where a matter goes, in words."""

    office: Office
    pool: asyncpg.Pool
    learnt: Callable[[UUID], Awaitable[RouteAdvice]]


class Explained(Struct, frozen=True):
    """What the rules decided when the matter was opened, and what past matters teach about it today."""

    ruled: RouteView
    learnt: RouteAdvice


@dataclass(frozen=True)
class Needs:
    """How the office is opened."""

    open: Callable[[], AbstractAsyncContextManager[Opened]]


@app.command()
def explain(ctx: typer.Context, matter: str, *, json: JsonFlag = False) -> None:
    """Say which rule sent MATTER (its number or id) where, and which rules were passed over before it.

    Then the units that past matters teach, and whether it may go to the first of them by itself.
    """
    out = Output(json=json)
    explained = asyncio.run(_explain(needed(ctx, Needs), matter))
    if json:
        out.data({**to_builtins(explained.ruled), "learnt": explained.learnt})
        return
    found, learnt = explained.ruled, explained.learnt
    out.facts(
        {
            "matter": found.number,
            "category": found.category,
            "territory": found.territory,
            "rule": found.rule,
            "lead": found.lead or "desk",
            "co-handlers": ", ".join(found.co_handlers),
        }
    )
    out.table(("no", "rule", "result"), list(_trace(found)))
    out.table(
        ("unit", "name", "chance", "evidence"),
        [(one.unit, one.name, one.probability, one.reason) for one in learnt.units],
        title="units that past matters teach",
    )
    if found.later is not None:
        out.facts({"sent by itself": found.later.lead, "at": found.later.at, "why": found.later.reason})
    else:
        out.facts({"goes by itself": learnt.goes_by_itself, "why": learnt.trace})


@app.command("dry-run")
def dry_run(
    ctx: typer.Context,
    file: Path,
    *,
    procedure: Annotated[str, typer.Option(help="The procedure whose rules to try.")] = "citizen-request",
    json: JsonFlag = False,
) -> None:
    """Try the rules on FILE: a CSV of subject, detail, kind, channel, urgency, category, territory."""
    out = Output(json=json)
    rows = list(_rows(file))
    found = asyncio.run(_dry_run(needed(ctx, Needs), procedure, [said for _, said in rows]))
    told = [
        (line, said.subject[:30], view.category, view.rule, view.lead or "desk")
        for (line, said), view in zip(rows, found, strict=True)
    ]
    out.table(("line", "subject", "category", "rule", "lead"), told)
    if not json:
        fired = Counter(view.rule for view in found)
        out.table(("rule", "rows"), fired.most_common(), title="by rule")


async def _explain(needs: Needs, matter: str) -> Explained:
    async with needs.open() as opened:
        try:
            id_ = UUID(matter)
        except ValueError:
            found = await by_number(opened.pool, matter) if is_matter_number(matter) else None
            if found is None:
                raise Refusal("matter.not_found", matter=matter[:40]) from None
            id_ = found
        return Explained(await route_of(opened.office, id_), await opened.learnt(id_))


async def _dry_run(needs: Needs, procedure: str, said: list[Said]) -> list[RouteView]:
    async with needs.open() as opened:
        return [would_route(opened.office, procedure, one) for one in said]


def _trace(view: RouteView) -> Iterator[tuple[int, str, str]]:
    for no, rule in enumerate(view.passed, start=1):
        name, _, why = rule.partition("!")
        yield no, name, "its unit does not exist here" if why else "does not hold"
    yield len(view.passed) + 1, view.rule, "fired" if view.lead else "to the desk"


def _rows(file: Path) -> Iterator[tuple[int, Said]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            if unknown := sorted(set(reader.fieldnames or ()) - set(COLUMNS)):
                raise Refusal("routing.unknown_columns", file=str(file), columns=unknown, allowed=COLUMNS)
            for row in reader:
                yield reader.line_num, Said(**{name: row.get(name) or "" for name in COLUMNS})
    except (OSError, UnicodeDecodeError, csv.Error) as trouble:
        raise Refusal("routing.file_unreadable", file=str(file), trouble=str(trouble)) from trouble
