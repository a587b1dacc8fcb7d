"""What we need of a place for files: content named by its own SHA-256, written once, never changed."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept: the SHA-256 of its content in hex, and its size in bytes."""

    sha256: str
    size: int


class Files(Protocol):
    """A place for files. Nothing half-written is ever found in it; nothing found in it ever changes."""

    async def put(self, content: AsyncIterable[bytes], *, most: int) -> StoredFile:
        """Keep a content of at most `most` bytes and return its name; the same content again is no error.

        It is durable when this returns. Raises Refusal `file.too_large` as soon as `most` is passed,
        and `store.full` when there is no room; then nothing is kept.
        """

    async def has(self, sha256: str) -> bool:
        """Say whether a file of that name is kept."""

    async def size(self, sha256: str) -> int:
        """Return a file's size in bytes; raises Refusal `file.unknown`."""

    def read(self, sha256: str) -> AsyncIterator[bytes]:
        """Yield a file's content in pieces, checking it on the way.

        Raises Refusal `file.unknown` before the first piece, and `file.damaged` after the last one if
        what was read does not have the name it is kept under.
        """


def is_sha256(name: str) -> bool:
    """Say whether a name is a SHA-256 in lower-case hex: nothing else may ever become a path."""
    return len(name) == 64 and all(letter in "0123456789abcdef" for letter in name)
