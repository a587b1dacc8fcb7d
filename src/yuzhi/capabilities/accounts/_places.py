"""Browsers and addresses an account has been signed in from: others' failures do not hold those up."""

from datetime import datetime
from uuid import UUID

import asyncpg

from yuzhi.capabilities.accounts._codes import TOKEN_BYTES, long_token
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._throttle import network_of


async def is_known(
    conn: asyncpg.Connection, gate: Gate, account: UUID, address: str, device: str
) -> tuple[bool, bool]:
    """Say whether an account was signed in from a browser (by its cookie), and from an address."""
    by_device, by_address = _digests(gate, account, address, device)
    rows = await conn.fetch(
        "select digest from known_place where account = $1 and digest = any($2)",
        account,
        [by_device, by_address],
    )
    known = {row["digest"] for row in rows}
    return bool(device) and by_device in known, by_address in known


async def remember(
    conn: asyncpg.Connection, gate: Gate, account: UUID, address: str, device: str, now: datetime
) -> str:
    """Know a browser and an address from now on; return the browser's cookie, a new one if it had none."""
    known, _ = await is_known(conn, gate, account, address, device) if device else (False, False)
    cookie = device if known else long_token(gate.chance(TOKEN_BYTES))
    await conn.execute(
        "insert into known_place (account, digest, seen_at) select $1, digest, $3 from unnest($2::bytea[])"
        " as given (digest) on conflict (account, digest) do update set seen_at = excluded.seen_at",
        account,
        list(_digests(gate, account, address, cookie)),
        now,
    )
    return cookie


def _digests(gate: Gate, account: UUID, address: str, device: str) -> tuple[bytes, bytes]:
    tag = gate.secrets.tag
    return tag("known device", str(account), device), tag("known address", str(account), network_of(address))
