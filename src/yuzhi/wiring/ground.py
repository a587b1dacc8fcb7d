"""What the commands about the ground are handed: territories, units and posts."""

import getpass
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from yuzhi.capabilities.packs import load_shelf
from yuzhi.doors.cli import registry, territory
from yuzhi.engine.definition import PSEUDO_DUTIES, Pack
from yuzhi.settings import Settings
from yuzhi.wiring.database import connected

KIND = "unit_kind."


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
    """Make what `yuzhi registry` is handed: the words that the packs know among it."""
    shelf = load_shelf(settings.packs)
    return registry.Needs(
        connect=partial(connected, settings),
        actor=operator(),
        now=now,
        zone=settings.timezone,
        kinds=frozenset(kind for pack in shelf.packs for kind in unit_kinds(pack)),
        duties=frozenset(duty for pack in shelf.packs for duty in pack.duties) - PSEUDO_DUTIES,
    )


def unit_kinds(pack: Pack) -> Iterator[str]:
    """Yield the kinds of unit a pack declares, those that no rule of its own sends matters to included."""
    for words in pack.words.values():
        yield from (key.removeprefix(KIND) for key in words if key.startswith(KIND))
