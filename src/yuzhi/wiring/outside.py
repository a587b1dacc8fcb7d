"""What those who look in from outside are handed: the public list, open data, the Open311 endpoint."""

from collections.abc import Callable

import asyncpg

from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.sharing import OpenData, Window
from yuzhi.doors.api import OutsideNeeds
from yuzhi.settings import Settings
from yuzhi.wiring.keeper import LoadedGround


def outside_of(
    settings: Settings, pool: asyncpg.Pool, office: Office, shelf: Shelf, ground: Callable[[], LoadedGround]
) -> OutsideNeeds:
    """Return what the doors to everybody are handed, as the settings have it."""
    window = Window(
        office=office, pool=pool, shelf=shelf, places=ground,
        least=settings.open_data_least, level=settings.open_data_level,
    )  # fmt: skip
    return OutsideNeeds(
        window=window,
        open_data=OpenData(window),
        keys=settings.open311_keys,
        jurisdiction=settings.open311_jurisdiction,
        contact=settings.public_contact,
        is_test=settings.development_sign_in,
    )
