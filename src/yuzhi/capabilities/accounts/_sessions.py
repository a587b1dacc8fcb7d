"""Sessions on the server's side: a random token, kept by digest, with an idle and an absolute limit."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from yuzhi.base.ids import uuid7
from yuzhi.capabilities.accounts._codes import TOKEN_BYTES, digest_of, long_token
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._views import SCREEN, Claim, Means, Opened, SessionView, Signed
from yuzhi.capabilities.trace import WHENCE
from yuzhi.store.postgres.pool import acquired

AGENT_MOST = 200
KEPT_FOR = timedelta(days=30)


async def open_session(
    conn: asyncpg.Connection, gate: Gate, who: Signed, *, means: Means, agent: str, now: datetime
) -> Opened:
    """Open a session with a token nobody has seen before, in the caller's transaction.

    An account keeps only its newest sessions, `gate.limits.sessions_each` of them.
    """
    idle_for, lasts_for = _limits(gate, means)
    token = long_token(gate.chance(TOKEN_BYTES))
    signed = replace(
        who, id=uuid7(now, gate.chance(10)), means=means, scopes=SCREEN if means == "screen" else None
    )
    await conn.execute(
        "insert into session (id, digest, account, requester, matter_id, means, post, address, agent,"
        " opened_at, seen_at, idle_at, ends_at, matter_number)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13)",
        signed.id,
        digest_of(token),
        signed.account,
        signed.requester,
        signed.matter,
        means,
        signed.post,
        WHENCE.get().address,
        "".join(one for one in agent if one.isprintable())[:AGENT_MOST],
        now,
        now + idle_for,
        now + lasts_for,
        signed.number,
    )
    await conn.execute(
        "update session set ended_at = $3, ended_by = 'too many' where id in (select id from session"
        " where ended_at is null and (account = $1 or requester = $2) order by opened_at desc, id desc"
        " offset $4)",
        signed.account,
        signed.requester,
        now,
        gate.limits.sessions_each,
    )
    return Opened(signed=signed, token=token, ends_at=now + lasts_for)


async def session_of(
    pool: asyncpg.Pool, token: str, now: datetime, *, is_glance: bool = False
) -> Signed | None:
    """Return who a session's token stands for, None if it stands for nobody (any more); one statement.

    The session is marked as seen at most once a minute, at a mere glance not at all.
    """
    async with acquired(pool) as conn:
        row = await conn.fetchrow(_LOOK_UP, digest_of(token), now, is_glance)
    if row is None:
        return None
    *told, matters, numbers, references = row
    # As texts: what an array of anything else is, the driver asks the database on every new connection.
    claims = (
        Claim(UUID(matter), number, UUID(reference))
        for matter, number, reference in zip(matters or (), numbers or (), references or (), strict=True)
    )
    signed = replace(Signed(*told), claims=tuple(claims))
    return replace(signed, scopes=SCREEN) if signed.means == "screen" else signed


async def renew(conn: asyncpg.Connection, gate: Gate, signed: Signed, *, post: str) -> Opened | None:
    """Give a session a new token and post, because what it may do changes; the old token ends at once.

    Returns None when the session has ended meanwhile.
    """
    token = long_token(gate.chance(TOKEN_BYTES))
    ends_at = await conn.fetchval(
        "update session set digest = $2, post = $3 where id = $1 and ended_at is null returning ends_at",
        signed.id,
        digest_of(token),
        post,
    )
    return Opened(replace(signed, post=post), token, ends_at) if ends_at is not None else None


async def sessions_of(conn: asyncpg.Connection, signed: Signed, now: datetime) -> tuple[SessionView, ...]:
    """Return the open sessions of whoever is signed in, the newest first."""
    rows = await conn.fetch(
        "select id, means, post, address, agent, opened_at, seen_at, ends_at from session"
        " where ended_at is null and ends_at > $3 and idle_at > $3 and (account = $1 or requester = $2)"
        " order by opened_at desc, id desc",
        signed.account,
        signed.requester,
        now,
    )
    return tuple(SessionView(*row) for row in rows)


async def end_session(
    conn: asyncpg.Connection, session: UUID, now: datetime, *, by: str, of: Signed | None = None
) -> bool:
    """End a session, only one of `of`'s when that is given; say whether it was open."""
    done = await conn.execute(
        "update session set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null"
        " and ($4 or account = $5 or requester = $6)",
        session,
        now,
        by,
        of is None,
        of.account if of else None,
        of.requester if of else None,
    )
    return bool(done == "UPDATE 1")


async def end_sessions(
    conn: asyncpg.Connection, account: UUID, now: datetime, *, by: str, but: UUID | None = None
) -> int:
    """End every session of an account, except one when that is given; return how many there were."""
    done = await conn.execute(
        "update session set ended_at = $2, ended_by = $3 where account = $1 and ended_at is null"
        " and id is distinct from $4",
        account,
        now,
        by,
        but,
    )
    return int(done.split()[-1])


async def forget_old(conn: asyncpg.Connection, now: datetime) -> None:
    """Delete what has been over for long: sessions, codes, attempts, sign-ins that led nowhere."""
    await conn.execute("delete from session where ends_at < $1", now - KEPT_FOR)
    await conn.execute("delete from phone_code where created_at < $1", now - timedelta(days=2))
    await conn.execute("delete from attempt where last_at < $1 and wait_until < $1", now - timedelta(days=2))
    await conn.execute("delete from oidc_attempt where expires_at < $1", now)
    await conn.execute("delete from known_place where seen_at < $1", now - timedelta(days=400))
    await conn.execute("delete from invitation where expires_at < $1", now - KEPT_FOR)


def _limits(gate: Gate, means: Means) -> tuple[timedelta, timedelta]:
    limits = gate.limits
    if means == "tracking":
        return min(limits.resident_idle_for, limits.tracking_for), limits.tracking_for
    if means == "screen":
        return limits.screen_for, limits.screen_for
    if means == "phone":
        return limits.resident_idle_for, limits.resident_for
    return limits.staff_idle_for, limits.staff_for


_LOOK_UP = """
with found as (
    select s.id, s.account, coalesce(a.name, '') as name, coalesce(a.person, '') as person, s.requester,
        s.matter_id, s.post, s.means, s.matter_number, s.seen_at
    from session s left join account a on a.id = s.account
    where s.digest = $1 and s.ended_at is null and s.ends_at > $2 and s.idle_at > $2
        and a.is_disabled is not true
), touched as (
    update session set seen_at = $2, idle_at = $2 + (session.idle_at - session.seen_at) from found
    where session.id = found.id and found.seen_at < $2 - interval '1 minute' and not $3
)
select found.id, account, name, person, requester, found.matter_id, post, means, matter_number,
    c.matters, c.numbers, c.refs
from found left join lateral (
    select array_agg(r.matter_id::text) matters, array_agg(r.number) numbers,
        array_agg(r.reference::text) refs
    from resident_matter r where r.resident = found.requester and found.means = 'phone'
) c on true
"""
