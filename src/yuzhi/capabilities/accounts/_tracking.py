"""One matter by its number and tracking code, which is told once, when the matter is opened.

The code follows from the number and the installation's key, so nothing of it is stored: a stolen backup
opens no matter, and the answer to a repeated request tells the same code again.
"""

import hmac
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts._codes import plain_code, short_code
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._sessions import open_session
from yuzhi.capabilities.accounts._signing_in import Client
from yuzhi.capabilities.accounts._throttle import BY_ADDRESS, BY_PAIR, Bucket, forgive, network_of, reserve
from yuzhi.capabilities.accounts._views import Opened, Signed
from yuzhi.store.postgres.pool import acquired

LETTERS: Final = 10  # fifty bits


def tracking_code(gate: Gate, number: str) -> str:
    """Return the tracking code of a matter's number, as `XXXXX-XXXXX`."""
    return short_code(gate.secrets.code("tracking", number)[:10], letters=LETTERS)


async def check_tracking(
    pool: asyncpg.Pool, gate: Gate, number: str, code: str, client: Client, now: datetime
) -> None:
    """Refuse `sign_in.wrong` unless a code is that of a number, whether or not there is such a matter.

    Raises Refusal `sign_in.wait`, too.
    """
    network = network_of(client.address)
    pair = Bucket(gate.secrets.tag("attempt tracking", number[:40], network), BY_PAIR)
    spared = Bucket(gate.secrets.tag("attempt address", network), BY_ADDRESS)
    async with acquired(pool) as conn:
        await reserve(conn, (pair, spared), now)
        given, right = plain_code(code)[:40], plain_code(tracking_code(gate, number))
        if not hmac.compare_digest(given.encode(), right.encode()):
            await trace.note(conn, "sign_in_refused", by="nobody", at=now, subject="tracking", why="code")
            raise Refusal("sign_in.wrong")
        await forgive(conn, (pair,), (spared,))


async def sign_in_by_tracking(
    conn: asyncpg.Connection,
    gate: Gate,
    matter: UUID,
    number: str,
    requester: UUID,
    client: Client,
    now: datetime,
) -> Opened:
    """Open a session that reaches one matter only, for whoever proved to have its code."""
    who = Signed(id=requester, requester=requester, matter=matter, number=number)
    opened = await open_session(conn, gate, who, means="tracking", agent=client.agent, now=now)
    await trace.note(
        conn, "signed_in", by=f"requester:{requester}", at=now, subject=f"requester:{requester}",
        matter=matter, means="tracking", session=opened.signed.id,
    )  # fmt: skip
    return opened
