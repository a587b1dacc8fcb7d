"""Assembles what doors are handed: database, ground, packs, calendar, files, and the office over them."""

import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg

from yuzhi.capabilities import agreements, correspondence, matters, parties, sensors
from yuzhi.capabilities.agreements import AgreementCarrier, AgreementRoom
from yuzhi.capabilities.condition import Beats
from yuzhi.capabilities.exports import ExportRoom
from yuzhi.capabilities.hotline import Sealer
from yuzhi.capabilities.matters import Office, Pictures, Serials
from yuzhi.capabilities.packs import Shelf, load_shelf
from yuzhi.capabilities.parties import PartyCarrier
from yuzhi.capabilities.understanding.advising import Adviser
from yuzhi.doors.api import ApiNeeds, CentreNeeds, LogNeeds, PageNeeds, PostNeeds
from yuzhi.doors.worker import WorkerNeeds
from yuzhi.doors.worker.sensing import Broker, SensingNeeds
from yuzhi.doors.worker.watching import WatchNeeds
from yuzhi.settings import Settings, built_pages
from yuzhi.store.disk import DiskFiles
from yuzhi.store.gathering import Gathering
from yuzhi.store.postgres.pool import open_pool
from yuzhi.store.postgres.store import PostgresStore
from yuzhi.wiring.admin import admin_of, limits_of, powers_of, taker
from yuzhi.wiring.calendar import calendar_of
from yuzhi.wiring.centre import agreements_of
from yuzhi.wiring.entrance import entrance_of, key_in
from yuzhi.wiring.keeper import GroundKeeper
from yuzhi.wiring.log import log_of, verification_page
from yuzhi.wiring.mail import mail_of
from yuzhi.wiring.outside import outside_of
from yuzhi.wiring.post import post_of, reading_keys, units_with
from yuzhi.wiring.understanding import adviser_of, packs_in_force, sending_of, study_of
from yuzhi.wiring.vault import keys_of, make_ready

YOUNG = 20_000  # new objects until the collector looks among them; some megabytes


def now() -> datetime:
    """Return the present instant; the only place a running process looks at a clock."""
    return datetime.now(UTC)


def take_rest() -> None:
    """Tell the garbage collector that what was loaded at the start stays: it need not look there again.

    Called once in a process, when it is about to take work. An act makes hundreds of objects that go by
    themselves; looking for circles among them after every few hundred took a fifth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)


@dataclass(frozen=True)
class Assembly:
    """The parts every running process has."""

    settings: Settings
    dsn: str
    pool: asyncpg.Pool
    store: PostgresStore
    office: Office
    shelf: Shelf
    ground: GroundKeeper
    adviser: Adviser
    take_packs: Callable[[], Awaitable[None]]

    def for_api(self) -> ApiNeeds:
        """Return what the API is handed."""
        agreed = self.agreements()
        return ApiNeeds(
            office=self.office,
            pool=self.pool,
            shelf=self.shelf,
            files=DiskFiles(self.settings.home / "files"),
            pictures=Pictures(self.settings.home / "files" / "aside"),
            entrance=entrance_of(self.settings, self.pool, lambda: self.ground.current),
            now=now,
            same_ground=lambda territory: self.ground.current.same_ground(territory),
            max_body=self.settings.max_body_kb * 1024,
            max_upload=self.settings.max_upload_mb * 1024 * 1024,
            log=LogNeeds(
                log=log_of(self.settings, self.pool),
                page=verification_page(self.settings),
                are_entries_public=self.settings.log_entries_public,
            ),
            outside=outside_of(
                self.settings, self.pool, self.office, self.shelf, lambda: self.ground.current
            ),
            admin=admin_of(self.settings, self.shelf, self.ground, self.take_packs),
            post=self.post(),
            reading_keys=reading_keys(self.settings),
            drafts=Sealer(key_in(self.settings.home / "keys" / "drafts.key"), os.urandom),
            adviser=self.adviser,
            packs=lambda: packs_in_force(self.shelf),
            centre=CentreNeeds(cases=agreed.cases, agreements=agreed, shelf=self.shelf),
            terrain=lambda: self.ground.current.terrain,
            pages=PageNeeds(built_pages(), self.settings.map_tiles),
            exports=ExportRoom(
                self.office, self.pool, self.shelf, lambda: self.ground.current, self.settings.fonts
            ),
        )

    def agreements(self) -> AgreementRoom:
        """Return the room of the agreements, and of the cases they are made in."""
        return agreements_of(
            self.settings,
            self.store,
            self.pool,
            self.office,
            lambda unit: self.ground.current.unit_name(unit),
        )

    def post(self) -> PostNeeds:
        """Return the post room with the channels of the settings."""
        return post_of(
            self.settings, self.pool, self.office, self.agreements(), lambda: self.ground.current, now
        )

    def for_sensing(self) -> SensingNeeds:
        """Return what judging readings is handed."""
        settings = self.settings
        return SensingNeeds(
            office=self.office,
            pool=self.pool,
            dsn=self.dsn,
            packs=lambda: self.shelf.in_force,
            broker=Broker(
                settings.mqtt_url,
                [topic.strip() for topic in settings.mqtt_topics.split(",") if topic.strip()],
                settings.mqtt_client,
            ),
            now=now,
        )

    def for_watching(self) -> WatchNeeds:
        """Return what watching over worker and backups is handed; called is who may see how it stands."""
        duties = powers_of(self.settings).holders("system.read")
        return WatchNeeds(
            pool=self.pool,
            room=self.post().room,
            limits=limits_of(self.settings),
            told=lambda: units_with(self.ground.current, duties, ""),
            language=self.settings.language,
            now=now,
        )

    def for_worker(self, looks_back: timedelta | None = None) -> WorkerNeeds:
        """Return what the worker is handed; `looks_back` bounds how long ago a clock may have run out."""
        return WorkerNeeds(
            office=self.office,
            pool=self.pool,
            store=self.store,
            post_room=self.post().room,
            log=log_of(self.settings, self.pool),
            mail=mail_of(self.settings, self.pool, self.office, now),
            agreements=self.agreements(),
            now=now,
            looks_back=looks_back,
            study=study_of(self.settings, self.shelf),
            sending=sending_of(
                self.settings,
                self.pool,
                self.office,
                self.shelf,
                self.adviser,
                lambda: self.ground.current,
            ),
            beats=beats("worker"),
            sweep=lambda before: DiskFiles(self.settings.home / "files").sweep(older_than=before),
        )


def beats(name: str) -> Beats:
    """Return what a process notes of its own work in."""
    return Beats(name, now, os.urandom(10))


@asynccontextmanager
async def assembled(settings: Settings, dsn: str, *, name: str) -> AsyncIterator[Assembly]:
    """Open what a process needs on a migrated database, its ground loaded; close it on leaving."""
    calendar = calendar_of(settings)
    shelf = load_shelf(settings.packs, today=lambda: calendar.day_of(now()))
    keys = keys_of(settings)
    pool = await open_pool(dsn, size=settings.pool_size, name=name)
    try:
        take_packs = taker(pool, shelf)
        ground = GroundKeeper(pool, dsn, lambda: calendar.day_of(now()), also=take_packs)
        await ground.load()
        store = PostgresStore(
            pool,
            (
                *matters.TABLES,
                *parties.TABLES,
                *agreements.TABLES,
                *sensors.TABLES,
                *correspondence.TABLES,
            ),
        )
        await make_ready(pool, keys)
        office = Office(
            journal=store,
            unit=store,
            gathering=Gathering(store),
            serials=Serials(store),
            shelf=shelf,
            ground=lambda: ground.current,
            calendar=calendar,
            keys=keys,
            chance=os.urandom,
            carriers=(PartyCarrier(pool), AgreementCarrier(pool)),
            withheld=partial(parties.is_withheld, pool),
        )
        adviser = adviser_of(settings, pool, office, lambda: ground.current)
        yield Assembly(settings, dsn, pool, store, office, shelf, ground, adviser, take_packs)
    finally:
        pool.terminate()
