"""Policy answers found by what somebody asks in their own words, the one that fits best first.

A question seldom has all the words of its answer: each key it shares counts by how rare it is among all
answers, more where it stands in the question. See docs/decisions/policies-by-rare-words.md.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.lexicon import ASKED_MOST, fold, keys_of, passages, understand
from yuzhi.capabilities.policies._views import FoundPolicy, PolicyView, Topic
from yuzhi.store.postgres.pool import acquired

MOST_ROWS: Final = 100
LEAST: Final = 0.15
"""How well an answer must fit to be shown."""
BESIDE: Final = 0.4
"""What part of the best answer's fit another must have to be shown beside it."""


async def find(
    pool: asyncpg.Pool, words: str, on: date, *, topic: str = "", most: int = 20, least: float = LEAST
) -> tuple[FoundPolicy, ...]:
    """Return the answers valid on a day that fit the words asked, the best first.

    Raises Refusal as `lexicon.understand`.
    """
    asked = understand(words)
    # Every two neighbours, not only those of words: a dictionary cuts spoken questions badly.
    keys = sorted(keys_of([fold(words)]))
    async with acquired(pool) as conn:
        rows = await conn.fetch(_FIND, keys, on, topic, least, max(1, min(most, MOST_ROWS)))
    return tuple(
        FoundPolicy(
            policy=view_of(row),
            fits=round(row["fits"], 3),
            passages=passages(
                {"question": row["question"], "answer": row["answer"]}, asked.terms, first=("question",)
            ),
        )
        for row in rows
    )


async def fitting(pool: asyncpg.Pool, text: str, on: date, *, most: int = 3) -> tuple[FoundPolicy, ...]:
    """Return the answers that fit what somebody told at length; none where nothing can be looked up."""
    try:
        return await find(pool, text[:ASKED_MOST], on, most=most)
    except Refusal as refusal:
        if refusal.code.startswith("search."):
            return ()
        raise


async def listed(
    pool: asyncpg.Pool, on: date, *, topic: str = "", after: str = "", most: int = 20
) -> tuple[PolicyView, ...]:
    """Return answers valid on a day by id, those after one of them."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(_LISTED, after, on, topic, max(1, min(most, MOST_ROWS)))
    return tuple(view_of(row) for row in rows)


async def one(pool: asyncpg.Pool, policy: str, on: date) -> PolicyView:
    """Return an answer valid on a day; raises Refusal `policy.unknown`."""
    async with acquired(pool) as conn:
        row = await conn.fetchrow(f"select * from policy p where id = $1 and {_VALID}", policy, on)
    if row is None:
        raise Refusal("policy.unknown", policy=policy)
    return view_of(row)


async def topics(pool: asyncpg.Pool, on: date) -> tuple[Topic, ...]:
    """Return the topics that have answers on a day, those with most first."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(_TOPICS, MOST_ROWS, on)
    return tuple(Topic(row["topic"], row["answers"]) for row in rows)


def view_of(row: Mapping[str, Any]) -> PolicyView:
    """Return an answer from its row."""
    return PolicyView(
        id=row["id"], question=row["question"], answer=row["answer"], source=row["source"],
        topic=row["topic"], valid_from=row["valid_from"], valid_to=row["valid_to"],
    )  # fmt: skip


_VALID = "(p.valid_from is null or p.valid_from <= $2) and (p.valid_to is null or p.valid_to > $2)"
_FIND = f"""
with total as (select count(*)::float8 answers from policy),
    asked as (
        select a.key,
            ln(1 + total.answers / (1 + (select count(*) from policy_key k where k.key = a.key))) rare
        from unnest($1::text[]) a (key), total
    ),
    fitting as (
        select k.policy, sum(a.rare * k.weight / 2) / nullif((select sum(rare) from asked), 0) fits
        from asked a join policy_key k on k.key = a.key group by k.policy
    )
select p.*, f.fits from fitting f join policy p on p.id = f.policy
where f.fits >= greatest($4, (select max(fits) from fitting) * {BESIDE})
    and ($3 = '' or p.topic = $3) and {_VALID}
order by f.fits desc, p.id limit $5
"""
_LISTED = f"""
select * from policy p where p.id > $1 and ($3 = '' or p.topic = $3) and {_VALID} order by p.id limit $4
"""
_TOPICS = f"""
select p.topic, count(*) answers from policy p where p.topic <> '' and {_VALID}
group by p.topic order by answers desc, p.topic limit $1
"""
