"""What the commands of `receipt` do once they are handed the log; each opens it and closes it again."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import by_number
from yuzhi.capabilities.receipts import (
    Audited,
    Checkpoint,
    Consistency,
    Log,
    Published,
    Receipt,
    Slip,
    VerifierKey,
    add_cosignatures,
    audit,
    consistency,
    open_checkpoint,
    parse_keys,
    publish,
    receipt_of,
    slip_of,
)
from yuzhi.doors.cli.output import Advance

Open = Callable[[], AbstractAsyncContextManager[Log]]


async def receipt_and_slip(open_: Open, number: str, page: str) -> tuple[Receipt, Slip]:
    """Return what a matter's resident gets, by its number; raises Refusal `matter.not_found`."""
    async with open_() as log:
        matter = await by_number(log.pool, number)
        if matter is None:
            raise Refusal("matter.not_found", matter=number[:40])
        return await receipt_of(log, matter, number), await slip_of(log, matter, number, page)


async def standing(open_: Open) -> tuple[Log, Checkpoint | None]:
    """Return the log and its newest checkpoint."""
    async with open_() as log:
        note = log.folder.checkpoint()
        return log, open_checkpoint(note, log.verifiers()).checkpoint if note is not None else None


async def catch_up(open_: Open, advance: Advance) -> Published | None:
    """Publish until nothing is left; None if another process is at it."""
    async with open_() as log:
        added = 0
        while (done := await publish(log)) is not None:
            advance(done.added)
            added += done.added
            if not (done.is_behind or done.added):
                return Published(size=done.size, added=added, is_behind=False)
        return None


async def prove(open_: Open, before: int, after: int) -> Consistency:
    """Return the proof between two sizes."""
    async with open_() as log:
        return await consistency(log, before, after)


async def hold(open_: Open, advance: Advance) -> Audited:
    """Hold the journal against the log."""
    async with open_() as log:
        seen = 0

        def moved(now: int) -> None:
            nonlocal seen
            advance(now - seen)
            seen = now

        return await audit(log, moved)


async def keep(open_: Open, lines: str, keys: Sequence[VerifierKey], size: int) -> int:
    """Keep witnesses' lines; return how many."""
    async with open_() as log:
        return await add_cosignatures(log, lines, keys, size)


def keys_in(files: Sequence[Path]) -> tuple[VerifierKey, ...]:
    """Return the verifier keys in some files."""
    return tuple(key for file in files for key in parse_keys(read(file).decode("utf-8", "replace")))


def read(file: Path) -> bytes:
    """Return a file's content; raises Refusal `receipt.file_unreadable`."""
    try:
        return file.read_bytes()
    except OSError as trouble:
        raise Refusal("receipt.file_unreadable", path=str(file), trouble=str(trouble)) from trouble
