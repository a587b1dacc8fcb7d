"""Who acts: a post, the requester or another party, nobody's hand (clock, routing, another matter, an
agreement, import, sensor), or whoever is at the machine itself (operator).
"""

from dataclasses import dataclass
from typing import Literal

from yuzhi.base.ground import lies_in

Hand = Literal[
    "post", "requester", "party", "clock", "routing", "lead_matter", "receiver", "agreement", "import",
    "sensor", "operator",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who acts on a matter, as resolved when the request came in.

    `duties` are the names packs use; for hands other than a post the only duty is the hand's own name.
    `covers` holds the territory prefixes this post answers for today, former codes included, so that
    a re-organisation changes what is seen without touching any matter. Who is not known has an id made
    up for one request.
    """

    hand: Hand
    id: str
    unit: str = ""
    duties: frozenset[str] = frozenset()
    covers: tuple[str, ...] = ()
    is_known: bool = True

    def covers_place(self, territory: str) -> bool:
        """Say whether a territory code lies inside the ground this actor answers for."""
        return any(lies_in(territory, ground) for ground in self.covers)


CLOCK = Actor(hand="clock", id="clock", duties=frozenset({"clock"}))
ROUTING = Actor(hand="routing", id="routing", duties=frozenset({"routing"}))
LEAD_MATTER = Actor(hand="lead_matter", id="lead_matter", duties=frozenset({"lead_matter"}))
"""The matter another one was merged into, when what becomes of it is passed on."""
SENSOR = Actor(hand="sensor", id="sensor", duties=frozenset({"sensor"}))
"""Instruments, whose readings a rule of a pack has judged."""
RECEIVER = Actor(hand="receiver", id="receiver", duties=frozenset({"receiver"}))
"""The matter that another one was handed over to, when it says what became of the hand-over."""


AGREEMENT = Actor(hand="agreement", id="agreement", duties=frozenset({"agreement"}))
"""An agreement of a matter, when it takes effect, is performed or is broken."""


def requester(id: str) -> Actor:  # noqa: A002
    """Return the person who asked, known here only by a reference into the vault."""
    return Actor(hand="requester", id=id, duties=frozenset({"requester"}))


def stranger(id: str) -> Actor:  # noqa: A002
    """Return a requester nobody knows, under an id made up for this request."""
    return Actor(hand="requester", id=id, duties=frozenset({"requester"}), is_known=False)


def party(id: str) -> Actor:  # noqa: A002
    """Return a party of a matter that somebody else asked for, once it is known to be one."""
    return Actor(hand="party", id=id, duties=frozenset({"party"}))
