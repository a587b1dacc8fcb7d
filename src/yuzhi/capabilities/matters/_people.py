"""Who asked, as whoever sees a matter may get at them: a reference into the vault, and back from one."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._queries import rows_of
from yuzhi.capabilities.matters._scope import looking
from yuzhi.capabilities.matters._standing import seen
from yuzhi.capabilities.matters._views import RowView
from yuzhi.store.postgres.pool import acquired

MOST = 200
_WORDLESS = (
    "select m.*, null::text subject_text from matter m"
    " where m.id = any($1) order by m.opened_at desc, m.id desc limit $2"
)
_ASKED = (
    "select m.*, t.body subject_text from matter m left join text t on t.id = m.subject"
    " where m.requester = any($1) order by m.opened_at desc, m.id desc limit $2"
)


async def who_asked(office: Office, matter: UUID, by: Actor) -> UUID:
    """Return the reference to who opened a matter that `by` may see.

    Raises Refusal `matter.not_found`, and `matter.nobody_asked` for one that nobody is named in.
    """
    found = await seen(office, matter, by)
    if not found.requester:
        raise Refusal("matter.nobody_asked")
    return UUID(found.requester)


async def asked_under(pool: asyncpg.Pool, references: Sequence[UUID]) -> tuple[RowView, ...]:
    """Return the matters asked under references that whoever looks proved to be theirs, the newest first.

    It is they themselves who look: no scope of a post, which a resident does not have, narrows it.
    """
    async with acquired(pool) as conn:
        return await rows_of(conn, _ASKED, list(references), MOST)


async def without_words(pool: asyncpg.Pool, matters: Sequence[UUID]) -> tuple[RowView, ...]:
    """Return some matters as lines, the newest first, for people who are in them but did not ask: where they
    stand, and nothing of what was said. That they are in them is asked before.
    """
    async with acquired(pool) as conn:
        return await rows_of(conn, _WORDLESS, list(matters), MOST)


async def asked_by(pool: asyncpg.Pool, by: Actor, persons: Sequence[UUID]) -> tuple[RowView, ...]:
    """Return the matters of some persons that `by` may see, the newest first."""
    if not persons:
        return ()
    async with looking(pool, by) as conn:
        return await rows_of(conn, _ASKED, list(persons), MOST)
