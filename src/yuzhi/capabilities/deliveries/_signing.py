"""Signatures of messages in the Standard Webhooks format (standardwebhooks.com, version 1, symmetric)."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from yuzhi.base.refusal import Refusal

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
TOLERANCE = timedelta(minutes=5)


def secret_of(text: str) -> bytes:
    """Return the key that a secret (`whsec_…`) stands for; raise ValueError when it is none."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError("from 24 to 64 bytes")
    return key


def signature(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message: HMAC-SHA256 over its id, time (seconds) and body."""
    signed = hmac.digest(key, f"{id_}.{timestamp}.".encode() + body, sha256)
    return "v1," + base64.b64encode(signed).decode()


def signed_headers(keys: Sequence[bytes], id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that go with a message; while a key is being replaced, both sign."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, id_, timestamp, body) for key in keys),
    }


def check(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a signed message we were sent.

    Raises Refusal `signature.missing`, `signature.too_old` (or from the future) and `signature.wrong`.
    """
    try:
        id_, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"]
    except KeyError:
        raise Refusal("signature.missing") from None
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise Refusal("signature.missing")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise Refusal("signature.too_old", minutes=int(TOLERANCE.total_seconds()) // 60)
    wanted = [signature(key, id_, int(timestamp), body).encode() for key in keys]
    # Every pair is compared, in the same time whatever is wrong.
    matches = [hmac.compare_digest(one.encode(), right) for one in given.split(" ")[:8] for right in wanted]
    if not any(matches):
        raise Refusal("signature.wrong")
    return id_
