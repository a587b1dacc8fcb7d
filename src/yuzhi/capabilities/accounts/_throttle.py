"""Holds up guessing without locking anybody out: each failure is counted against what it was tried from.

An attempt is counted before it is checked, so that a thousand at once are not a thousand free ones, and
taken back when it succeeds. What has failed too often must wait, twice as long each time; an attempt made
while waiting is refused without being counted. Someone else's failures count against the pair of name and
address, the address, and (only for places an account was never signed in from) the name, so that whoever
comes from a known browser or address is never held up by them (OWASP, “device cookies”).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal

FORGOTTEN_AFTER: Final = timedelta(days=1)


class Allowance(Struct, frozen=True):
    """How many failures are free, and the longest wait after that, in seconds (doubling from one)."""

    free: int
    longest: int


BY_PAIR: Final = Allowance(free=5, longest=900)
BY_DEVICE: Final = Allowance(free=10, longest=900)
BY_ADDRESS: Final = Allowance(free=200, longest=30)
BY_NAME: Final = Allowance(free=100, longest=300)
BY_PHONE: Final = Allowance(free=5, longest=3600)


class Bucket(Struct, frozen=True):
    """Something failures are counted against, by its keyed digest."""

    digest: bytes
    allowance: Allowance


async def reserve(conn: asyncpg.Connection, buckets: Sequence[Bucket], now: datetime) -> None:
    """Count an attempt against some buckets, all or none.

    Raises Refusal `sign_in.wait` with `retry_after` (seconds) when one of them has to wait.
    """
    ordered = sorted(buckets, key=lambda bucket: bucket.digest)  # two attempts never wait for each other
    arguments = (
        [bucket.digest for bucket in ordered],
        [bucket.allowance.free for bucket in ordered],
        [bucket.allowance.longest for bucket in ordered],
    )
    async with conn.transaction():
        counted = await conn.fetchval(_RESERVE, *arguments, now, now - FORGOTTEN_AFTER)
        if counted < len(ordered):
            waiting = await conn.fetchval(
                "select max(wait_until) from attempt where bucket = any($1)", arguments[0]
            )
            left = max(1, round((waiting - now).total_seconds())) if waiting else 1
            raise Refusal("sign_in.wait", retry_after=left)


async def forgive(conn: asyncpg.Connection, forgotten: Sequence[Bucket], spared: Sequence[Bucket]) -> None:
    """Forget all failures of some buckets and take back this one attempt from others."""
    await conn.execute(
        "delete from attempt where bucket = any($1)", sorted(bucket.digest for bucket in forgotten)
    )
    await conn.execute(
        "update attempt set failures = failures - 1, wait_until = last_at where bucket in"
        " (select bucket from attempt where bucket = any($1) and failures > 0 order by bucket for update)",
        sorted(bucket.digest for bucket in spared),
    )


def network_of(address: str) -> str:
    """Return what an address counts as: itself, or for IPv6 the /64 that one household has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 6:
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


_RESERVE = """
with given as (
    select * from unnest($1::bytea[], $2::int4[], $3::int4[]) as given (bucket, free, longest)
), counted as (
    insert into attempt as a (bucket, failures, last_at, wait_until)
    select bucket, 1, $4, $4 from given
    on conflict (bucket) do update set
        failures = case when a.last_at < $5 then 1 else a.failures + 1 end,
        last_at = $4,
        wait_until = case when a.last_at < $5 then $4::timestamptz else $4 + (
            select case when a.failures + 1 <= free then interval '0'
                else least(longest, power(2, least(a.failures - free, 20))) * interval '1 second' end
            from given where given.bucket = a.bucket
        ) end
    where a.wait_until <= $4
    returning 1
)
select count(*) from counted
"""
