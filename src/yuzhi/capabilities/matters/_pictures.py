"""Pictures made anew before they are kept, each in a process of its own, a few at a time."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._views import PlaceView

PROGRAM = Path(__file__).with_name("_reencoding.py")
PIECE = 256 * 1024
_COME_AGAIN = 5


class Remade(Struct, frozen=True):
    """A picture made anew: the file it lies in for now, what it is, and where it said it was taken."""

    path: Path
    media_type: str
    width: int
    height: int
    place: PlaceView | None

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield its content."""
        with await asyncio.to_thread(self.path.open, "rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece


class _Told(Struct, frozen=True):
    media_type: str = ""
    width: int = 0
    height: int = 0
    place: PlaceView | None = None
    refused: str = ""


class Pictures:
    """Where pictures are made anew; `folder` holds them meanwhile, and what is left there may be removed.

    `waiting` is how many may wait their turn; whoever comes then is asked to come again. `patience` is in
    seconds, `program` what is run.
    """

    def __init__(
        self, folder: Path, *, at_once: int = 2, waiting: int = 64, patience: float = 30.0,
        program: Path = PROGRAM,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._gate = asyncio.Semaphore(at_once)
        self._most_waiting, self._patience, self._program = waiting, patience, program
        self._waiting = 0

    @asynccontextmanager
    async def remade(self, content: AsyncIterable[bytes], *, most: int) -> AsyncIterator[Remade]:
        """Lend a picture made anew from a content of at most `most` bytes.

        Raises Refusal `file.too_large`, `file.too_many_pixels`, `file.picture_broken`, and `store.busy` when
        too many wait already.
        """
        if self._waiting >= self._most_waiting:
            raise Refusal("store.busy", retry_after=_COME_AGAIN)
        source, file = await asyncio.to_thread(self._aside)
        self._waiting += 1
        made = source.with_suffix(".made")
        try:
            with file:
                await _fill(file, content, most)
            async with self._gate:
                told = await self._run(source, made)
            yield Remade(made, told.media_type, told.width, told.height, told.place)
        finally:
            self._waiting -= 1
            source.unlink(missing_ok=True)
            made.unlink(missing_ok=True)

    async def _run(self, source: Path, target: Path) -> _Told:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-B", str(self._program), str(source), str(target),
            stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env={},
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._patience):
                out, _ = await process.communicate()
        except TimeoutError:
            raise Refusal("file.picture_broken") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        try:
            told = msgspec.json.decode(out, type=_Told)
        except msgspec.DecodeError:  # it was ended for taking too much of something
            raise Refusal("file.picture_broken") from None
        if told.refused == "file.too_many_pixels":
            raise Refusal("file.too_many_pixels")
        if told.refused:
            raise Refusal("file.picture_broken")
        return told

    def _aside(self) -> tuple[Path, BinaryIO]:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = mkstemp(dir=self._folder)
        return Path(name), os.fdopen(descriptor, "wb")


async def _fill(file: BinaryIO, content: AsyncIterable[bytes], most: int) -> None:
    size = 0
    async for piece in content:
        size += len(piece)
        if size > most:
            raise Refusal("file.too_large", most=most)
        await asyncio.to_thread(file.write, piece)
