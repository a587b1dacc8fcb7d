"""What `yuzhi admin` is handed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yuzhi.capabilities.packs import load_shelf, versions
from yuzhi.capabilities.registry import load_roster
from yuzhi.capabilities.territory import load_terrain
from yuzhi.doors.cli import admin
from yuzhi.settings import Settings
from yuzhi.wiring.admin import known_now, powers_of
from yuzhi.wiring.calendar import calendar_of
from yuzhi.wiring.database import connected
from yuzhi.wiring.entrance import address_of, gate_of
from yuzhi.wiring.ground import now, operator
from yuzhi.wiring.keeper import LoadedGround


def for_admin(settings: Settings) -> admin.Needs:
    """Hand `yuzhi admin` the open database."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[admin.Opened]:
        async with connected(settings) as conn:
            calendar = calendar_of(settings)
            shelf = load_shelf(settings.packs, today=lambda: calendar.day_of(now()))
            shelf.take((await versions.approved_packs(conn)).values())
            terrain, roster = await load_terrain(conn, calendar.day_of(now())), await load_roster(conn)
            powers = powers_of(settings)
            yield admin.Opened(
                conn=conn,
                gate=gate_of(settings),
                shelf=shelf,
                powers=powers,
                known=known_now(LoadedGround(terrain, roster), shelf, powers),
            )

    return admin.Needs(
        open=open_,
        operator=operator(),
        address=address_of(settings),
        language=settings.language,
        now=now,
    )
