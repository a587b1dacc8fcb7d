"""A matter's receipt: all it takes to check, far from here, that its entries are in the log unaltered."""

import asyncio
from base64 import b64encode
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import _queries as queries
from yuzhi.capabilities.receipts._checkpoint import parse_checkpoint
from yuzhi.capabilities.receipts._log import Log
from yuzhi.capabilities.receipts._merkle import inclusion_path
from yuzhi.capabilities.receipts._notes import split_note
from yuzhi.capabilities.receipts._tiles import TileNodes
from yuzhi.store.journal import leaf_hash
from yuzhi.store.postgres.pool import acquired

FORMAT = "yuzhi-receipt/1"


class Proven(Struct, frozen=True):
    """An entry in the log: its canonical body, leaf hash (hex), index, and proof (base64, sibling first)."""

    seq: int
    leaf: str
    index: int
    proof: tuple[str, ...]
    body: str


class Waiting(Struct, frozen=True):
    """An entry too new to be in the checkpoint; a receipt asked for a little later has it."""

    seq: int
    leaf: str


class Receipt(Struct, frozen=True):
    """What a resident can keep. `keys` are told for convenience: check with keys from elsewhere."""

    format: str
    origin: str
    matter: str
    number: str
    entries: tuple[Proven, ...]
    waiting: tuple[Waiting, ...]
    checkpoint: str
    keys: tuple[str, ...]


class LeafProof(Struct, frozen=True):
    """The proof for one leaf: `text` is a C2SP tlog-proof."""

    index: int
    text: str


async def receipt_of(log: Log, matter: UUID, number: str) -> Receipt:
    """Return a matter's receipt as of now. Whether it may be seen is asked before.

    The newest cosigned checkpoint with all its entries serves, else the newest. Raises Refusal
    `receipt.not_yet` while the log has no checkpoint, `matter.not_found`, and those of reading tiles.
    """
    async with acquired(log.pool) as conn:
        entries = await queries.logged(conn, matter)
        if not entries:
            raise Refusal("matter.not_found", matter=str(matter))
        note = await _note_over(
            log, conn, max((one.index for one in entries if one.index is not None), default=0)
        )
    return await asyncio.to_thread(_receipt, log, matter, number, entries, note)


async def leaf_proof(log: Log, number: str, leaf: str) -> LeafProof:
    """Return the proof that the first entry of the matter with a number is in the log.

    To whoever does not know that entry's leaf hash (hex), a number that exists is like one that does
    not: Refusal `receipt.unknown_leaf`. `receipt.not_yet` when it is not in the log yet.
    """
    async with acquired(log.pool) as conn:
        found = await queries.first_entry(conn, number)
        if found is None or leaf_hash(found[1].body).hex() != leaf:
            raise Refusal("receipt.unknown_leaf")
        index = found[1].index
        if index is None:
            raise Refusal("receipt.not_yet")
        note = await _note_over(log, conn, index)
    return await asyncio.to_thread(_leaf_proof, log, index, note)


async def _note_over(log: Log, conn: asyncpg.Connection, index: int) -> str:
    cosigned = await queries.stamped(conn, over=index)
    if cosigned is not None:
        return cosigned.full_note
    note = await asyncio.to_thread(log.folder.checkpoint)
    if note is None:
        raise Refusal("receipt.not_yet")
    return note


def _receipt(log: Log, matter: UUID, number: str, entries: list[queries.Logged], note: str) -> Receipt:
    size = parse_checkpoint(split_note(note)[0]).size
    nodes = TileNodes(log.folder.read_tile, size)
    proven, waiting = [], []
    for one in entries:
        leaf = leaf_hash(one.body).hex()
        if one.index is None or one.index >= size:
            waiting.append(Waiting(seq=one.seq, leaf=leaf))
        else:
            proof = tuple(_base64(step) for step in inclusion_path(nodes, one.index, size))
            proven.append(
                Proven(seq=one.seq, leaf=leaf, index=one.index, proof=proof, body=one.body.decode())
            )
    return Receipt(
        format=FORMAT, origin=log.origin, matter=str(matter), number=number, entries=tuple(proven),
        waiting=tuple(waiting), checkpoint=note, keys=tuple(str(key) for key in log.verifiers()),
    )  # fmt: skip


def _leaf_proof(log: Log, index: int, note: str) -> LeafProof:
    size = parse_checkpoint(split_note(note)[0]).size
    if index >= size:
        raise Refusal("receipt.not_yet")
    path = inclusion_path(TileNodes(log.folder.read_tile, size), index, size)
    lines = "".join(f"{_base64(step)}\n" for step in path)
    return LeafProof(index=index, text=f"c2sp.org/tlog-proof@v1\nindex {index}\n{lines}\n{note}")


def to_json(receipt: Receipt) -> bytes:
    """Return a receipt as its file holds it."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=1)


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
