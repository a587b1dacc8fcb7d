"""Tokens of service accounts: scoped, expiring, kept by digest, told once."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts._codes import TOKEN_BYTES, digest_of, long_token
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._views import Signed, TokenView
from yuzhi.store.postgres.pool import acquired

PREFIX: Final = "yz_"
"""What every token begins with, so that scanners of leaked secrets know one."""

NAME_MOST: Final = 100
_SCOPE = re.compile(r"(read|write):([a-z][a-z-]{0,39}|\*)", re.ASCII)


async def issue_token(
    conn: asyncpg.Connection,
    gate: Gate,
    account: UUID,
    *,
    name: str,
    post: str,
    scopes: Iterable[str],
    lasts_for: timedelta,
    by: Actor | str,
    now: datetime,
) -> tuple[TokenView, str]:
    """Issue a token of a service account for one post and return it, in the caller's transaction.

    A scope is `read:AREA` or `write:AREA`, an area being the first word of a path below `/api/v1`, or `*`.
    Raises Refusal `account.unknown`, `token.not_a_service`, `token.bad_scope`, `token.bad_name` and
    `token.too_long_lived`.
    """
    wanted = tuple(dict.fromkeys(scopes))
    if not wanted or (wrong := [scope for scope in wanted if not _SCOPE.fullmatch(scope)]):
        raise Refusal("token.bad_scope", scopes=[one[:60] for one in wrong] if wanted else [])
    if not (name.strip() and name.isprintable() and len(name) <= NAME_MOST):
        raise Refusal("token.bad_name", most=NAME_MOST)
    if not timedelta(0) < lasts_for <= gate.limits.token_for:
        raise Refusal("token.too_long_lived", most=gate.limits.token_for.days)
    kind = await conn.fetchval("select kind from account where id = $1", account)
    if kind is None:
        raise Refusal("account.unknown", account=str(account))
    if kind != "service":
        raise Refusal("token.not_a_service")
    token = PREFIX + long_token(gate.chance(TOKEN_BYTES))
    row = await conn.fetchrow(
        "insert into token (id, digest, account, name, post, scopes, created_at, created_by, expires_at)"
        f" values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning {_COLUMNS}",
        uuid7(now, gate.chance(10)),
        digest_of(token),
        account,
        name,
        post,
        wanted,
        now,
        trace.name_of(by),
        now + lasts_for,
    )
    view = _view(row)
    await trace.note(
        conn, "permission_changed", by=by, at=now, subject=f"token:{view.id}", change="issued",
        account_id=account, post=post, scopes=wanted, expires_at=view.expires_at,
    )  # fmt: skip
    return view, token


async def token_of(pool: asyncpg.Pool, token: str, now: datetime) -> Signed | None:
    """Return who a token stands for, None if it stands for nobody (any more); one statement."""
    async with acquired(pool) as conn:
        row = await conn.fetchrow(_LOOK_UP, digest_of(token), now)
    if row is None:
        return None
    return Signed(
        id=row["id"], account=row["account"], name=row["name"], person=row["person"], post=row["post"],
        means="token", scopes=frozenset(row["scopes"]),
    )  # fmt: skip


async def tokens_of(conn: asyncpg.Connection, account: UUID) -> tuple[TokenView, ...]:
    """Return the tokens of an account, revoked ones too, the newest first."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from token where account = $1 order by created_at desc, id desc", account
    )
    return tuple(_view(row) for row in rows)


async def revoke_token(conn: asyncpg.Connection, token: UUID, *, by: Actor | str, now: datetime) -> None:
    """Revoke a token, in the caller's transaction; raises Refusal `token.unknown`."""
    done = await conn.execute(
        "update token set revoked_at = $2 where id = $1 and revoked_at is null", token, now
    )
    if done != "UPDATE 1":
        raise Refusal("token.unknown", token=str(token))
    await trace.note(conn, "permission_changed", by=by, at=now, subject=f"token:{token}", change="revoked")


def is_allowed(scopes: frozenset[str], way: str, area: str) -> bool:
    """Say whether scopes allow a way (`read` or `write`) into an area; writing includes no reading."""
    return f"{way}:{area}" in scopes or f"{way}:*" in scopes


_COLUMNS = "id, account, name, post, scopes, created_at, created_by, expires_at, used_at, revoked_at"

_LOOK_UP = """
with found as (
    select t.id, t.account, a.name, a.person, t.post, t.scopes, t.used_at
    from token t join account a on a.id = t.account
    where t.digest = $1 and t.expires_at > $2 and t.revoked_at is null and not a.is_disabled
), touched as (
    update token set used_at = $2 from found
    where token.id = found.id and (found.used_at is null or found.used_at < $2 - interval '1 minute')
)
select id, account, name, person, post, scopes from found
"""


def _view(row: asyncpg.Record) -> TokenView:
    return TokenView(*(*row[:4], tuple(row[4]), *row[5:]))
