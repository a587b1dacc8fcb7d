"""Checking a receipt with nothing but the receipt and public keys: no database, no network."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts._checkpoint import Signed, open_checkpoint
from yuzhi.capabilities.receipts._merkle import HASH, includes
from yuzhi.capabilities.receipts._notes import VerifierKey
from yuzhi.capabilities.receipts._receipt import FORMAT, Proven, Receipt
from yuzhi.store.journal import leaf_hash

MOST = 32 * 1024 * 1024  # bytes of a receipt


class Fault(Struct, frozen=True):
    """Something that does not hold, by code; `seq` is the entry, 0 for the receipt as a whole."""

    seq: int
    code: str


class Witnessed(Struct, frozen=True):
    """A witness who signed the checkpoint, and when (seconds from 1970)."""

    name: str
    at: int


class Said(Struct, frozen=True):
    """What an entry says in its own body."""

    seq: int
    at: str
    step: str
    index: int


class Checked(Struct, frozen=True):
    """What came out: the receipt holds if there are no faults."""

    number: str
    matter: str
    origin: str
    size: int
    entries: tuple[Said, ...]
    waiting: int
    witnesses: tuple[Witnessed, ...]
    faults: tuple[Fault, ...]


class _Body(Struct, frozen=True):
    """The part of an entry's body that a receipt is held against."""

    v: int
    matter: str
    seq: int
    at: str
    step: str
    facts: tuple[dict[str, object], ...] = ()


_decoder = msgspec.json.Decoder(Receipt)
_body_decoder = msgspec.json.Decoder(_Body)


def check_receipt(content: bytes, keys: Sequence[VerifierKey], *, witnesses: int = 0) -> Checked:
    """Check a receipt with keys of the log and, if any, of witnesses; at least so many must have signed.

    Raises Refusal `receipt.unreadable` for what is no receipt, `receipt.bad_note`,
    `receipt.bad_checkpoint`, `receipt.unknown_key` and `receipt.bad_signature` for a checkpoint that
    vouches for nothing.
    """
    receipt = _read(content)
    signed = open_checkpoint(receipt.checkpoint, keys)
    faults = list(_whole(receipt, signed, witnesses))
    said = []
    for one in receipt.entries:
        found = list(_entry(receipt, signed, one))
        faults += [Fault(one.seq, code) for code in found]
        if not found:
            body = _body_decoder.decode(one.body)
            said.append(Said(seq=one.seq, at=body.at, step=body.step, index=one.index))
    return Checked(
        number=receipt.number, matter=receipt.matter, origin=signed.checkpoint.origin,
        size=signed.checkpoint.size, entries=tuple(said), waiting=len(receipt.waiting),
        witnesses=tuple(Witnessed(one.key.name, one.at or 0) for one in signed.by_witnesses),
        faults=tuple(faults),
    )  # fmt: skip


def check_leaf(proof: str, leaf: str, keys: Sequence[VerifierKey]) -> int:
    """Check a C2SP tlog-proof for a leaf hash (hex) and return the size of the log that holds it.

    Raises Refusal `receipt.unreadable`, `receipt.not_included`, and those of a checkpoint.
    """
    head, _, note = proof.partition("\n\n")
    lines = head.split("\n")
    index = lines[1].removeprefix("index ") if len(lines) > 1 else ""
    if lines[0] != "c2sp.org/tlog-proof@v1" or not (index.isascii() and index.isdigit() and len(index) < 20):
        raise Refusal("receipt.unreadable", trouble="not a tlog-proof")
    found = open_checkpoint(note, keys).checkpoint
    path = [_hash(line) for line in lines[2:]]
    if not includes(found.root, found.size, int(index), bytes.fromhex(leaf), path):
        raise Refusal("receipt.not_included")
    return found.size


def _read(content: bytes) -> Receipt:
    if len(content) > MOST:
        raise Refusal("receipt.unreadable", trouble="too large")
    try:
        receipt = _decoder.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise Refusal("receipt.unreadable", trouble=str(trouble)[:200]) from trouble
    if receipt.format != FORMAT:
        raise Refusal("receipt.unreadable", trouble=f"format {receipt.format[:40]!r}")
    return receipt


def _whole(receipt: Receipt, signed: Signed, witnesses: int) -> Iterator[Fault]:
    if receipt.origin != signed.checkpoint.origin:
        yield Fault(0, "receipt.other_origin")
    if len({one.key.public for one in signed.by_witnesses}) < witnesses:
        yield Fault(0, "receipt.too_few_witnesses")
    if not receipt.entries:
        yield Fault(0, "receipt.nothing_proven")
    seqs = [one.seq for one in receipt.entries] + [one.seq for one in receipt.waiting]
    if sorted(seqs) != list(range(1, len(seqs) + 1)):
        yield Fault(0, "receipt.entry_left_out")


def _entry(receipt: Receipt, signed: Signed, one: Proven) -> Iterator[str]:
    """Yield what is wrong with an entry: its body and its leaf, its leaf and the log, what it says."""
    leaf = leaf_hash(one.body.encode("utf-8", "surrogatepass"))
    if leaf.hex() != one.leaf:
        yield "receipt.leaf_differs"
    path = [_hash(step) for step in one.proof]
    if not includes(signed.checkpoint.root, signed.checkpoint.size, one.index, leaf, path):
        yield "receipt.not_included"
    try:
        body = _body_decoder.decode(one.body)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        yield "receipt.body_unreadable"
        return
    if (body.matter, body.seq) != (receipt.matter, one.seq):
        yield "receipt.of_other_matter"
    # The number stands in the first entry; who shows another one shows another matter.
    numbers = [fact["number"] for fact in body.facts if fact.get("fact") == "opened" and "number" in fact]
    if one.seq == 1 and numbers != [receipt.number]:
        yield "receipt.of_other_number"


def _hash(text: str) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if len(raw) == HASH else b""
