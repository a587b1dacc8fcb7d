"""Identifiers: time-ordered UUIDs (RFC 9562, version 7) and the matter number people read aloud."""

from datetime import datetime
from uuid import UUID

EPOCH_DIGITS = 48
_VERSION_4 = 0x4 << 76 | 0b10 << 62
_UNSET = (1 << 128) - 1 ^ (0xF << 76 | 0b11 << 62)

# What each digit counts for, by its byte: once, or twice with the two digits of that added up.
_ONCE = bytes(byte - 48 if 48 <= byte < 58 else 0 for byte in range(256))
_TWICE = bytes((2 * value - 9 if value > 4 else 2 * value) for value in _ONCE)


def uuid7(at: datetime, entropy: bytes) -> UUID:
    """Return the version 7 UUID of an aware instant and ten bytes of chance (RFC 9562 §5.7)."""
    millis = int(at.timestamp() * 1000) & ((1 << EPOCH_DIGITS) - 1)
    chance = int.from_bytes(entropy[:10], "big")
    rand_a = chance >> 68
    rand_b = chance & ((1 << 62) - 1)
    return UUID(int=(millis << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)


def uuid4_of(entropy: bytes) -> UUID:
    """Return the version 4 UUID of sixteen bytes of chance (RFC 9562 §5.4): it tells neither when nor in
    what order it was made.
    """
    return UUID(int=int.from_bytes(entropy, "big") & _UNSET | _VERSION_4)


def check_digit(digits: str) -> str:
    """Return the Luhn check digit (ISO/IEC 7812-1 annex B) that catches one wrong or two swapped digits."""
    read = digits.encode("ascii")
    return str(-(sum(read[-1::-2].translate(_TWICE)) + sum(read[-2::-2].translate(_ONCE))) % 10)


def matter_number(on: str, serial: int) -> str:
    """Return the number a resident keeps: the local day (YYYYMMDD), a serial and a check digit."""
    digits = f"{on}{serial:07d}"
    return digits + check_digit(digits)


def is_matter_number(number: str) -> bool:
    """Say whether a number could have been given out: only digits, right length, right check digit."""
    return (
        number.isascii() and number.isdigit() and len(number) >= 16 and check_digit(number[:-1]) == number[-1]
    )
