"""Accounts: made for people and machines, given a password by their owner, closed. Each change is traced."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts._codes import plain_code, short_code
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._passwords import check_new
from yuzhi.capabilities.accounts._sessions import end_sessions
from yuzhi.capabilities.accounts._throttle import BY_PAIR, Bucket, forgive, reserve
from yuzhi.capabilities.accounts._views import AccountView
from yuzhi.store.postgres.pool import acquired

MOST_ROWS: Final = 200
LETTERS: Final = 20  # of an invitation: a hundred bits
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}", re.ASCII)


async def create_account(
    conn: asyncpg.Connection, gate: Gate, name: str, *, person: str, kind: str = "person", by: Actor | str,
    now: datetime,
) -> tuple[AccountView, str]:  # fmt: skip
    """Make an account and return it with its invitation (none for a service), in the caller's transaction.

    Somebody has one account, a machine as many as it needs, and nobody is both: whoever could make a second
    account for the chief would be the chief, whatever second factor the first one has. Raises Refusal
    `account.bad_name`, `account.name_taken`, `account.person_unknown` and `account.has_one`.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise Refusal("account.bad_name", given=name[:80])
    await conn.execute("select from person where id = $1 for update", person)
    if await conn.fetchval(
        "select exists (select from account where person = $1 and (kind <> $2 or kind = 'person'))",
        person,
        kind,
    ):
        raise Refusal("account.has_one", person=person[:80])
    try:
        async with conn.transaction():
            row = await conn.fetchrow(
                "insert into account (id, name, kind, person, created_at) values ($1, $2, $3, $4, $5)"
                f" returning {_COLUMNS}",
                uuid7(now, gate.chance(10)),
                name,
                kind,
                person,
                now,
            )
    except asyncpg.UniqueViolationError:
        raise Refusal("account.name_taken", name=name) from None
    except asyncpg.ForeignKeyViolationError:
        raise Refusal("account.person_unknown", person=person[:80]) from None
    view = AccountView(*row)
    await _noted(conn, view, by, now, change="created", of=kind)
    code = await _invite(conn, gate, view.id, now) if kind == "person" else ""
    return view, code


async def invite(
    conn: asyncpg.Connection, gate: Gate, account: UUID, *, by: Actor | str, now: datetime
) -> str:
    """Return a new code with which an account's owner sets a password; former codes are void.

    Raises Refusal `account.unknown`.
    """
    view = await account_of(conn, account)
    if view.kind != "person":
        raise Refusal("account.unknown", account=str(account))
    await _noted(conn, view, by, now, change="invited")
    return await _invite(conn, gate, account, now)


async def first_invitation(conn: asyncpg.Connection, gate: Gate, now: datetime) -> str:
    """Return a code with which the first administrator makes themselves; refuses once there is any account.

    Former first codes are void. Raises Refusal `first_run.over`.
    """
    if await has_accounts(conn):
        raise Refusal("first_run.over")
    return await _invite(conn, gate, None, now)


async def has_accounts(conn: asyncpg.Connection) -> bool:
    """Say whether anybody can sign in at all."""
    return bool(await conn.fetchval("select exists (select from account)"))


async def use_first_invitation(conn: asyncpg.Connection, gate: Gate, code: str, now: datetime) -> None:
    """Use up the first administrator's code; raises Refusal `invitation.wrong` and `first_run.over`."""
    await conn.execute("lock table account in share row exclusive mode")
    if await has_accounts(conn):
        raise Refusal("first_run.over")
    await _use(conn, gate, code, now, is_first=True)


async def set_password_with_invitation(
    pool: asyncpg.Pool, gate: Gate, code: str, password: str, now: datetime
) -> AccountView:
    """Set an account's password with the code its owner was given, and end its sessions.

    Raises Refusal `invitation.wrong` and those of what may not become a password.
    """
    digest = _digest(gate, code)
    async with acquired(pool) as conn:
        account = await conn.fetchval(
            "select account from invitation where digest = $1 and used_at is null and expires_at > $2"
            " and account is not null",
            digest,
            now,
        )
        if account is None:
            raise Refusal("invitation.wrong")
        view = await account_of(conn, account)
        await _check_new(conn, view, password)
    kept = await gate.passwords.hash(password)
    async with acquired(pool) as conn, conn.transaction():
        await _use(conn, gate, code, now, is_first=False)
        await _keep(conn, view, kept, now, by=f"person:{view.person}", change="password set by invitation")
    return view


async def change_password(
    pool: asyncpg.Pool, gate: Gate, account: UUID, *, old: str, new: str, session: UUID, now: datetime
) -> None:
    """Change a password for whoever knows the old one; every other session of the account ends.

    Raises Refusal `password.old_wrong`, `sign_in.wait` and those of what may not become a password.
    """
    # Whoever found a screen open must not find out the password by trying.
    tried = Bucket(gate.secrets.tag("attempt own", str(account)), BY_PAIR)
    async with acquired(pool) as conn:
        await reserve(conn, (tried,), now)
        view = await account_of(conn, account)
        kept_now = await conn.fetchval("select password from account where id = $1", account)
        await _check_new(conn, view, new)
    if not await gate.passwords.fits(old, kept_now):
        raise Refusal("password.old_wrong")
    kept = await gate.passwords.hash(new)
    async with acquired(pool) as conn, conn.transaction():
        await _keep(conn, view, kept, now, by=f"person:{view.person}", change="password changed", but=session)
        await forgive(conn, (tried,), ())


async def set_first_password(conn: asyncpg.Connection, view: AccountView, kept: str, now: datetime) -> None:
    """Give a new account the password that was hashed for it, in the caller's transaction."""
    await _keep(conn, view, kept, now, by=f"person:{view.person}", change="password set")


async def set_disabled(
    conn: asyncpg.Connection, account: UUID, *, is_disabled: bool, by: Actor | str, now: datetime
) -> AccountView:
    """Close an account (its sessions and tokens end at once) or open it again; refuses `account.unknown`."""
    row = await conn.fetchrow(
        f"update account set is_disabled = $2 where id = $1 returning {_COLUMNS}", account, is_disabled
    )
    if row is None:
        raise Refusal("account.unknown", account=str(account))
    view = AccountView(*row)
    if is_disabled:
        await end_sessions(conn, account, now, by="account closed")
    await _noted(conn, view, by, now, change="closed" if is_disabled else "opened again")
    return view


async def account_of(conn: asyncpg.Connection, account: UUID) -> AccountView:
    """Return an account; raises Refusal `account.unknown`."""
    row = await conn.fetchrow(f"select {_COLUMNS} from account where id = $1", account)
    if row is None:
        raise Refusal("account.unknown", account=str(account))
    return AccountView(*row)


async def account_named(conn: asyncpg.Connection, name: str) -> AccountView:
    """Return the account of a name; raises Refusal `account.unknown`."""
    row = await conn.fetchrow(f"select {_COLUMNS} from account where name = $1", name.strip().lower())
    if row is None:
        raise Refusal("account.unknown", account=name[:80])
    return AccountView(*row)


async def accounts(
    conn: asyncpg.Connection, *, after: str = "", most: int = 50, people: list[str] | None = None,
    words: str = "",
) -> tuple[AccountView, ...]:  # fmt: skip
    """Return accounts by name, those after a name; only of some people, and with some words in their name
    or their person's, when they are given.
    """
    rows = await conn.fetch(
        f"select {_COLUMNS} from account where name > $1 and ($3::text[] is null or person = any($3))"
        " and ($4 = '' or strpos(name, lower($4)) > 0 or exists (select from person p"
        " where p.id = account.person and (strpos(p.name, $4) > 0 or strpos(p.id, $4) > 0)))"
        " order by name limit $2",
        after,
        min(most, MOST_ROWS),
        people,
        words,
    )
    return tuple(AccountView(*row) for row in rows)


async def _check_new(conn: asyncpg.Connection, view: AccountView, password: str) -> None:
    name = await conn.fetchval("select name from person where id = $1", view.person)
    check_new(password, about=(view.name, view.person, str(name), "yuzhi", "域治"))


async def _keep(
    conn: asyncpg.Connection, view: AccountView, kept: str, now: datetime, *, by: str, change: str,
    but: UUID | None = None,
) -> None:  # fmt: skip
    await conn.execute("update account set password = $2, password_at = $3 where id = $1", view.id, kept, now)
    await end_sessions(conn, view.id, now, by="password changed", but=but)
    await _noted(conn, view, by, now, change=change)


async def _invite(conn: asyncpg.Connection, gate: Gate, account: UUID | None, now: datetime) -> str:
    code = short_code(gate.chance(13), letters=LETTERS)
    await conn.execute(
        "update invitation set used_at = $2 where account is not distinct from $1 and used_at is null",
        account,
        now,
    )
    await conn.execute(
        "insert into invitation (digest, account, created_at, expires_at) values ($1, $2, $3, $4)",
        _digest(gate, code),
        account,
        now,
        now + gate.limits.invitation_for,
    )
    return code


async def _use(conn: asyncpg.Connection, gate: Gate, code: str, now: datetime, *, is_first: bool) -> None:
    done = await conn.execute(
        "update invitation set used_at = $2 where digest = $1 and used_at is null and expires_at > $2"
        " and (account is null) = $3",
        _digest(gate, code),
        now,
        is_first,
    )
    if done != "UPDATE 1":
        raise Refusal("invitation.wrong")


def _digest(gate: Gate, code: str) -> bytes:
    return gate.secrets.tag("invitation", plain_code(code))


async def _noted(
    conn: asyncpg.Connection, view: AccountView, by: Actor | str, now: datetime, *, change: str, of: str = ""
) -> None:
    await trace.note(
        conn,
        "account_changed",
        by=by,
        at=now,
        subject=f"account:{view.name}",
        person=view.person,
        change=change,
        of=of,
    )


_COLUMNS = "id, name, kind, person, password is not null, totp is not null, is_disabled, created_at"
