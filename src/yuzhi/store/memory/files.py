"""Files in memory, for tests and dry runs; forgotten with the process."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator

from yuzhi.base.refusal import Refusal
from yuzhi.store.files import StoredFile


class MemoryFiles:
    """Implements `Files`; `room` bytes fit, when given."""

    def __init__(self, *, room: int | None = None) -> None:
        self._room = room
        self._kept: dict[str, bytes] = {}

    async def put(self, content: AsyncIterable[bytes], *, most: int) -> StoredFile:
        """Keep a content; see `Files.put`."""
        gathered = bytearray()
        async for piece in content:
            gathered += piece
            if len(gathered) > most:
                raise Refusal("file.too_large", most=most)
            if self._room is not None and sum(map(len, self._kept.values())) + len(gathered) > self._room:
                raise Refusal("store.full", retry_after=60)
        sha256 = hashlib.sha256(gathered).hexdigest()
        self._kept.setdefault(sha256, bytes(gathered))
        return StoredFile(sha256=sha256, size=len(gathered))

    async def has(self, sha256: str) -> bool:
        """Say whether a file of that name is kept."""
        return sha256 in self._kept

    async def size(self, sha256: str) -> int:
        """Return a file's size in bytes; see `Files.size`."""
        return len(self._found(sha256))

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """Yield a file's content; see `Files.read`."""
        yield self._found(sha256)

    def _found(self, sha256: str) -> bytes:
        if sha256 not in self._kept:
            raise Refusal("file.unknown", sha256=sha256[:64])
        return self._kept[sha256]
