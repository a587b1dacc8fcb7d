"""Who sees what, as one condition inside every list: my unit's work queue or my post's jurisdiction."""

from collections.abc import Sequence

from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.ground import lies_in

LEVELS = (4, 6, 9, 12)


LIES_IN = "(m.territory = {0} or (length({0}) <= 12 and starts_with(m.territory, {0})))"
"""The SQL twin of `lies_in` for a matter `m` and a code."""


class Scope(Struct, frozen=True):
    """Territory prefixes and units; a matter in either is seen."""

    prefixes: tuple[str, ...]
    units: tuple[str, ...]

    def at_level(self, length: int) -> list[str]:
        """Return the prefixes of one level; everything below a community counts as a grid."""
        if length > LEVELS[-1]:
            return [code for code in self.prefixes if len(code) > LEVELS[-1]]
        return [code for code in self.prefixes if len(code) == length]


def scope_of(by: Actor, within: Sequence[str] = ()) -> Scope:
    """Return what `by` may see, narrowed to some territories when any are named.

    A prefix that lies inside another one is dropped, so that no matter is looked at twice.
    """
    prefixes = [code for code in by.covers if code]
    if within:
        prefixes = [
            narrower
            for mine in prefixes
            for asked in within
            if lies_in(narrower := max(mine, asked, key=len), min(mine, asked, key=len))
        ]
    outer = [
        code
        for code in dict.fromkeys(prefixes)
        if not any(code != other and lies_in(code, other) for other in prefixes)
    ]
    return Scope(prefixes=tuple(outer), units=(by.unit,) if by.unit else ())
