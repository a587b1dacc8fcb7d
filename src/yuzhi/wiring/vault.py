"""The keys of the vault, from where the settings say, and what lay in the open before there was a vault."""

import os
from pathlib import Path

import asyncpg

from yuzhi.capabilities import vault
from yuzhi.capabilities.vault import Keys
from yuzhi.settings import Settings
from yuzhi.store.postgres.pool import acquired, open_pool
from yuzhi.wiring.database import reached
from yuzhi.wiring.ground import now

FILE = Path("keys") / "vault.keys"


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
    """See that the keys open this vault. Raises as `vault.register`."""
    async with acquired(pool) as conn:
        await vault.register(conn, keys.ring, now())


async def adopt(settings: Settings) -> int:
    """Seal who asked before there was a vault, and return how many; the database may be of an older version.

    Raises as `vault.register`.
    """
    keys = keys_of(settings)
    with reached(settings) as dsn:
        pool = await open_pool(dsn, size=2, name="yuzhi vault")
        try:
            await make_ready(pool, keys)
            return await vault.adopt(pool, keys.ring)
        finally:
            pool.terminate()
