"""Time-based one-time passwords (RFC 6238 over RFC 4226): SHA-1, six digits, steps of thirty seconds."""

import base64
import hmac
import struct
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

STEP: Final = 30  # seconds
DIGITS: Final = 6
WINDOW: Final = 1  # steps before and after the present one whose codes are taken
SECRET_BYTES: Final = 20


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of a time step (RFC 4226 §5.3)."""
    told = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = told[-1] & 0x0F
    number = int.from_bytes(told[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def step_at(at: datetime) -> int:
    """Return the time step an instant lies in."""
    return int(at.timestamp()) // STEP


def matching_step(secret: bytes, code: str, at: datetime, *, after: int) -> int | None:
    """Return the step whose code was given, None if there is none near the instant or after step `after`.

    Every code of the window is compared, whichever fits, in a time that does not tell.
    """
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return None
    now = step_at(at)
    found = None
    for step in range(now - WINDOW, now + WINDOW + 1):
        if hmac.compare_digest(code_at(secret, step), code) and step > after:
            found = step
    return found


def enrolment_uri(secret: bytes, *, issuer: str, name: str) -> str:
    """Return the `otpauth:` address that an authenticator takes in, usually from a QR code."""
    label = f"{quote(issuer)}:{quote(name)}"
    told = {"secret": base32(secret), "issuer": issuer, "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{label}?{urlencode(told, quote_via=quote)}"


def base32(secret: bytes) -> str:
    """Return a secret as people type it into an authenticator."""
    return base64.b32encode(secret).decode().rstrip("=")
