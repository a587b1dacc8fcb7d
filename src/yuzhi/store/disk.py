"""Files in a folder of this machine, two levels of sub-folders deep: `ab/cd/abcd…`."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, _TemporaryFileWrapper

from yuzhi.base.refusal import Refusal
from yuzhi.store.files import StoredFile, is_sha256

PIECE = 256 * 1024  # bytes read at a time
RETRY_AFTER = 60  # seconds, when the disk is full


class DiskFiles:
    """Implements `Files`. Content is written aside, flushed, and only then given its name.

    What is left aside by a process that was killed is removed by `sweep`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._aside = folder / "aside"

    async def put(self, content: AsyncIterable[bytes], *, most: int) -> StoredFile:
        """Keep a content; see `Files.put`."""
        with _room():
            out = await asyncio.to_thread(self._open_aside)
        try:
            digest, size = hashlib.sha256(), 0
            async for piece in content:
                size += len(piece)
                if size > most:
                    raise Refusal("file.too_large", most=most)
                digest.update(piece)
                with _room():
                    await asyncio.to_thread(out.write, piece)
            with _room():
                await asyncio.to_thread(self._settle, out, digest.hexdigest())
            return StoredFile(sha256=digest.hexdigest(), size=size)
        finally:
            await asyncio.to_thread(_discard, out)

    async def has(self, sha256: str) -> bool:
        """Say whether a file of that name is kept."""
        return is_sha256(sha256) and await asyncio.to_thread(self._path(sha256).is_file)

    async def size(self, sha256: str) -> int:
        """Return a file's size in bytes; see `Files.size`."""
        try:
            return (await asyncio.to_thread(self._path(sha256).stat)).st_size
        except FileNotFoundError:
            raise Refusal("file.unknown", sha256=sha256) from None

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """Yield a file's content in pieces; see `Files.read`."""
        try:
            file = await asyncio.to_thread(self._path(sha256).open, "rb")
        except FileNotFoundError:
            raise Refusal("file.unknown", sha256=sha256) from None
        digest = hashlib.sha256()
        with file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                digest.update(piece)
                yield piece
        if digest.hexdigest() != sha256:
            raise Refusal("file.damaged", sha256=sha256)

    def sweep(self, *, older_than: float) -> int:
        """Remove what was left aside before an instant (seconds since 1970); return how many files."""
        left = [file for file in self._aside.glob("*") if file.stat().st_mtime < older_than]
        for file in left:
            file.unlink(missing_ok=True)
        return len(left)

    def _path(self, sha256: str) -> Path:
        if not is_sha256(sha256):
            raise Refusal("file.unknown", sha256=sha256[:64])
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _open_aside(self) -> "_TemporaryFileWrapper[bytes]":
        self._aside.mkdir(parents=True, exist_ok=True)
        return NamedTemporaryFile(dir=self._aside, delete=False)

    def _settle(self, out: "_TemporaryFileWrapper[bytes]", sha256: str) -> None:
        """Flush what was written and give it its name, unless that name is taken: then it is the same."""
        out.flush()
        os.fsync(out.fileno())
        target = self._path(sha256)
        if target.exists():
            return
        for folder in (target.parents[1], target.parents[0]):
            if not folder.exists():
                folder.mkdir(parents=True, exist_ok=True)
                _fsync(folder.parent)
        Path(out.name).rename(target)
        _fsync(target.parent)


def _discard(out: "_TemporaryFileWrapper[bytes]") -> None:
    with suppress(OSError):  # a full disk may refuse the flush on closing, too
        out.close()
    Path(out.name).unlink(missing_ok=True)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Refusal("store.full", retry_after=RETRY_AFTER) from error
        raise


def _fsync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
