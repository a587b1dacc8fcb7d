"""Checkpoints (C2SP tlog-checkpoint): what a log says of itself at a size, as the text of a signed note."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts._merkle import HASH
from yuzhi.capabilities.receipts._notes import COSIGNATURE, SIGNATURE, Signature, VerifierKey, open_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(Struct, frozen=True):
    """A log's name, how many leaves it has, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode('ascii')}\n"


class Signed(Struct, frozen=True):
    """A checkpoint whose signatures were checked: the log's own, and those of witnesses we know."""

    checkpoint: Checkpoint
    note: str
    by_log: Signature
    by_witnesses: tuple[Signature, ...]


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text, passing over extension lines; raise Refusal `receipt.bad_checkpoint`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(lines[1]):
        raise Refusal("receipt.bad_checkpoint")
    try:
        root = b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("receipt.bad_checkpoint") from error
    if len(root) != HASH or b64encode(root).decode("ascii") != lines[2]:
        raise Refusal("receipt.bad_checkpoint")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def open_checkpoint(note: str, keys: Sequence[VerifierKey]) -> Signed:
    """Check a signed checkpoint. The log's key must have the name the checkpoint gives as its origin.

    Raises as `open_note`, and Refusal `receipt.bad_checkpoint`, `receipt.unknown_key`.
    """
    opened = open_note(note, keys)
    checkpoint = parse_checkpoint(opened.text)
    by_log = [
        one for one in opened.signatures if one.key.kind == SIGNATURE and one.key.name == checkpoint.origin
    ]
    if not by_log:
        raise Refusal("receipt.unknown_key", names=[key.name for key in keys][:20])
    witnesses = tuple(one for one in opened.signatures if one.key.kind == COSIGNATURE)
    return Signed(checkpoint=checkpoint, note=note, by_log=by_log[0], by_witnesses=witnesses)
