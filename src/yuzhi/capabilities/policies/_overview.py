"""All answers there are, those that begin later and those that are over too: for whoever keeps them."""

from datetime import date
from typing import Final, Literal

import asyncpg

from yuzhi.capabilities.policies._finding import MOST_ROWS, view_of
from yuzhi.capabilities.policies._views import KeptPolicy
from yuzhi.store.postgres.pool import acquired

State = Literal["", "valid", "to_come", "over"]
"""How answers stand on a day; the empty one asks for any."""


async def kept(
    pool: asyncpg.Pool, on: date, *, words: str = "", state: State = "", after: str = "", most: int = 20
) -> tuple[KeptPolicy, ...]:
    """Return answers by id, those after one of them; with some words, or in a state on a day, if given."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(_KEPT, after, on, words.strip(), state, max(1, min(most, MOST_ROWS)))
    return tuple(KeptPolicy(view_of(row), row["state"], row["updated_at"]) for row in rows)


_KEPT: Final = """
select * from (
    select p.*,
        case when valid_from > $2 then 'to_come' when valid_to <= $2 then 'over' else 'valid' end state
    from policy p where id > $1 and (
        $3 = '' or strpos(lower(concat_ws(' ', id, question, answer, source, topic)), lower($3)) > 0
    )
) p where $4 in ('', state) order by id limit $5
"""
