"""What a command tells: tables, facts, lines and progress, for eyes or (with `--json`) for programs."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Protocol

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of words for eyes.")]
"""The type of a command's `json` argument; every command that tells something has one."""
ListFile = Annotated[Path, typer.Argument(metavar="FILE", help="CSV (UTF-8 or GB 18030) or XLSX.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only read and check.")]
"""The types of a command's arguments that brings in a list."""


WIDE = 10_000  # columns


class Advance(Protocol):
    """Moves a progress bar on."""

    def __call__(self, amount: int = 1, /) -> None:
        """Say that `amount` more is done."""


class Output:
    """Where one command's answer goes: standard output for the answer, standard error for the way there."""

    def __init__(self, *, json: bool = False) -> None:
        self.is_json = json
        # Into a file or a pipe a table is as wide as it needs to be: nobody there can widen a window.
        width = None if sys.stdout.isatty() else WIDE
        self._out = Console(file=sys.stdout, highlight=False, soft_wrap=True, width=width)
        self._err = Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """Print a line for eyes; silent under `--json`."""
        if not self.is_json:
            self._out.print(text, markup=False)

    def note(self, text: str) -> None:
        """Print a remark to standard error, so that a piped answer stays clean; silent under `--json`."""
        if not self.is_json:
            self._err.print(text, markup=False)

    def facts(self, facts: Mapping[str, object]) -> None:
        """Print named values: one a line, or one JSON object."""
        if self.is_json:
            return self.data(facts)
        width = max((len(name) for name in facts), default=0)
        for name, value in facts.items():
            self._out.print(f"{name:<{width}}  {_told(value)}", markup=False)
        return None

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
        """Print rows under column names: a table, or a JSON array of objects."""
        if self.is_json:
            return self.data([dict(zip(columns, row, strict=True)) for row in rows])
        table = Table(*columns, title=title or None, title_justify="left", header_style="bold")
        for row in rows:
            table.add_row(*(_told(cell) for cell in row))
        self._out.print(table, markup=False)
        return None

    def data(self, data: object) -> None:
        """Print anything msgspec can encode as JSON, indented, in UTF-8."""
        plain = msgspec.to_builtins(data, enc_hook=str, str_keys=True)
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, indent=2) + "\n")

    @contextmanager
    def progress(self, what: str, *, total: int | None = None) -> Iterator[Advance]:
        """Show a bar on standard error while long work runs; yield what moves it on.

        It shows only at a terminal: logs and pipes get nothing. `total` None means the end is not known.
        """
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._err,
            transient=True,
            disable=self.is_json or not self._err.is_terminal,
        )
        with bar:
            task = bar.add_task(what, total=total)
            yield lambda amount=1: bar.advance(task, amount)


def _told(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, (tuple, list, frozenset)):
        return ", ".join(_told(one) for one in value) or "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_told(one)}" for name, one in value.items()) or "-"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return str(value)
