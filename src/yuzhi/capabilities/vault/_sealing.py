"""One person's data, sealed: AES-256-GCM under a key of their own, which a master key wraps.

Each ciphertext is bound to its row and field, so that none can be moved to where another stood.
"""

from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.vault._keys import KEY, Keys, Master

NONCE = 12  # bytes; random, for each key seals only a few values

_FIELD, _WRAP = b"yuzhi vault field 1\x00", b"yuzhi vault key 1\x00"


def wrap(master: Master, id: UUID, key: bytes, nonce: bytes) -> bytes:  # noqa: A002
    """Return a person's key, wrapped."""
    return nonce + master.cipher.encrypt(nonce, key, _WRAP + id.bytes + master.id.encode())


def unwrap(keys: Keys, key_id: str, id: UUID, wrapped: bytes) -> bytes:  # noqa: A002
    """Return a person's key; raises Refusal `vault.key_missing`, `vault.altered`."""
    master = keys.master(key_id)
    return _opened(master.cipher, wrapped, _WRAP + id.bytes + master.id.encode(), id, "key")


def seal(key: bytes, id: UUID, values: Mapping[str, str], nonces: bytes) -> dict[str, bytes]:  # noqa: A002
    """Return values sealed, by field; `nonces` has twelve random bytes for each."""
    cipher = AESGCM(key)
    bound = _FIELD + id.bytes
    sealed = {}
    for place, (field, value) in enumerate(values.items()):
        nonce = nonces[place * NONCE : (place + 1) * NONCE]
        sealed[field] = nonce + cipher.encrypt(nonce, value.encode(), bound + field.encode())
    return sealed


def unseal(key: bytes, id: UUID, values: Mapping[str, bytes]) -> dict[str, str]:  # noqa: A002
    """Return sealed values opened, by field; raises Refusal `vault.altered` (with person and field)."""
    cipher = AESGCM(key)
    bound = _FIELD + id.bytes
    return {
        field: _opened(cipher, value, bound + field.encode(), id, field).decode()
        for field, value in values.items()
    }


def _opened(cipher: AESGCM, sealed: bytes, bound: bytes, id: UUID, field: str) -> bytes:  # noqa: A002
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound)
    except (InvalidTag, ValueError) as error:
        raise Refusal("vault.altered", person=str(id), field=field) from error


__all__ = ["KEY", "NONCE", "seal", "unseal", "unwrap", "wrap"]
