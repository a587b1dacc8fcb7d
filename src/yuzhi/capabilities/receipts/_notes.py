"""Signed notes (C2SP signed-note) with Ed25519: keys as text, signing, cosigning, opening.

A log signs the note's text; a witness signs it with the time, as C2SP tlog-cosignature has it.
"""

import binascii
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from yuzhi.base.refusal import Refusal

SIGNATURE, COSIGNATURE = 0x01, 0x04
"""Kinds of keys: a log's, and a witness's, whose signatures carry the time."""

MOST = 64 * 1024  # bytes of a note
MOST_SIGNATURES = 100

_DASH = "\u2014 "


class VerifierKey(Struct, frozen=True):
    """A public key and whose it is, in text `name+id+key`."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Return the four bytes by which signatures name the key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"


class SigningKey(Struct, frozen=True):
    """A private key and whose it is, in text `PRIVATE+KEY+name+id+key`; told nowhere else."""

    name: str
    kind: int
    seed: bytes

    @property
    def verifier(self) -> VerifierKey:
        """Return the public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(name=self.name, kind=self.kind, public=public)

    def to_text(self) -> str:
        """Return the key as its file holds it."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.id.hex()}+{_base64(bytes([self.kind]) + self.seed)}"

    def __repr__(self) -> str:
        return f"SigningKey(name={self.name!r})"


class Signature(Struct, frozen=True):
    """A signature that was checked: whose it is, its line, and for a witness the time (seconds from 1970)."""

    key: VerifierKey
    line: str
    at: int | None = None


class Opened(Struct, frozen=True):
    """A note whose signatures were checked."""

    text: str
    signatures: tuple[Signature, ...]


def checked_name(name: str) -> str:
    """Return a key's name if it can be one; raise Refusal `receipt.bad_name`."""
    if not name or "+" in name or any(unicodedata.category(one)[0] in "ZC" for one in name):
        raise Refusal("receipt.bad_name", name=name[:80])
    return name


def parse_verifier(text: str) -> VerifierKey:
    """Read a public key; raise Refusal `receipt.bad_key`."""
    name, _, rest = text.strip().partition("+")
    id_, _, encoded = rest.partition("+")
    raw = _decoded(encoded)
    if raw is not None and len(raw) == 33 and raw[0] in {SIGNATURE, COSIGNATURE}:
        key = VerifierKey(name=checked_name(name), kind=raw[0], public=raw[1:])
        if key.id.hex() == id_:
            return key
    raise Refusal("receipt.bad_key", key=text[:120])


def parse_signer(text: str) -> SigningKey:
    """Read a private key; raise Refusal `receipt.bad_key`, which does not tell it."""
    _, _, rest = text.strip().partition("PRIVATE+KEY+")
    name, _, rest = rest.partition("+")
    id_, _, encoded = rest.partition("+")
    raw = _decoded(encoded)
    if raw is not None and len(raw) == 33 and raw[0] in {SIGNATURE, COSIGNATURE}:
        key = SigningKey(name=checked_name(name), kind=raw[0], seed=raw[1:])
        if key.verifier.id.hex() == id_:
            return key
    raise Refusal("receipt.bad_key", key="PRIVATE+KEY")


def parse_keys(text: str) -> tuple[VerifierKey, ...]:
    """Read public keys, one a line; blank lines and lines that begin with # say nothing."""
    lines = [line.strip() for line in text.splitlines()]
    return tuple(parse_verifier(line) for line in lines if line and not line.startswith("#"))


def sign(text: str, key: SigningKey, *, at: int | None = None) -> str:
    """Return the signature line for a note's text; a witness's key needs the time, in seconds from 1970."""
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    if key.kind == COSIGNATURE:
        if at is None:
            raise ValueError("a witness signs with the time")
        signed = at.to_bytes(8, "big") + private.sign(_cosigned(text, at))
    else:
        signed = private.sign(text.encode())
    return f"{_DASH}{key.name} {_base64(key.verifier.id + signed)}\n"


def note_of(text: str, lines: Iterable[str]) -> str:
    """Return a note: its text, which ends a line, a blank line, its signature lines."""
    return text + "\n" + "".join(lines)


def open_note(note: str, keys: Sequence[VerifierKey]) -> Opened:
    """Check a note and return it with the signatures of known keys, at least one.

    Raises Refusal `receipt.bad_note` (not a note), `receipt.bad_signature` (a known key's is wrong)
    and `receipt.unknown_key` (none is by a known key). Signatures of unknown keys count for nothing.
    """
    text, lines = split_note(note)
    known = {(key.name, key.id): key for key in keys}
    found: list[Signature] = []
    for line in lines:
        name, _, encoded = line.removeprefix(_DASH).rstrip("\n").partition(" ")
        raw = _decoded(encoded)
        if not line.startswith(_DASH) or not name or raw is None or len(raw) < 5:
            raise Refusal("receipt.bad_note")
        key = known.get((name, raw[:4]))
        if key is None or key in {one.key for one in found}:
            continue
        found.append(Signature(key=key, line=line, at=_check(key, text, raw[4:])))
    if not found:
        raise Refusal("receipt.unknown_key", names=[key.name for key in keys][:20])
    return Opened(text=text, signatures=tuple(found))


def split_note(note: str) -> tuple[str, tuple[str, ...]]:
    """Return a note's text and its signature lines, unchecked; raise Refusal `receipt.bad_note`."""
    if len(note) > MOST or any(one < " " and one != "\n" for one in note):
        raise Refusal("receipt.bad_note")
    text, blank, rest = note.rpartition("\n\n")
    lines = rest.splitlines(keepends=True) if rest.endswith("\n") else []
    if not blank or not lines or len(lines) > MOST_SIGNATURES:
        raise Refusal("receipt.bad_note")
    return text + "\n", tuple(lines)


def _check(key: VerifierKey, text: str, signed: bytes) -> int | None:
    at = None
    message = text.encode()
    if key.kind == COSIGNATURE:
        at, signed = int.from_bytes(signed[:8], "big"), signed[8:]
        message = _cosigned(text, at)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed, message)
    except (InvalidSignature, ValueError) as wrong:
        raise Refusal("receipt.bad_signature", name=key.name) from wrong
    return at


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
