"""Policy answers entered, changed and withdrawn; each with the keys it is looked up by."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.lexicon import fold, keys_of
from yuzhi.capabilities.policies._asks import NewPolicy
from yuzhi.store.postgres.pool import acquired

MOST_SAVED: Final = 5_000
IN_QUESTION, IN_ANSWER = 2, 1
"""What a key weighs by where it stands."""


async def save(pool: asyncpg.Pool, told: Iterable[NewPolicy], *, actor: str, now: datetime) -> int:
    """Enter answers, or change those that are there; all of them or none. Return how many.

    Raises Refusal `policy.too_many`, `policy.incomplete`, `policy.repeated` and `policy.dates_reversed`.
    """
    policies = list(told)
    _check(policies)
    ids = [one.id for one in policies]
    subject = f"policy:{ids[0]}" if len(ids) == 1 else "policies"
    keys = [row for one in policies for row in _keys(one)]
    async with acquired(pool) as conn, conn.transaction():
        await conn.executemany(_SAVE, [(*_row(one), now) for one in policies])
        await conn.execute("delete from policy_key where policy = any($1)", ids)
        await conn.copy_records_to_table("policy_key", records=keys, columns=("key", "policy", "weight"))
        await trace.note(conn, "policy_changed", by=actor, at=now, subject=subject, saved=len(policies))
    return len(policies)


async def withdraw(pool: asyncpg.Pool, policy: str, *, actor: str, now: datetime) -> None:
    """Take an answer away for good; raises Refusal `policy.unknown`."""
    async with acquired(pool) as conn, conn.transaction():
        if await conn.execute("delete from policy where id = $1", policy) != "DELETE 1":
            raise Refusal("policy.unknown", policy=policy)
        await trace.note(conn, "policy_changed", by=actor, at=now, subject=f"policy:{policy}", withdrawn=True)


def _check(policies: Sequence[NewPolicy]) -> None:
    if len(policies) > MOST_SAVED:
        raise Refusal("policy.too_many", most=MOST_SAVED, given=len(policies))
    seen: set[str] = set()
    for one in policies:
        if not all(text.strip() for text in (one.id, one.question, one.answer, one.source)):
            raise Refusal("policy.incomplete", policy=one.id)
        if one.id in seen:
            raise Refusal("policy.repeated", policy=one.id)
        if one.valid_from and one.valid_to and one.valid_to <= one.valid_from:
            raise Refusal("policy.dates_reversed", policy=one.id)
        seen.add(one.id)


def _row(one: NewPolicy) -> tuple[object, ...]:
    return (
        one.id, one.question.strip(), one.answer.strip(), one.source.strip(), one.topic.strip(),
        one.valid_from, one.valid_to,
    )  # fmt: skip


def _keys(one: NewPolicy) -> list[tuple[str, str, int]]:
    asked = keys_of([fold(one.question), fold(one.topic)])
    answered = keys_of([fold(one.answer), fold(one.source)]) - asked
    return [(key, one.id, IN_QUESTION) for key in sorted(asked)] + [
        (key, one.id, IN_ANSWER) for key in sorted(answered)
    ]


_SAVE = """
insert into policy (id, question, answer, source, topic, valid_from, valid_to, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do update set question = excluded.question, answer = excluded.answer,
    source = excluded.source, topic = excluded.topic, valid_from = excluded.valid_from,
    valid_to = excluded.valid_to, updated_at = excluded.updated_at
"""
