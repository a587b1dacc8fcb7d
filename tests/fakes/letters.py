"""A letter to try carriers with."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from yuzhi.capabilities.deliveries import Carrier, Letter, Undelivered

AT = datetime(2026, 3, 2, 1, 30, 15, 678900, tzinfo=UTC)
LETTER = Letter(
    id=UUID(int=5), matter=UUID(int=6), number="2026030200000013", name="answered", unit="water",
    requester=None, title="您的诉求已有答复", body="您好！\n\n问题已解决。", at=AT,
)  # fmt: skip


def a_letter(**said: Any) -> Letter:
    """Return the letter with some things changed."""
    return replace(LETTER, **said)


async def trouble(carrier: Carrier, letter: Letter) -> Undelivered:
    """Carry a letter that will not arrive, and return why."""
    try:
        await carrier.carry(letter)
    except Undelivered as undelivered:
        return undelivered
    raise AssertionError("it was delivered")
