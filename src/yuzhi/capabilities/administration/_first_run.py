"""The first administrator: made once, by whoever has the code that was printed where the machine stands."""

from datetime import datetime
from typing import Final

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.accounts import AccountView, Gate, check_new, keeping
from yuzhi.capabilities.administration._powers import Powers
from yuzhi.capabilities.registry import Person, Post, PostList, Unit, UnitList, save_posts, save_units
from yuzhi.store.postgres.pool import acquired

UNIT: Final = "administration"
POST: Final = "first-administrator"
BY: Final = "first-run"


class FirstAdministrator(Struct, frozen=True):
    """Who the first administrator is to be: their number and name on the staff, and how they sign in."""

    person: str
    person_name: str
    account: str
    password: str


async def first_run(
    pool: asyncpg.Pool, gate: Gate, powers: Powers, code: str, first: FirstAdministrator, now: datetime
) -> AccountView:
    """Make the first administrator with unit and post, for the code `keeping.first_invitation` gave.

    Their post has no territory: it administers everywhere and sees no matter. Raises Refusal
    `first_run.over`, `invitation.wrong`, `powers.nobody_manages`, `account.bad_name` and those of what may
    not become a password.
    """
    duties = tuple(sorted(duty for duty in powers.duties if "people.manage" in powers.of([duty])))[:1]
    if not duties:
        raise Refusal("powers.nobody_manages")
    check_new(first.password, about=(first.account, first.person, first.person_name))
    kept = await gate.passwords.hash(first.password)
    async with acquired(pool) as conn, conn.transaction():
        await keeping.use_first_invitation(conn, gate, code, now)
        await save_units(conn, UnitList((Unit(UNIT, UNIT, UNIT, ""),)), actor=BY, now=now)
        post = Post(POST, first.person, UNIT, duties, "")
        await save_posts(
            conn, PostList((Person(first.person, first.person_name),), (post,)), actor=BY, now=now
        )
        view, _ = await keeping.create_account(conn, gate, first.account, person=first.person, by=BY, now=now)
        await keeping.set_first_password(conn, view, kept, now)
    return view
