"""Territories, units and posts as they are today, held in memory and loaded anew when they change."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import cast

import asyncpg
import structlog

from yuzhi.base.ground import lies_in
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import EMPTY as NOBODY
from yuzhi.capabilities.registry import At, Roster, load_roster
from yuzhi.capabilities.territory import CHANNEL, EMPTY, Gazetteer, Locator, Terrain, load_terrain
from yuzhi.store.postgres.pool import acquired, connect

log = structlog.get_logger()


class LoadedGround:
    """What `matters` asks of the ground, answered from memory for one day."""

    def __init__(self, terrain: Terrain, roster: Roster) -> None:
        self.terrain = terrain
        self.roster = roster
        self.on = terrain.on
        self._whole = terrain.whole()  # a matter nobody can place is its desk's

    def place(self, territory: str, lon: float | None, lat: float | None, words: str) -> str:
        """Return the smallest territory known; one that somebody gave is refined but never overruled."""
        if territory and territory not in self.terrain.atlas:
            raise Refusal("territory.unknown", territory=territory[:40])
        given = self.terrain.place(territory, lon=None, lat=None, words="") if territory else ""
        if (lon is None or lat is None) and not words.strip():
            return given or territory or self._whole
        found = self.terrain.place("", lon=lon, lat=lat, words=words)
        if not found and not territory:
            return self._whole
        return found if lies_in(found, given or territory) else given or territory

    def unit_of_kind(self, kind: str, at: str, territory: str) -> str:
        """Return the unit of a kind that answers for a territory at a level, or an empty string."""
        if not territory:
            return ""
        found = self.roster.unit_of_kind(kind, territory, cast("At", at), on=self.on)
        return found.code if found is not None else ""

    @property
    def gazetteer(self) -> Gazetteer:
        """What finds the names of places in a text."""
        return self.terrain.gazetteer

    def knows_unit(self, unit: str) -> bool:
        """Say whether a unit with that code exists today."""
        return self.roster.knows_unit(unit, on=self.on)

    def above(self, unit: str, duty: str) -> str:
        """Return the next unit up the ladder that has a duty; empty at the top."""
        found = self.roster.up_the_ladder(unit, duty, on=self.on)
        return found.code if found is not None else ""

    def unit_name(self, unit: str) -> str:
        """Return a unit's name, or its code where nobody knows it."""
        known = self.roster.units.get(unit)
        return known.name if known is not None else unit

    def place_name(self, territory: str) -> str:
        """Return a territory's name from the top down, or its code where nobody knows it."""
        atlas = self.terrain.atlas
        return atlas.full_name(territory) if territory in atlas else territory

    def centre(self, territory: str) -> tuple[float, float] | None:
        """Return a point (longitude, latitude, WGS-84) that stands for a whole territory, if one is known."""
        return self.terrain.centres.of(territory)

    def roots(self) -> tuple[str, ...]:
        """Return the codes of the territories above which there is none."""
        return tuple(one.code for one in self.terrain.atlas.children(None))

    def same_ground(self, territory: str) -> tuple[str, ...]:
        """Return every code whose matters count as lying in a territory, former ones included."""
        atlas = self.terrain.atlas
        return atlas.equivalents(territory) if territory in atlas else (territory,)


class GroundKeeper:
    """Holds today's ground; `current` is replaced whole when somebody changes it or the day turns."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        dsn: str,
        today: Callable[[], date],
        *,
        also: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._also = also  # what else is loaded anew when something changed
        self._pool = pool
        self._dsn = dsn
        self._today = today
        self._changed = asyncio.Event()
        nowhere = Terrain(today(), EMPTY, Locator(()), Gazetteer(EMPTY, on=today()))
        self.current = LoadedGround(nowhere, NOBODY)

    async def load(self) -> None:
        """Load the ground as it is now."""
        async with acquired(self._pool) as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            terrain = await load_terrain(conn, self._today())
            roster = await load_roster(conn)
        self.current = LoadedGround(terrain, roster)
        if self._also is not None:
            await self._also()

    async def load_people(self) -> None:
        """Load units, people and posts alone: whoever changed them sees the change in what they ask next."""
        async with acquired(self._pool) as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            roster = await load_roster(conn)
        self.current = LoadedGround(self.current.terrain, roster)

    async def follow(self) -> None:
        """Keep it current for as long as the process runs, through outages of the database."""
        while True:
            try:
                conn = await connect(self._dsn, name="yuzhi ground")
                try:
                    await conn.add_listener(CHANNEL, self._heard)
                    await self.load()  # whatever changed while nobody listened
                    while not conn.is_closed():
                        await self._next(conn)
                finally:
                    await conn.close(timeout=2)
            except (Refusal, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as trouble:
                log.warning("the ground is not followed", trouble=str(trouble))
            await asyncio.sleep(1)

    async def _next(self, conn: asyncpg.Connection) -> None:
        """Wait for news or the next day, and load."""
        try:
            async with asyncio.timeout(5):
                await self._changed.wait()
        except TimeoutError:
            await conn.execute("select 1")
            if self.current.on == self._today():
                return
        self._changed.clear()
        await self.load()

    def _heard(self, *_: object) -> None:
        self._changed.set()
