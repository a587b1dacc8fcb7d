"""Passwords: what may be one, and keeping and checking them with Argon2id, a few at a time."""

import asyncio
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.accounts._common import is_common

LEAST: Final = 12  # characters; OWASP ASVS 5 asks for 8 with a second factor and recommends 15 without
MOST: Final = 128  # characters, so that nobody makes us hash a book
WAITING: Final = 64  # checks that may wait for their turn
BUSY_FOR: Final = 2  # seconds a client is told to wait when all of them do

Done = TypeVar("Done")


@cache
def owasp() -> PasswordHasher:
    """Return Argon2id as the OWASP Password Storage Cheat Sheet asks: 19 MiB, two passes, one lane."""
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")


class Passwords:
    """Checks and keeps passwords on `at_once` threads; more than `WAITING` waiting are turned away.

    Checking against no password at all takes as long as against one, so that time does not tell who exists.
    """

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = 2) -> None:
        self._hasher = hasher or owasp()
        self._nobodys = _nobodys(self._hasher)
        self._turn = asyncio.Semaphore(at_once)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return what a password is kept as."""
        return await self._in_turn(lambda: self._hasher.hash(_normal(password)))

    async def fits(self, password: str, kept: str | None) -> bool:
        """Say whether a password is the one that was kept; None fits nothing, in the same time."""
        if len(password) > MOST:
            return False
        fits = await self._in_turn(lambda: self._verify(kept or self._nobodys, _normal(password)))
        return fits and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Say whether a password was kept with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], Done]) -> Done:
        if self._waiting >= WAITING:
            raise Refusal("sign_in.busy", retry_after=BUSY_FOR)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def check_new(password: str, *, about: Iterable[str]) -> None:
    """Refuse what may not become a password.

    Raises Refusal `password.too_short`, `password.too_long`, `password.unprintable`, `password.common`
    and, if it holds a word `about` its owner, `password.about_you`.
    """
    plain = _normal(password)
    if len(plain) < LEAST:
        raise Refusal("password.too_short", least=LEAST)
    if len(plain) > MOST:
        raise Refusal("password.too_long", most=MOST)
    if not plain.isprintable():
        raise Refusal("password.unprintable")
    if is_common(plain):
        raise Refusal("password.common")
    low = plain.lower()
    if any(len(word) >= 4 and word.lower() in low for word in about):
        raise Refusal("password.about_you")


def _normal(password: str) -> str:
    """Return a password in one form, however a keyboard composed its characters (RFC 8265 §4)."""
    return unicodedata.normalize("NFC", password)
