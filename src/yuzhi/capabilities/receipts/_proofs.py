"""What others ask of the log: consistency between two sizes, room for cosignatures, bundles of entries."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import _queries as queries
from yuzhi.capabilities.receipts._checkpoint import open_checkpoint, parse_checkpoint
from yuzhi.capabilities.receipts._log import Log
from yuzhi.capabilities.receipts._merkle import HASH, consistency_path, tree_root
from yuzhi.capabilities.receipts._notes import COSIGNATURE, VerifierKey, note_of, split_note
from yuzhi.capabilities.receipts._tiles import WIDTH, Place, TileNodes
from yuzhi.store.journal import leaf_hash
from yuzhi.store.postgres.pool import acquired

LONGEST_ENTRY = 0xFFFF  # bytes, as C2SP tlog-tiles has a length in two bytes


class Consistency(Struct, frozen=True):
    """The proof that a tree continues another, hashes and roots in base64 (RFC 6962 §2.1.2)."""

    before: int
    root_before: str
    after: int
    root_after: str
    proof: tuple[str, ...]


async def consistency(log: Log, before: int, after: int) -> Consistency:
    """Return the proof between two sizes of the log, checkpoints or not.

    Raises Refusal `receipt.no_such_size` for sizes beyond what is vouched for, or out of order.
    """
    return await asyncio.to_thread(_consistency, log, before, after)


def _consistency(log: Log, before: int, after: int) -> Consistency:
    note = log.folder.checkpoint()
    size = open_checkpoint(note, log.verifiers()).checkpoint.size if note is not None else 0
    if not 0 <= before <= after <= size:
        raise Refusal("receipt.no_such_size", before=before, after=after, size=size)
    nodes = TileNodes(log.folder.read_tile, after)
    path = consistency_path(nodes, before, after)
    earlier = tree_root(TileNodes(log.folder.read_tile, before), before)
    return Consistency(
        before=before, root_before=_base64(earlier), after=after, root_after=_base64(tree_root(nodes, after)),
        proof=tuple(_base64(step) for step in path),
    )  # fmt: skip


async def add_cosignatures(log: Log, lines: str, keys: Sequence[VerifierKey], size: int) -> int:
    """Keep the lines of witnesses (by their `keys`) under the checkpoint of a size; return how many.

    They appear on the checkpoint that is up, if it is that one, and in receipts. Raises Refusal
    `receipt.no_such_checkpoint`, `receipt.unknown_key`, `receipt.bad_signature`, `receipt.bad_note`.
    """
    async with acquired(log.pool) as conn:
        stamped = await queries.stamped(conn, size=size)
        if stamped is None:
            raise Refusal("receipt.no_such_checkpoint", size=size)
        given = "".join(f"{line}\n" for line in lines.splitlines() if line.strip())
        witnesses = [key for key in keys if key.kind == COSIGNATURE]
        signed = open_checkpoint(stamped.note + given, (*log.verifiers(), *witnesses))
        if not signed.by_witnesses:
            raise Refusal("receipt.unknown_key", names=[key.name for key in witnesses][:20])
        found = [(str(one.key), one.line) for one in signed.by_witnesses]
        await queries.cosigned(conn, size, found, log.now())
        whole = await queries.stamped(conn, size=size)
    shown = await asyncio.to_thread(log.folder.checkpoint)
    if whole is not None and shown is not None and parse_checkpoint(split_note(shown)[0]).size == size:
        text, own = split_note(whole.note)
        await asyncio.to_thread(log.folder.publish, note_of(text, (*own, *whole.cosignatures)))
    return len(found)


async def entry_bundle(log: Log, place: Place) -> bytes:
    """Return a bundle of entries: each body after its length in two bytes, big-endian (C2SP tlog-tiles).

    It is put together from the journal and held against the tile of leaf hashes. Raises Refusal
    `receipt.tile_missing`, `receipt.entry_altered`, and `receipt.entry_too_long` for what the form
    cannot hold.
    """
    tile = await asyncio.to_thread(log.folder.read_tile, Place(0, place.index, place.width))
    first = place.index * WIDTH
    async with acquired(log.pool) as conn:
        bodies = await queries.bodies(conn, first, first + place.width)
    hashes = [tile[at : at + HASH] for at in range(0, len(tile), HASH)]
    if [leaf_hash(body) for body in bodies] != hashes:
        raise Refusal("receipt.entry_altered", tile=place.path)
    if any(len(body) > LONGEST_ENTRY for body in bodies):
        raise Refusal("receipt.entry_too_long", tile=place.path)
    return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
