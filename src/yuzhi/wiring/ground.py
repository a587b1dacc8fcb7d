"""What the commands about the ground are handed: territories, units and posts."""

import getpass
import os
from datetime import UTC, datetime
from functools import partial

from yuzhi.doors.cli import registry, territory
from yuzhi.settings import Settings
from yuzhi.wiring.database import connected


def operator() -> str:
    """Return who types commands, as audits name them."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name
        return f"operator:{os.getuid()}"


def now() -> datetime:
    """Return the time it is."""
    return datetime.now(UTC)


def for_territory(settings: Settings) -> territory.Needs:
    """Make what `yuzhi territory` is handed."""
    return territory.Needs(
        connect=partial(connected, settings), actor=operator(), now=now, zone=settings.timezone
    )


def for_registry(settings: Settings) -> registry.Needs:
    """Make what `yuzhi registry` is handed."""
    return registry.Needs(
        connect=partial(connected, settings), actor=operator(), now=now, zone=settings.timezone
    )
