"""What each command of the command line is handed, made from the settings when the command runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg

from yuzhi.doors.cli import deliveries, journal, policies, routing, serve, status, vault, worker
from yuzhi.settings import Settings
from yuzhi.wiring.admin import machine_of
from yuzhi.wiring.calendar import calendar_of
from yuzhi.wiring.database import ready
from yuzhi.wiring.ground import operator
from yuzhi.wiring.office import Assembly, assembled, now
from yuzhi.wiring.running import run_api, run_worker
from yuzhi.wiring.understanding import explained, packs_in_force
from yuzhi.wiring.vault import adopt, key_file


@asynccontextmanager
async def opened(settings: Settings, name: str) -> AsyncIterator[Assembly]:
    """Open everything for one command, on the database of the settings."""
    async with ready(settings) as dsn, assembled(settings, dsn, name=name) as assembly:
        yield assembly


def for_serve(settings: Settings) -> serve.Needs:
    """Hand `yuzhi serve` what runs the API."""
    return serve.Needs(run=lambda ready: run_api(settings, ready))


def for_worker(settings: Settings) -> worker.Needs:
    """Hand `yuzhi worker` what runs the worker."""
    return worker.Needs(run=lambda ready: run_worker(settings, ready))


def for_journal(settings: Settings) -> journal.Needs:
    """Hand `yuzhi journal` the open database."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[journal.Opened]:
        async with opened(settings, "yuzhi journal") as all_:
            yield journal.Opened(pool=all_.pool, store=all_.store, shelf=all_.shelf)

    return journal.Needs(open=open_)


def for_routing(settings: Settings) -> routing.Needs:
    """Hand `yuzhi routing` the open office."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[routing.Opened]:
        async with opened(settings, "yuzhi routing") as all_:
            yield routing.Opened(
                office=all_.office,
                pool=all_.pool,
                learnt=partial(explained, settings, all_.adviser, lambda: all_.ground.current),
            )

    return routing.Needs(open=open_)


def for_deliveries(settings: Settings) -> deliveries.Needs:
    """Hand `yuzhi deliveries` the open database."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[asyncpg.Pool]:
        async with opened(settings, "yuzhi deliveries") as all_:
            yield all_.pool

    return deliveries.Needs(open=open_, now=now)


def for_status(settings: Settings) -> status.Needs:
    """Hand `yuzhi status` what is looked at."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[status.Opened]:
        async with opened(settings, "yuzhi status") as all_:
            yield status.Opened(
                pool=all_.pool, machine=machine_of(settings), calendar=all_.office.calendar,
                adviser=all_.adviser, packs=packs_in_force(all_.shelf),
            )  # fmt: skip

    return status.Needs(open=open_, language=settings.language, now=now)


def for_policies(settings: Settings) -> policies.Needs:
    """Hand `yuzhi policies` the open database."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[asyncpg.Pool]:
        async with opened(settings, "yuzhi policies") as all_:
            yield all_.pool

    return policies.Needs(open=open_, actor=operator(), now=now, day_of=calendar_of(settings).day_of)


def for_vault(settings: Settings) -> vault.Needs:
    """Hand `yuzhi vault` the open office."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[vault.Opened]:
        async with opened(settings, "yuzhi vault") as all_:
            yield vault.Opened(office=all_.office, pool=all_.pool, key_file=key_file(settings))

    return vault.Needs(open=open_, adopt=lambda: adopt(settings), operator=operator(), now=now)
