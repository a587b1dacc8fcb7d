"""What the mediation centre's doors are handed: its cases, and the keys of the vault its people are in."""

import os

import asyncpg

from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.capabilities.vault import Keys, load_keyring
from yuzhi.doors.api import CentreNeeds
from yuzhi.settings import Settings


def keys_of(settings: Settings) -> Keys:
    """Return the keys of the vault; their file is made if it is not there."""
    return Keys(lambda: load_keyring(settings.home / "keys" / "vault.keys", os.urandom))


def cases_of(settings: Settings, pool: asyncpg.Pool, office: Office) -> CaseRoom:
    """Return the room of the cases."""
    return CaseRoom(office=office, pool=pool, keys=keys_of(settings))


def centre_of(settings: Settings, pool: asyncpg.Pool, office: Office, shelf: Shelf) -> CentreNeeds:
    """Return what the doors are handed."""
    return CentreNeeds(cases=cases_of(settings, pool, office), shelf=shelf)
