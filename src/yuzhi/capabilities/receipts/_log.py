"""The log as processes hold it: its folder, its key, and the database whose journal it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from yuzhi.capabilities.receipts._folder import LogFolder
from yuzhi.capabilities.receipts._notes import SigningKey, VerifierKey
from yuzhi.capabilities.receipts._signing import signing_key


@dataclass(frozen=True)
class Log:
    """A transparency log. `signer` makes the key on its first use; those who only read never ask for it."""

    origin: str
    pool: asyncpg.Pool
    folder: LogFolder
    signer: Callable[[], SigningKey]
    now: Callable[[], datetime]

    def verifiers(self) -> tuple[VerifierKey, ...]:
        """Return the verifier keys shown, former ones included."""
        return self.folder.keys()


def open_log(
    home: Path, origin: str, pool: asyncpg.Pool, now: Callable[[], datetime], chance: Callable[[int], bytes]
) -> Log:
    """Return the log of an installation: public files in `log`, the key in `keys/log.key` below `home`."""
    folder = LogFolder(home / "log")

    def signer() -> SigningKey:
        key = signing_key(key_file(home), origin, chance(32))
        folder.add_key(key.verifier)
        return key

    return Log(origin=origin, pool=pool, folder=folder, signer=signer, now=now)


def key_file(home: Path) -> Path:
    """Return where an installation keeps its log's private key."""
    return home / "keys" / "log.key"
