"""`yuzhi worker`: clocks that come due and letters that go out, until told to stop. Any number may run."""

from collections.abc import Callable
from dataclasses import dataclass

import typer

from yuzhi.doors.cli import needed
from yuzhi.doors.cli.output import JsonFlag, Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@dataclass(frozen=True)
class Needs:
    """What runs the worker; it calls back once it works."""

    run: Callable[[Callable[[], None]], None]


@app.command()
def worker(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Work off clocks and letters."""
    out = Output(json=json)
    needed(ctx, Needs).run(lambda: out.facts({"worker": "ready"}))
