"""The command line: `yuzhi GROUP COMMAND`, one module per group, none imported before it is called.

How a group is written, say `doors/cli/db.py`:

- the module has `app = group("...")`, and each `@app.command()` a one-line docstring;
- what it must be handed (paths, an address, a way to open the database) is a frozen dataclass
  `Needs` in the same module; a command takes `ctx: typer.Context` and calls `needed(ctx, Needs)`;
- `yuzhi.wiring` lists the group in `COMMANDS` with its help line and the function that makes its
  `Needs` out of the settings, both as `module:name`, so that they are loaded when they are called;
- what a command tells goes through `output.Output`; what it refuses is raised as a `Refusal`, which
  `run` turns into words, the next thing to do and exit code 1.

A door never reads settings and never imports another door.
"""

from yuzhi.doors.cli._program import Command, Supply, group, needed, run

__all__ = ["Command", "Supply", "group", "needed", "run"]
