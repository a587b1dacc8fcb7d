"""The second factor of an account: an authenticator's codes, and recovery codes for when it is lost."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import segno
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts._codes import plain_code, short_code
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._totp import SECRET_BYTES, base32, enrolment_uri, matching_step
from yuzhi.capabilities.accounts._views import Signed

RECOVERY_CODES: Final = 10
LETTERS: Final = 15  # of a recovery code: 75 bits
ISSUER: Final = "Yuzhi"


class Enrolment(Struct, frozen=True):
    """What an authenticator takes in; it counts only once a code from it was confirmed."""

    secret: str
    uri: str

    @property
    def picture(self) -> str:
        """The QR code of `uri`, as an address that holds the picture itself (SVG)."""
        return str(segno.make(self.uri, error="m", micro=False).svg_data_uri(scale=4))


class FactorView(Struct, frozen=True):
    """Whether an account has a second factor, and how many recovery codes are left."""

    is_set: bool
    recovery_codes: int


async def factor_of(conn: asyncpg.Connection, account: UUID) -> FactorView:
    """Return how the second factor of an account stands."""
    row = await conn.fetchrow(
        "select totp is not null, (select count(*) from recovery_code r where r.account = a.id"
        " and r.used_at is null) from account a where a.id = $1",
        account,
    )
    return FactorView(*row)


async def begin_enrolment(conn: asyncpg.Connection, gate: Gate, who: Signed) -> Enrolment:
    """Make a secret for an account and return it this once.

    Raises Refusal `second_factor.set_already`: one that counts is taken off by a code of it, so that a
    session left open is not enough to put another in its place.
    """
    assert who.account is not None
    secret = gate.chance(SECRET_BYTES)
    begun = await conn.fetchval(
        "update account set totp_pending = $2 where id = $1 and totp is null returning true",
        who.account,
        gate.secrets.seal(secret, _about(who.account)),
    )
    if not begun:
        raise Refusal("second_factor.set_already")
    return Enrolment(secret=base32(secret), uri=enrolment_uri(secret, issuer=ISSUER, name=who.name))


async def confirm_enrolment(
    conn: asyncpg.Connection, gate: Gate, who: Signed, code: str, now: datetime
) -> tuple[str, ...]:
    """Let the new secret count from now on, and return new recovery codes, which are told this once.

    Raises Refusal `second_factor.not_begun` and `second_factor.code_wrong`.
    """
    assert who.account is not None
    sealed = await conn.fetchval("select totp_pending from account where id = $1 for update", who.account)
    secret = gate.secrets.unseal(sealed, _about(who.account)) if sealed else None
    if secret is None:
        raise Refusal("second_factor.not_begun")
    step = matching_step(secret, code, now, after=0)
    if step is None:
        raise Refusal("second_factor.code_wrong")
    await conn.execute(
        "update account set totp = totp_pending, totp_pending = null, totp_step = $2 where id = $1",
        who.account,
        step,
    )
    codes = tuple(short_code(gate.chance(10), letters=LETTERS) for _ in range(RECOVERY_CODES))
    await conn.execute("delete from recovery_code where account = $1", who.account)
    await conn.execute(
        "insert into recovery_code (account, digest) select $1, * from unnest($2::bytea[])",
        who.account,
        [_recovery(gate, who.account, one) for one in codes],
    )
    await _noted(conn, who, now, change="second factor on")
    return codes


async def remove_second_factor(
    conn: asyncpg.Connection, account: UUID, *, by: str, name: str, now: datetime
) -> None:
    """Take the second factor from an account, with its recovery codes."""
    await conn.execute("update account set totp = null, totp_pending = null where id = $1", account)
    await conn.execute("delete from recovery_code where account = $1", account)
    await trace.note(
        conn, "account_changed", by=by, at=now, subject=f"account:{name}", change="second factor off"
    )


async def use_code(conn: asyncpg.Connection, gate: Gate, account: UUID, code: str, now: datetime) -> bool:
    """Say whether a code is right, and see to it that it never is again."""
    row = await conn.fetchrow("select totp, totp_step from account where id = $1", account)
    secret = gate.secrets.unseal(row["totp"], _about(account)) if row and row["totp"] else None
    if secret is None:
        return False
    step = matching_step(secret, code.strip(), now, after=row["totp_step"])
    if step is not None:
        # Of two requests with one code, only one moves the step on.
        done = await conn.execute(
            "update account set totp_step = $2 where id = $1 and totp_step < $2", account, step
        )
        return bool(done == "UPDATE 1")
    done = await conn.execute(
        "update recovery_code set used_at = $3 where account = $1 and digest = $2 and used_at is null",
        account,
        _recovery(gate, account, code),
        now,
    )
    return bool(done == "UPDATE 1")


async def _noted(conn: asyncpg.Connection, who: Signed, now: datetime, *, change: str) -> None:
    await trace.note(
        conn,
        "account_changed",
        by=f"person:{who.person}",
        at=now,
        subject=f"account:{who.name}",
        change=change,
    )


def _about(account: UUID) -> str:
    return f"totp {account}"


def _recovery(gate: Gate, account: UUID, code: str) -> bytes:
    return gate.secrets.tag("recovery", str(account), plain_code(code))
