"""`yuzhi serve`: the API on its database, until told to stop."""

from collections.abc import Callable
from dataclasses import dataclass

import typer

from yuzhi.doors.cli import needed
from yuzhi.doors.cli.output import JsonFlag, Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@dataclass(frozen=True)
class Needs:
    """What runs the API; it calls back with the address once it serves."""

    run: Callable[[Callable[[str], None]], None]


@app.command()
def serve(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Serve the API; the embedded database is started, or joined, and migrated first."""
    out = Output(json=json)
    needed(ctx, Needs).run(
        lambda address: out.facts({"serving": address, "openapi": f"{address}/openapi.json"})
    )
