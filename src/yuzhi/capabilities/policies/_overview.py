"""All answers there are, those that begin later and those that are over too: for whoever keeps them."""

from datetime import date
from typing import Final, Literal, get_args

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.policies._views import KeptPolicy, PolicyView
from yuzhi.store.postgres.pool import acquired

State = Literal["valid", "to_come", "over"]
STATES: Final = get_args(State)
MOST_ROWS: Final = 100


async def kept(
    pool: asyncpg.Pool, on: date, *, words: str = "", state: str = "", after: str = "", most: int = 20
) -> tuple[KeptPolicy, ...]:
    """Return answers by id, those after one of them; with some words, or in a state on a day, if given.

    Raises Refusal `list.bad_filter` for a state there is none of.
    """
    if state and state not in STATES:
        raise Refusal("list.bad_filter", filter="state")
    async with acquired(pool) as conn:
        rows = await conn.fetch(_KEPT, after, on, words.strip(), state, max(1, min(most, MOST_ROWS)))
    return tuple(
        KeptPolicy(
            policy=PolicyView(
                row["id"], row["question"], row["answer"], row["source"], row["topic"], row["valid_from"],
                row["valid_to"],
            ),
            state=row["state"],
            updated_at=row["updated_at"],
        )
        for row in rows
    )  # fmt: skip


_KEPT: Final = """
select * from (
    select p.*,
        case when valid_from > $2 then 'to_come' when valid_to <= $2 then 'over' else 'valid' end state
    from policy p where id > $1 and (
        $3 = '' or strpos(lower(concat_ws(' ', id, question, answer, source, topic)), lower($3)) > 0
    )
) p where $4 in ('', state) order by id limit $5
"""
