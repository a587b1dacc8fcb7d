"""The root command: a table of groups, each loaded on its first call, and the one way to fail."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pkgutil import resolve_name
from typing import Annotated, Any, Protocol, TypeVar, cast

import typer
from typer.core import TyperCommand, TyperGroup

from yuzhi.base.refusal import Refusal
from yuzhi.doors.cli._failure import open_streams, tell_refusal
from yuzhi.doors.wording import Language

Needs = TypeVar("Needs")


class Supply(Protocol):
    """Makes what a command must be handed, when it asks for it."""

    def __call__(self, kind: type[Needs], /) -> Needs:
        """Return the `Needs` of a command module."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line of the table: the command's name, where its Typer app is (`module:name`), and its help line.

    `needs` names (`module:name`) the function that makes the module's `Needs`; empty if it has none.
    """

    name: str
    app: str
    help: str
    needs: str = ""


class _Deferred(TyperCommand):
    """A command known by its name and help line, whose module is loaded when it is called."""

    def __init__(self, command: Command) -> None:
        super().__init__(name=command.name, help=command.help, rich_markup_mode=None)
        self._app = command.app

    def make_context(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401 -- the shape is Typer's own
        """Hand over to the real command: whatever is invoked or helped from here on is that one."""
        app = cast("typer.Typer", resolve_name(self._app))
        return typer.main.get_command(app).make_context(*args, **more)


def group(help: str) -> typer.Typer:  # noqa: A002 -- Typer's word for it
    """Return an empty app for a group's commands; `help` is what `yuzhi GROUP --help` says of it.

    A group stays a group even with one command; a command without a group (such as `serve`) makes
    its app with `typer.Typer(rich_markup_mode=None, add_completion=False)`.
    """
    app = typer.Typer(help=help, no_args_is_help=True, rich_markup_mode=None, add_completion=False)
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    """Stand where Typer wants a callback, so that a group of one command is still a group."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"yuzhi {version('yuzhi')}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Yuzhi 域治: a whole city governed together. Settings: YUZHI_* (docs/settings.md)."""


def program(commands: Iterable[Command]) -> TyperGroup:
    """Return the root command with one deferred command per line of the table."""
    app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    app.callback()(_root)
    root = typer.main.get_group(app)
    for command in commands:
        root.add_command(_Deferred(command))
    return root


def needed(ctx: typer.Context, kind: type[Needs]) -> Needs:
    """Return what a command must be handed, made now and not before (so that `--help` needs nothing)."""
    supply = cast("Supply", ctx.find_root().obj)
    return supply(kind)


def run(
    commands: Iterable[Command],
    supply: Supply,
    *,
    language: Language = "en",
    words: Sequence[str] | None = None,
) -> None:
    """Run the command line (`words`, or the process's own) and exit: 0 done, 1 refused, 2 misspelt."""
    words = sys.argv[1:] if words is None else words
    open_streams()
    try:
        program(commands).main(args=list(words), prog_name="yuzhi", obj=supply)
    except Refusal as refusal:
        tell_refusal(refusal, language=language, as_json="--json" in words)
        sys.exit(1)
