"""Secrets that are handed out: long tokens for machines, short codes for people; only digests are kept."""

import base64
from hashlib import sha256
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code survives being read aloud and written down."""

_READ_AS: Final = str.maketrans("OIL", "011", " -")
TOKEN_BYTES: Final = 32


def long_token(chance: bytes) -> str:
    """Return a token of 256 bits for cookies and headers."""
    return base64.urlsafe_b64encode(chance).rstrip(b"=").decode()


def short_code(chance: bytes, *, letters: int, group: int = 5) -> str:
    """Return a code of five bits a letter, in groups with hyphens between them."""
    number = int.from_bytes(chance, "big")
    code = "".join(ALPHABET[(number >> (5 * n)) & 31] for n in range(letters))
    return "-".join(code[n : n + group] for n in range(0, letters, group))


def plain_code(code: str) -> str:
    """Return a code as it is compared: without hyphens and spaces, look-alikes taken for what was meant."""
    return code.upper().translate(_READ_AS)


def digest_of(secret: str) -> bytes:
    """Return the digest a secret of much chance is kept by; one of little chance needs a keyed digest."""
    return sha256(secret.encode()).digest()
