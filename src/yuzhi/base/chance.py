"""Chance from the operating system, drawn a page at a time: one call for hundreds of small draws."""

import os

PAGE = 16_384


class Chance:
    """Gives random bytes, each only once. One object belongs to one process: a fork would give them again."""

    def __init__(self) -> None:
        self._page = b""
        self._at = 0

    def __call__(self, size: int) -> bytes:
        """Return that many random bytes."""
        if size > PAGE:
            return os.urandom(size)
        if self._at + size > len(self._page):
            self._page, self._at = os.urandom(PAGE), 0
        drawn = self._page[self._at : self._at + size]
        self._at += size
        return drawn
