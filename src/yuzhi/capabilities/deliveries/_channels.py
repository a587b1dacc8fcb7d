"""What a channel is: a carrier, whom it reaches and at which addresses, how often it may disturb."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from yuzhi.capabilities.deliveries._carriers import Carrier
from yuzhi.capabilities.deliveries._quiet import NEVER, Quiet

Reached = Literal["units", "requesters"]
INBOX = ""
"""The channel of the letter itself: everybody has an inbox."""
ALARM = "alarm"
"""The audience of letters about letters that could not be delivered."""


class Residents(Protocol):
    """Knows how requesters can be reached; the vault does, and traces that it was asked."""

    async def addresses(self, requesters: Sequence[UUID], kind: str) -> Mapping[UUID, str]:
        """Return addresses of a kind (`phone`, `email`); whoever has none is absent."""
        ...


class NoResidents:
    """Knows nobody's address: requesters look into their inbox."""

    async def addresses(self, requesters: Sequence[UUID], kind: str) -> Mapping[UUID, str]:  # noqa: ARG002
        """Return nothing."""
        return {}


@dataclass(frozen=True)
class Channel:
    """A way out. Addresses of units are those of `units`, or those under `contact` in the registry.

    `contact` is also the kind of a requester's address. Letters to one recipient within `window` go in one
    message. `keys` sign acknowledgements that come back; without them none does. Where the other side
    promises one `acknowledged_within` a time, a message without it counts as lost on the way. One that is not
    `is_addressed` reaches everybody: whoever takes letters from there knows the way.
    """

    name: str
    carrier: Carrier
    reaches: frozenset[Reached]
    contact: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    window: timedelta = timedelta()
    at_once: int = 8
    keys: tuple[bytes, ...] = ()
    acknowledged_within: timedelta = timedelta()
    is_person: bool = True
    is_addressed: bool = True

    def address_of_unit(self, unit: str, contact: Mapping[str, str]) -> str:
        """Return where the channel reaches a unit; empty if it does not."""
        if not self.is_addressed:
            return unit
        return self.units.get(unit) or (contact.get(self.contact, "") if self.contact else "")


@dataclass(frozen=True)
class Rules:
    """When nobody is disturbed, by whom the channel reaches, and which letters do not wait for anything."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    quiet: Mapping[Reached, Quiet] = field(default_factory=dict)
    urgent_letters: frozenset[str] = frozenset()

    def when(self, channel: Channel, reached: Reached, at: datetime, *, is_urgent: bool) -> datetime:
        """Return when a letter due at an instant may go out; other systems are never disturbed."""
        if is_urgent or not channel.is_person:
            return at
        return self.quiet.get(reached, NEVER).put_off(at, self.zone)


Contacts = Callable[[str], Mapping[str, str]]
"""How a unit can be reached, by the names of its contacts."""


def reached_by(unit: str) -> Reached:
    """Return which of the two a delivery is for."""
    return "units" if unit else "requesters"
