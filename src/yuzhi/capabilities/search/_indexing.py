"""Keeping the index: the journal is followed, and what changed is made anew. Nobody waits for this."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg

from yuzhi.capabilities.search._documents import Told, digest_of, lexemes_of
from yuzhi.capabilities.search._lexemes import month_of
from yuzhi.store.postgres.pool import acquired

AT_ONCE = 100
"""Matters worked out without a pause, a few milliseconds' work."""

Progress = Callable[[int], None]

# Entries older than every transaction still running, in the order of transactions: none is passed over.
_CHANGED = (
    "select e.transaction, e.position, e.matter_id from entry e"
    " where (e.transaction, e.position) > ($1, $2)"
    " and e.transaction < pg_snapshot_xmin(pg_current_snapshot())"
    " order by e.transaction, e.position limit $3"
)
# Words in forms are choices and figures, not what somebody said.
_TOLD = (
    "select m.id, m.number, m.opened_at, m.territory,"
    " array(select distinct a.unit from assignment a where a.matter_id = m.id order by a.unit) units,"
    " m.procedure, m.state, m.kind, m.urgency, m.channel, m.outcome, m.category,"
    " array(select t.body from text t where t.matter_id = m.id and t.body is not null"
    " and not starts_with(t.name, 'form.') order by t.name, t.id) texts, d.digest"
    " from matter m left join search_doc d on d.matter_id = m.id where m.id = any($1)"
)
_WRITE = (
    "insert into search_doc (matter_id, opened_at, territory, digest, tokens)"
    " select id, opened_at, territory, digest, array_to_tsvector(string_to_array(lexemes, ' '))"
    " from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::int8[], $5::text[])"
    " t(id, opened_at, territory, digest, lexemes) order by id"
    " on conflict (matter_id) do update set opened_at = excluded.opened_at,"
    " territory = excluded.territory, digest = excluded.digest, tokens = excluded.tokens"
)


async def follow(pool: asyncpg.Pool, *, most: int = 1000) -> int:
    """Bring the index up to what the next `most` entries changed; return how many were looked at.

    Of several workers one does this at a time. All is written in one transaction with how far it got.
    """
    async with acquired(pool) as conn, conn.transaction():
        state = await conn.fetchrow(
            "select s.transaction, s.position, s.server <> c.system_identifier::text is_moved"
            " from search_state s, pg_control_system() c for update of s skip locked"
        )
        if state is None:
            return 0
        if state["is_moved"]:
            await _begin_anew(conn)
            return most
        changed = await conn.fetch(_CHANGED, state["transaction"], state["position"], most)
        due = await conn.fetch(
            "delete from search_due where matter_id in (select matter_id from search_due limit $1)"
            " returning matter_id",
            most,
        )
        matters = {row["matter_id"] for row in (*changed, *due)}
        if matters:
            await _index(conn, sorted(matters))
        if changed:
            await conn.execute(
                "update search_state set transaction = $1, position = $2",
                changed[-1]["transaction"],
                changed[-1]["position"],
            )
    return max(len(changed), len(due))


async def rebuild(pool: asyncpg.Pool, progress: Progress = lambda _: None) -> int:
    """Empty the index and make it anew from all matters; return how many there are.

    Searching finds the more the further this has got. It may be interrupted: workers go on with it.
    """
    async with acquired(pool) as conn, conn.transaction():
        await conn.execute("select from search_state for update")
        await conn.execute("truncate search_doc, search_month, search_due")
        await _begin_anew(conn)
        found: int = await conn.fetchval("select count(*) from search_due")
    while await follow(pool):
        async with acquired(pool) as conn:
            progress(found - await conn.fetchval("select count(*) from search_due"))
    return found


async def _begin_anew(conn: asyncpg.Connection) -> None:
    """Put every matter on the list, and follow the journal from here on by this server's numbers."""
    await conn.execute(
        "update search_state set server = c.system_identifier::text, position = 0,"
        " transaction = pg_snapshot_xmin(pg_current_snapshot()) from pg_control_system() c"
    )
    await conn.execute("insert into search_due select id from matter on conflict do nothing")


async def _index(conn: asyncpg.Connection, matters: Sequence[UUID]) -> None:
    for first in range(0, len(matters), AT_ONCE):
        rows = await conn.fetch(_TOLD, matters[first : first + AT_ONCE])
        worked = []
        for *columns, digest in rows:
            told = Told(*columns)
            lexemes = lexemes_of(told)
            if (new := digest_of(lexemes)) != digest:
                worked.append((told.id, told.opened_at, told.territory, new, " ".join(lexemes)))
        if worked:
            months = {month_of(opened_at) for _, opened_at, *_ in worked}
            await conn.execute(
                "insert into search_month select * from unnest($1::int4[]) on conflict do nothing",
                sorted(months),
            )
            await conn.execute(_WRITE, *(list(column) for column in zip(*worked, strict=True)))
        await asyncio.sleep(0)
