"""What is done with the installation's secret key: sealing, keyed digests, codes that follow from an id."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
_NONCE: Final = 12


class Secrets:
    """Keys derived (HKDF, RFC 5869) from one secret that lies outside the database.

    Without it a stolen backup tells no second factor, no telephone number and no code.
    """

    def __init__(self, key: bytes, chance: Callable[[int], bytes]) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError("the secret key has at least 32 bytes")
        self._cipher = AESGCM(_derived(key, b"seal"))
        self._digest = _derived(key, b"tag")
        self._codes = _derived(key, b"code")
        self._chance = chance

    def seal(self, plain: bytes, about: str) -> bytes:
        """Return `plain` encrypted (AES-256-GCM), bound to what it is about."""
        nonce = self._chance(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, about.encode())

    def unseal(self, sealed: bytes, about: str) -> bytes | None:
        """Return what was sealed about the same, None if it was not, or with another key."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except InvalidTag:
            return None

    def tag(self, kind: str, *parts: str) -> bytes:
        """Return the keyed digest of some words: the same for the same, telling nothing without the key."""
        return _mac(self._digest, kind, parts)

    def code(self, kind: str, *parts: str) -> bytes:
        """Return 32 bytes that follow from some words and the key, to make a code of; never stored."""
        return _mac(self._codes, kind, parts)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"yuzhi accounts " + purpose).derive(key)


def _mac(key: bytes, kind: str, parts: tuple[str, ...]) -> bytes:
    # Each part goes with its length, so that no two lists of words are one.
    told = b"".join(len(part).to_bytes(4, "big") + part for part in (one.encode() for one in (kind, *parts)))
    return hmac.digest(key, told, sha256)
