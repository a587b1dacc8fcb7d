"""What the commands that work on many matters at once are handed: import, demonstration, rates."""

import asyncio
import multiprocessing
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office
from yuzhi.doors.cli import demo, import_, rates
from yuzhi.settings import Settings
from yuzhi.store.disk import DiskFiles
from yuzhi.wiring.commands import opened
from yuzhi.wiring.office import Assembly, assembled, now, take_rest
from yuzhi.wiring.running import run_all

if sys.platform == "linux":
    STARTING = multiprocessing.get_context("fork")
else:
    STARTING = multiprocessing.get_context("spawn")
"""How another process begins: as a copy of this one, which has loaded all it needs, where that is safe."""


def for_import(settings: Settings) -> import_.Needs:
    """Hand `yuzhi import` the open office."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[Office]:
        async with opened(settings, "yuzhi import") as all_:
            take_rest()
            yield all_.office

    def beside(task: import_.Task) -> Connection:
        ours, theirs = STARTING.Pipe()
        STARTING.Process(target=_import_part, args=(settings, task, ours, theirs), daemon=True).start()
        theirs.close()  # so that we hear it when the other process ends
        return ours

    return import_.Needs(
        open=open_, beside=beside, now=now, zone=settings.timezone, language=settings.language
    )


def _import_part(settings: Settings, task: import_.Task, away: Connection, pipe: Connection) -> None:
    """Do a part of an import in a process of its own."""
    away.close()  # the other end, so that we hear it when the process that started us ends
    try:
        pipe.recv()
    except EOFError:
        return

    async def work() -> None:
        async with opened(settings, "yuzhi import") as all_:
            take_rest()
            pipe.send(await import_.work(all_.office, task, now(), import_.tell(pipe)))

    try:
        asyncio.run(work())
    except Refusal as refusal:
        with suppress(BrokenPipeError):  # who would hear it is gone
            pipe.send(refusal)


def for_demo(settings: Settings) -> demo.Needs:
    """Hand `yuzhi demo` the open office, and what runs everything; one may sign in as any post there."""
    shown = replace(settings, development_sign_in=True)

    @asynccontextmanager
    async def open_() -> AsyncIterator[demo.Opened]:
        async with opened(shown, "yuzhi demo") as all_:
            take_rest()
            yield demo_of(all_)

    def run(before: Callable[[demo.Opened], Awaitable[None]], ready: Callable[[str], None]) -> None:
        async def first(dsn: str) -> None:
            async with assembled(shown, dsn, name="yuzhi demo") as all_:
                await before(demo_of(all_))

        run_all(shown, first, ready)

    return demo.Needs(open=open_, run=run, now=now, zone=settings.timezone)


def demo_of(all_: Assembly) -> demo.Opened:
    """Return an open office as the demonstration sees it."""
    return demo.Opened(
        office=all_.office,
        pool=all_.pool,
        files=DiskFiles(all_.settings.home / "files"),
        roster=lambda: all_.ground.current.roster,
        atlas=lambda: all_.ground.current.terrain.atlas,
        same_ground=lambda code: all_.ground.current.same_ground(code),
        today=lambda: all_.ground.current.on,
        reload=all_.ground.load,
        cases=all_.for_api().centre.cases,
    )


def for_rates(settings: Settings) -> rates.Needs:
    """Hand `yuzhi rates` the database, seen as the operator of this machine sees it: whole."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[rates.Opened]:
        async with opened(settings, "yuzhi rates") as all_:
            ground = all_.ground.current
            atlas = ground.terrain.atlas
            yield rates.Opened(
                pool=all_.pool,
                everything=Actor(
                    hand="post", id="operator", covers=tuple(one.code for one in atlas.children(None))
                ),
                same_ground=ground.same_ground,
                name_of=lambda code: atlas[code].name if code in atlas else ground.unit_name(code),
            )

    return rates.Needs(open=open_, now=now, zone=settings.timezone)
