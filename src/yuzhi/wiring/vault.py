"""The keys of the vault, from where the settings say, and what lay in the open before there was a vault."""

import os
from pathlib import Path

import asyncpg
import structlog

from yuzhi.capabilities import vault
from yuzhi.capabilities.vault import Keys
from yuzhi.settings import Settings
from yuzhi.store.postgres.pool import acquired
from yuzhi.wiring.ground import now

FILE = Path("keys") / "vault.keys"

log = structlog.get_logger()


def key_file(settings: Settings) -> Path | None:
    """Return the file of the keys, None when they come from elsewhere and are not ours to change."""
    return None if settings.vault_keys or settings.vault_key_command else settings.home / FILE


def keys_of(settings: Settings) -> Keys:
    """Return the keys of the vault; a file of them is made at first. Raises as `vault.load_keyring`."""
    return Keys(
        lambda: vault.load_keyring(
            settings.home / FILE, os.urandom, text=settings.vault_keys, command=settings.vault_key_command
        ),
        lambda: _written_at(key_file(settings)),
    )


def _written_at(file: Path | None) -> int:
    try:
        return file.stat().st_mtime_ns if file is not None else 0
    except OSError:
        return 0


async def make_ready(pool: asyncpg.Pool, keys: Keys) -> None:
    """See that the keys open this vault, and take in what lay in the open. Raises as `vault.register`."""
    async with acquired(pool) as conn:
        await vault.register(conn, keys.ring, now())
    if moved := await vault.adopt(pool, keys.ring):
        log.info("who asked is in the vault now", persons=moved)
