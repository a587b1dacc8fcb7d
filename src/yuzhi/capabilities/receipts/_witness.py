"""A witness: it remembers the last checkpoint of a log it saw, and signs the next only if that continues it.

It needs the log's public files and keys, nothing of the database; best run by somebody else, elsewhere.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts._checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from yuzhi.capabilities.receipts._merkle import consistency_path, continues
from yuzhi.capabilities.receipts._notes import SigningKey, VerifierKey, sign
from yuzhi.capabilities.receipts._tiles import Place, TileNodes


class Source(Protocol):
    """Where a log's public files are read from."""

    def checkpoint(self) -> str | None:
        """Return the signed checkpoint that is up."""
        ...

    def read_tile(self, place: Place) -> bytes:
        """Return the hashes of a tile; raises Refusal `receipt.tile_missing`."""
        ...


class Cosigned(Struct, frozen=True):
    """What a witness says: the checkpoint it signed, the one it had seen before, and its signature line."""

    origin: str
    size: int
    before: int | None
    line: str


def cosign(
    source: Source,
    keys: Sequence[VerifierKey],
    witness: SigningKey,
    memory: Path,
    now: Callable[[], datetime],
) -> Cosigned:
    """Sign the checkpoint that is up, once it is known to continue the one last seen.

    `memory` is the file that keeps the last one; it is written before the signature is given away.
    Raises Refusal `receipt.forked` (with both sizes) when the log shows another history than before,
    `receipt.went_back` when it shows an older tree, `receipt.not_yet`, and those of `open_checkpoint`.
    """
    note = source.checkpoint()
    if note is None:
        raise Refusal("receipt.not_yet")
    shown = open_checkpoint(note, keys).checkpoint
    with _locked(memory):
        last = _remembered(memory)
        if last is not None:
            if last.origin != shown.origin:
                raise Refusal("receipt.other_log", shown=shown.origin, wanted=last.origin)
            if shown.size < last.size:
                raise Refusal("receipt.went_back", seen=last.size, shown=shown.size)
            _must_continue(source, last, shown)
        _remember(memory, shown)
    line = sign(shown.text, witness, at=int(now().timestamp()))
    return Cosigned(origin=shown.origin, size=shown.size, before=last.size if last else None, line=line)


def _must_continue(source: Source, last: Checkpoint, shown: Checkpoint) -> None:
    try:
        path = consistency_path(TileNodes(source.read_tile, shown.size), last.size, shown.size)
    except ValueError as error:  # tiles of another tree
        raise Refusal("receipt.forked", seen=last.size, shown=shown.size) from error
    if not continues(last.size, last.root, shown.size, shown.root, path):
        raise Refusal("receipt.forked", seen=last.size, shown=shown.size)


def _remembered(memory: Path) -> Checkpoint | None:
    text = memory.read_text(encoding="utf-8") if memory.exists() else ""
    return parse_checkpoint(text) if text else None


def _remember(memory: Path, shown: Checkpoint) -> None:
    aside = memory.with_name(f".{memory.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as out:
        out.write(shown.text)
        out.flush()
        os.fsync(out.fileno())
    aside.rename(memory)
    descriptor = os.open(memory.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(memory: Path) -> Iterator[None]:
    """Look and replace as one act, whoever else does the same."""
    memory.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(memory.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
