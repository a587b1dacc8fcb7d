"""Accounts, tokens and sessions of others over HTTP, and the first administrator."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from litestar import Request, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts, administration, trace
from yuzhi.capabilities.accounts import (
    AccountView,
    SessionView,
    Signed,
    TokenView,
    keeping,
    second_factor,
    tokens,
)
from yuzhi.capabilities.administration import Administrator, FirstAdministrator
from yuzhi.doors.api._needs import ApiNeeds, administering, needs
from yuzhi.doors.api.sign_in import Done
from yuzhi.store.postgres.pool import acquired

AnyRequest = Request[Any, Any, Any]

MANAGE = "accounts.manage"
Most = Annotated[int, QueryParameter(ge=1, le=keeping.MOST_ROWS)]
Words = Annotated[
    str, QueryParameter(name="q", max_length=100, description="some letters of a name or of a number")
]
Word = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]


class AccountGiven(Struct, frozen=True):
    """An account to make: the name to sign in with, and whose it is; a service is a machine's."""

    name: Word
    person: Word
    kind: Literal["person", "service"] = "person"


class AccountMade(Struct, frozen=True):
    """The account, and the code with which its owner sets a password; told this once, none for a service."""

    account: AccountView
    invitation: str


class Invitation(Struct, frozen=True):
    """A code with which an account's owner sets a password, told this once."""

    invitation: str


class AccountList(Struct, frozen=True):
    """Accounts by name; `next` is where the next page begins, empty at the end."""

    accounts: tuple[AccountView, ...]
    next: str


class TokenGiven(Struct, frozen=True):
    """A token to issue; a scope is `read:AREA` or `write:AREA`, an area the first word of a path, or `*`."""

    name: Word
    post: Word
    scopes: Annotated[list[str], Meta(min_length=1, max_length=40)]
    days: Annotated[int, Meta(ge=1, le=366)] = 90


class TokenMade(Struct, frozen=True):
    """The token, told this once."""

    token: str
    view: TokenView


class TokenList(Struct, frozen=True):
    """The tokens of an account."""

    tokens: tuple[TokenView, ...]


class SessionsOf(Struct, frozen=True):
    """The open sessions of an account."""

    sessions: tuple[SessionView, ...]


class Ended(Struct, frozen=True):
    """How many sessions ended."""

    ended: int


class FirstGiven(Struct, frozen=True):
    """The code that was printed where the machine stands, and who the first administrator is to be."""

    code: Annotated[str, Meta(max_length=60)]
    person: Word
    person_name: Word
    account: Word
    password: Annotated[str, Meta(max_length=200)]


@post("/first-run", status_code=201)
async def first_run(request: AnyRequest, data: JSONBody[FirstGiven]) -> AccountView:
    """Make the first administrator; works once, while nobody has an account."""
    handed = needs(request)
    first = FirstAdministrator(data.person, data.person_name, data.account, data.password)
    return await administration.first_run(
        handed.pool, handed.entrance.gate, handed.admin.powers, data.code, first, handed.now()
    )


@get("/admin/accounts")
async def list_accounts(
    request: AnyRequest,
    words: Words = "",
    person: FromQuery[str] = "",
    after: FromQuery[str] = "",
    most: Most = 50,
) -> AccountList:
    """List the accounts of people on one's ground, by name; with some words in a name, or one person's."""
    handed, who, _ = administering(request, MANAGE)
    roster = handed.admin.known().roster
    people = [
        one
        for one in roster.people
        if (not person or one == person)
        and all(who.reaches(held.territory) for held in roster.posts_of_person(one))
    ]
    async with acquired(handed.pool) as conn:
        found = await keeping.accounts(
            conn, after=after.replace("\0", ""), most=most, people=people, words=words.replace("\0", "")
        )
    return AccountList(found, found[-1].name if len(found) == most else "")


@post("/admin/accounts", status_code=201)
async def create_account(request: AnyRequest, data: JSONBody[AccountGiven]) -> AccountMade:
    """Make an account for somebody on the staff, or for a machine that is listed there."""
    handed, who, now = administering(request, MANAGE)
    administration.check_not_oneself(who, data.person)
    administration.check_reaches_person(who, data.person, handed.admin.known().roster)
    async with acquired(handed.pool) as conn, conn.transaction():
        view, code = await keeping.create_account(
            conn, handed.entrance.gate, data.name, person=data.person, kind=data.kind, by=who.name, now=now
        )
    return AccountMade(view, code)


@post("/admin/accounts/{name:str}/invitation", status_code=200)
async def invite(request: AnyRequest, name: FromPath[str]) -> Invitation:
    """Let an account's owner set a password anew; former codes are void. The second factor stays."""
    handed, who, now = administering(request, MANAGE)
    async with acquired(handed.pool) as conn, conn.transaction():
        view = await _theirs(conn, handed, who, name)
        return Invitation(await keeping.invite(conn, handed.entrance.gate, view.id, by=who.name, now=now))


@post("/admin/accounts/{name:str}/close", status_code=200)
async def close_account(request: AnyRequest, name: FromPath[str]) -> AccountView:
    """Close an account; its sessions and tokens end at once."""
    return await _set_disabled(request, name, is_disabled=True)


@post("/admin/accounts/{name:str}/open", status_code=200)
async def open_account(request: AnyRequest, name: FromPath[str]) -> AccountView:
    """Open a closed account again."""
    return await _set_disabled(request, name, is_disabled=False)


@delete("/admin/accounts/{name:str}/second-factor", status_code=200)
async def remove_second_factor(request: AnyRequest, name: FromPath[str]) -> Done:
    """Take the second factor from an account whose owner has lost it."""
    handed, who, now = administering(request, MANAGE)
    async with acquired(handed.pool) as conn, conn.transaction():
        view = await _theirs(conn, handed, who, name)
        await second_factor.remove_second_factor(conn, view.id, by=who.name, name=view.name, now=now)
    return Done()


@get("/admin/accounts/{name:str}/sessions")
async def list_sessions(request: AnyRequest, name: FromPath[str]) -> SessionsOf:
    """List the open sessions of an account, the newest first."""
    handed, who, now = administering(request, MANAGE)
    async with acquired(handed.pool) as conn:
        view = await _theirs(conn, handed, who, name)
        return SessionsOf(await accounts.sessions_of(conn, Signed(view.id, account=view.id), now))


@delete("/admin/accounts/{name:str}/sessions", status_code=200)
async def end_sessions(request: AnyRequest, name: FromPath[str]) -> Ended:
    """End every session of an account."""
    handed, who, now = administering(request, MANAGE)
    async with acquired(handed.pool) as conn, conn.transaction():
        view = await _theirs(conn, handed, who, name)
        ended = await accounts.end_sessions(conn, view.id, now, by=who.name)
        await trace.note(
            conn, "session_revoked", by=who.name, at=now, subject=f"account:{view.name}", count=ended
        )
    return Ended(ended)


@get("/admin/accounts/{name:str}/tokens")
async def list_tokens(request: AnyRequest, name: FromPath[str]) -> TokenList:
    """List the tokens of an account, the newest first."""
    handed, who, _ = administering(request, MANAGE)
    async with acquired(handed.pool) as conn:
        view = await _theirs(conn, handed, who, name)
        return TokenList(await tokens.tokens_of(conn, view.id))


@post("/admin/accounts/{name:str}/tokens", status_code=201)
async def issue_token(request: AnyRequest, name: FromPath[str], data: JSONBody[TokenGiven]) -> TokenMade:
    """Issue a token to a service account, for one of its posts."""
    handed, who, now = administering(request, MANAGE)
    async with acquired(handed.pool) as conn, conn.transaction():
        view = await _theirs(conn, handed, who, name)
        known = handed.admin.known()
        if data.post not in {one.id for one in known.roster.posts_of(view.person, on=known.on)}:
            raise Refusal("registry.post_unknown", post=data.post)
        issued, token = await tokens.issue_token(
            conn, handed.entrance.gate, view.id, name=data.name, post=data.post, scopes=data.scopes,
            lasts_for=timedelta(days=data.days), by=who.name, now=now,
        )  # fmt: skip
    return TokenMade(token, issued)


@delete("/admin/accounts/{name:str}/tokens/{token:uuid}", status_code=200)
async def revoke_token(request: AnyRequest, name: FromPath[str], token: FromPath[UUID]) -> Done:
    """Revoke a token."""
    handed, who, now = administering(request, MANAGE)
    async with acquired(handed.pool) as conn, conn.transaction():
        view = await _theirs(conn, handed, who, name)
        if token not in {one.id for one in await tokens.tokens_of(conn, view.id)}:
            raise Refusal("token.unknown", token=str(token))
        await tokens.revoke_token(conn, token, by=who.name, now=now)
    return Done()


async def _set_disabled(request: AnyRequest, name: str, *, is_disabled: bool) -> AccountView:
    handed, who, now = administering(request, MANAGE)
    async with acquired(handed.pool) as conn, conn.transaction():
        view = await _theirs(conn, handed, who, name)
        return await keeping.set_disabled(conn, view.id, is_disabled=is_disabled, by=who.name, now=now)


async def _theirs(conn: asyncpg.Connection, handed: ApiNeeds, who: Administrator, name: str) -> AccountView:
    """Return an account somebody may administer: another's, all of whose posts are on their ground."""
    view = await keeping.account_named(conn, name.replace("\0", ""))
    administration.check_not_oneself(who, view.person)
    try:
        administration.check_reaches_person(who, view.person, handed.admin.known().roster)
    except Refusal:
        raise Refusal("account.unknown", account=name[:80]) from None
    return view


HANDLERS = (
    first_run, list_accounts, create_account, invite, close_account, open_account, remove_second_factor,
    list_sessions, end_sessions, list_tokens, issue_token, revoke_token,
)  # fmt: skip
