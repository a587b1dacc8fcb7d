"""What understands residents' words: the adviser of a process, where models lie, when they are studied."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.understanding.advising import Adviser, RouteAdvice, SendingDesk
from yuzhi.capabilities.understanding.dispatch import Route
from yuzhi.capabilities.understanding.endpoint import Endpoint, LargeModel
from yuzhi.capabilities.understanding.learning import StudyDesk
from yuzhi.doors.advised import Names, why_route, why_unit, worded
from yuzhi.engine.definition import Pack
from yuzhi.settings import Settings
from yuzhi.wiring.keeper import LoadedGround


def learnt_in(settings: Settings) -> Path:
    """Return the folder of what was learnt: a folder for each pack."""
    return settings.home / "understanding"


def adviser_of(
    settings: Settings, pool: asyncpg.Pool, office: Office, ground: Callable[[], LoadedGround]
) -> Adviser:
    """Return the adviser; raises Refusal `settings.file_unreadable` for the large model's key."""
    return Adviser(
        office, pool, learnt_in(settings), ground=ground, large_model=LargeModel(_endpoint(settings)),
        remembers=settings.remember_matters,
    )  # fmt: skip


def _endpoint(settings: Settings) -> Endpoint | None:
    if not settings.large_model_address:
        return None
    key, file = "", settings.large_model_key_file
    if file is not None:
        try:
            key = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as trouble:
            raise Refusal("settings.file_unreadable", file=str(file), trouble=str(trouble)) from trouble
    return Endpoint(
        settings.large_model_address, settings.large_model_name, key, float(settings.large_model_seconds)
    )


def packs_in_force(shelf: Shelf) -> tuple[Pack, ...]:
    """Return every pack in its version in force; one that is not in force yet is left out."""
    found = []
    for name in sorted({pack.name for pack in shelf.packs}):
        try:
            found.append(shelf.pack(name))
        except Refusal:
            continue
    return tuple(found)


def study_of(settings: Settings, shelf: Shelf) -> StudyDesk | None:
    """Return where study happens, None where it is turned off."""
    if not settings.study_hours:
        return None
    return StudyDesk(
        folder=learnt_in(settings),
        every=timedelta(hours=settings.study_hours),
        packs=lambda: [pack.name for pack in packs_in_force(shelf) if pack.categories],
    )


def sending_of(
    settings: Settings,
    pool: asyncpg.Pool,
    office: Office,
    shelf: Shelf,
    adviser: Adviser,
    ground: Callable[[], LoadedGround],
) -> SendingDesk:
    """Return what sends matters by what was learnt, where a pack allows it."""

    def say(verdict: str, route: Route, threshold: float, pack: Pack) -> str:
        names = Names(pack, ground().place_name, settings.language)
        return why_route(
            verdict, names, unit=ground().unit_name(route.unit), probability=route.probability,
            threshold=threshold, why=why_unit(route.went, names),
        )  # fmt: skip

    return SendingDesk(
        office=office, pool=pool, adviser=adviser, packs=lambda: packs_in_force(shelf), say=say
    )


async def explained(
    settings: Settings, adviser: Adviser, ground: Callable[[], LoadedGround], matter: UUID
) -> RouteAdvice:
    """Return what past matters teach of where a filed matter goes, in the language of the settings."""
    pack, route = await adviser.explain_units(matter)
    return worded(route, Names(pack, ground().place_name, settings.language))
