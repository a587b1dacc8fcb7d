"""`yuzhi sensors`: judge readings until told to stop, load the list of sensors, tell how they are."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import sensors
from yuzhi.capabilities.territory import load_atlas
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output

app = group("Sensors: judge readings, load the list, status.")


@dataclass(frozen=True)
class Needs:
    """What these commands are handed; `run` calls back once readings are taken in."""

    run: Callable[[Callable[[], None]], None]
    connect: Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
    now: Callable[[], datetime]


@app.command("run")
def run(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Judge readings by the packs' rules until stopped. A second one waits until the first is gone."""
    out = Output(json=json)
    needed(ctx, Needs).run(lambda: out.facts({"sensors": "ready"}))


@app.command("load")
def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV: id, name, territory, lon, lat, place.")],
    *,
    json: JsonFlag = False,
) -> None:
    """Bring in where sensors stand; the list is taken whole or not at all."""
    needs, out = needed(ctx, Needs), Output(json=json)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        raise Refusal("file.unreadable", file=str(file), trouble=str(trouble)) from trouble

    async def save() -> tuple[int, int]:
        async with needs.connect() as conn:
            atlas = await load_atlas(conn)
            read = sensors.read_sensors(text, source=str(file), knows_territory=atlas.__contains__)
            return len(read), await sensors.save_sensors(conn, read, needs.now())

    read, changed = asyncio.run(save())
    out.facts({"sensors": read, "changed": changed})


@app.command("status")
def status(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Tell alarms that go on, and what was counted, refused and dropped."""
    needs, out = needed(ctx, Needs), Output(json=json)

    async def look() -> sensors.StatusView:
        async with needs.connect() as conn:
            return await sensors.status(conn)

    found = asyncio.run(look())
    if json:
        return out.data(found)
    out.facts(
        {"sensors": found.sensors, "alarmed": found.alarmed, "waiting": found.waiting, "last": found.last_at}
    )
    out.table(("counted", "how often"), sorted(found.counts.items()))
    out.table(
        ("rule", "for", "matter", "since"),
        [(one.rule, one.key, str(one.matter), one.raised_at) for one in found.alarms],
    )
    return None
