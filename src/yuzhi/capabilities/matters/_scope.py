"""Who sees what, as one condition inside every list: my unit's work queue or my post's jurisdiction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.ground import lies_in
from yuzhi.store.postgres.pool import acquired

LEVELS = {4: "city", 6: "district", 9: "town", 12: "community"}
"""The column of `matter` that holds the code of each level, by the digits of such a code."""

BELOW = 13
"""Stands for whatever is below a community: grids, whose codes are compared whole."""


LIES_IN = "(m.territory = {0} or (length({0}) <= 12 and starts_with(m.territory, {0})))"
"""The SQL twin of `lies_in` for a matter `m` and a code."""


class Scope(Struct, frozen=True):
    """Territory prefixes and units; a matter in either is seen."""

    prefixes: tuple[str, ...]
    units: tuple[str, ...]

    def at_level(self, length: int) -> list[str]:
        """Return the prefixes of one level; everything below a community counts as a grid."""
        if length == BELOW:
            return [code for code in self.prefixes if len(code) not in LEVELS]
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


@asynccontextmanager
async def looking(pool: asyncpg.Pool, by: Actor) -> AsyncIterator[asyncpg.Connection]:
    """Lend a connection that sees what `by` may see and nothing else, whatever it is asked.

    The database itself sees to that (row security): the transaction is that of a role that owns nothing.
    """
    requester = by.id if by.hand == "requester" else ""
    async with acquired(pool) as conn, conn.transaction(readonly=True):
        await conn.fetchrow(_LOOK, " ".join(by.covers), by.unit, requester)
        yield conn


_LOOK = """
select set_config('role', 'yuzhi_reader', true), set_config('yuzhi.ground', $1, true),
    set_config('yuzhi.units', $2, true), set_config('yuzhi.requester', $3, true)
"""
