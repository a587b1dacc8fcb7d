"""What duties may do to the platform itself: a table a city sets, over a closed list of powers."""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal

POWERS: Final = (
    "accounts.manage",
    "deliveries.answer",
    "models.manage",
    "mediators.manage",
    "policies.manage",
    "packs.approve",
    "packs.propose",
    "people.erase",
    "people.manage",
    "permissions.export",
    "system.read",
    "traces.read",
)


class Powers:
    """Powers by duty."""

    def __init__(self, of: Mapping[str, frozenset[str]]) -> None:
        self._of = dict(of)

    @property
    def duties(self) -> frozenset[str]:
        """Every duty that has a power."""
        return frozenset(self._of)

    def holders(self, power: str) -> frozenset[str]:
        """Return the duties that have a power."""
        return frozenset(duty for duty, powers in self._of.items() if power in powers)

    def of(self, duties: Iterable[str]) -> frozenset[str]:
        """Return the powers some duties have together."""
        return frozenset(power for duty in duties for power in self._of.get(duty, ()))

    def require(self, by: Actor, power: str) -> None:
        """Refuse `power.missing` unless one of an actor's duties has a power."""
        if by.hand != "post" or power not in self.of(by.duties):
            raise Refusal("power.missing", power=power, duties=sorted(self.holders(power)))


def parse_powers(text: str, *, source: str) -> Powers:
    """Return the powers a TOML table tells; raises Refusal `powers.malformed` and `powers.unknown`."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        raise Refusal("powers.malformed", file=source, trouble=str(trouble)) from trouble
    found: dict[str, frozenset[str]] = {}
    for duty, powers in told.items():
        if not isinstance(powers, list) or not all(isinstance(one, str) for one in powers):
            raise Refusal("powers.malformed", file=source, trouble=f"{duty} is not a list of words")
        for power in powers:
            if power not in POWERS:
                near = get_close_matches(power, POWERS, n=1, cutoff=0)
                raise Refusal("powers.unknown", file=source, power=power, nearest=near[0])
        found[duty] = frozenset(powers)
    return Powers(found)
