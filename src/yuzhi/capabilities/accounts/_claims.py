"""Matters a resident proved to be theirs: opened without signing in, claimed with number and code.

In a claimed matter they act under the reference they asked under, as a session for that matter would;
what they are signed in as and that reference are tied together nowhere else.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts._views import Claim, Signed

CLAIMS_MOST: Final = 200


async def claim(conn: asyncpg.Connection, who: Signed, claimed: Claim, now: datetime) -> None:
    """Keep a matter for whoever signed in by telephone, in the caller's transaction; twice is once.

    Raises Refusal `claim.too_many`.
    """
    kept = await conn.fetchval("select count(*) from resident_matter where resident = $1", who.requester)
    if kept >= CLAIMS_MOST:
        raise Refusal("claim.too_many", most=CLAIMS_MOST)
    await conn.execute(
        "insert into resident_matter (resident, matter_id, number, reference, claimed_at)"
        " values ($1, $2, $3, $4, $5) on conflict do nothing",
        who.requester,
        claimed.matter,
        claimed.number,
        claimed.reference,
        now,
    )
    await trace.note(
        conn, "permission_changed", by=f"requester:{who.requester}", at=now, subject="claim",
        matter=claimed.matter, session=who.id,
    )  # fmt: skip


async def give_up(conn: asyncpg.Connection, who: Signed, matter: UUID) -> None:
    """Keep a matter no longer; number and code still open it."""
    await conn.execute(
        "delete from resident_matter where resident = $1 and matter_id = $2", who.requester, matter
    )
