"""What administering is handed: the powers of duties, what is known now, and where approved packs go."""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from uuid import UUID

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.administration import Known, Powers, parse_powers
from yuzhi.capabilities.condition import LimitsView, Machine
from yuzhi.capabilities.packs import Shelf, versions
from yuzhi.doors.api import AdminNeeds
from yuzhi.engine.definition import PSEUDO_DUTIES
from yuzhi.settings import Settings
from yuzhi.store.postgres.pool import acquired
from yuzhi.wiring.ground import unit_kinds
from yuzhi.wiring.keeper import GroundKeeper, LoadedGround


def powers_of(settings: Settings) -> Powers:
    """Return which duties may do what to the platform: as the city has it, or as shipped."""
    file = settings.powers
    if file is None:
        return parse_powers((files("yuzhi") / "data" / "powers.toml").read_text(encoding="utf-8"), source="-")
    try:
        return parse_powers(file.read_text(encoding="utf-8"), source=str(file))
    except (OSError, UnicodeDecodeError) as trouble:
        raise Refusal("settings.file_unreadable", file=str(file), trouble=str(trouble)) from trouble


def known_now(ground: LoadedGround, shelf: Shelf, powers: Powers) -> Known:
    """Return what changes are checked against today."""
    atlas = ground.terrain.atlas
    duties = frozenset(duty for pack in shelf.packs for duty in pack.duties) - PSEUDO_DUTIES
    return Known(
        roster=ground.roster,
        on=ground.on,
        has_territory=atlas.__contains__,
        kinds=frozenset(kind for pack in shelf.packs for kind in unit_kinds(pack)),
        duties=duties | powers.duties,
    )


def taker(pool: asyncpg.Pool, shelf: Shelf) -> Callable[[], Awaitable[None]]:
    """Return what puts every approved pack on the shelf."""
    taken: set[UUID] = set()

    async def take() -> None:
        async with acquired(pool) as conn:
            found = await versions.approved_packs(conn, taken)
        shelf.take(found.values())
        taken.update(found)

    return take


def admin_of(
    settings: Settings, shelf: Shelf, keeper: GroundKeeper, take: Callable[[], Awaitable[None]]
) -> AdminNeeds:
    """Return what the API is handed for administering."""
    powers = powers_of(settings)
    return AdminNeeds(
        powers=powers,
        known=lambda: known_now(keeper.current, shelf, powers),
        take_packs=take,
        take_people=keeper.load_people,
        machine=machine_of(settings),
    )


def machine_of(settings: Settings) -> Machine:
    """Return what is looked at when it is told how the machine stands."""
    mail = settings.mail_folder or settings.home / "mail"
    return Machine(settings.home, mail, settings.log_origin, limits_of(settings))


def limits_of(settings: Settings) -> LimitsView:
    """Return after how long those on duty are called."""
    return LimitsView(settings.worker_away_minutes, settings.backup_hours)
