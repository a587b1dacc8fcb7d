"""Whoever signs in by telephone comes into every case in which that telephone is a party's."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from yuzhi.base.actor import requester
from yuzhi.capabilities import deliveries
from yuzhi.capabilities.parties._acting import Entry
from yuzhi.capabilities.parties._room import note_act
from yuzhi.store.postgres.pool import acquired


async def recognise(
    conn: asyncpg.Connection, account: UUID, phone_hash: bytes, today: date, now: datetime
) -> Sequence[Entry]:
    """Let an account act for the parties whose telephone it proved to have; return where others do already.

    Known by the vault's keyed hash of the telephone, in the caller's transaction. A party that came by code
    before has an account of its own: that one may be taken for this person's, matter by matter. For whoever
    lacks full capacity it is the guardian's telephone that counts; an agency that is over leads nowhere.
    """
    entries = []
    for row in await conn.fetch(_OF_PHONE, phone_hash, account, today):
        if row["requester"] is not None:
            entries.append(Entry(row["matter_id"], row["number"], row["requester"]))
            continue
        await conn.execute(
            f"update {row['relation']} set requester = $2 where id = $1 and requester is null",
            row["id"],
            account,
        )
        await deliveries.hand_to_account(conn, row["person"], account)
        await note_act(
            conn, row["matter_id"], "party_joined", requester(str(account)), now, party=row["party"],
            side=row["side"],
        )  # fmt: skip
    return entries


async def cases_of(pool: asyncpg.Pool, accounts: Sequence[UUID], today: date) -> Sequence[UUID]:
    """Return the matters in which some accounts are a party, or speak for one today."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select matter_id from party where requester = any($1) and left_at is null"
            " union select r.matter_id from representative r join party p on p.id = r.party"
            " where r.requester = any($1) and r.ended_at is null and p.left_at is null"
            " and (r.valid_to is null or r.valid_to >= $2)",
            list(accounts),
            today,
        )
    return [row["matter_id"] for row in rows]


_OF_PHONE = """
select s.*, m.number from (
    select 'party' as relation, p.id, p.id as party, p.matter_id, p.side, p.person, p.requester
    from vault_person v join party p on p.person = v.id
    where v.phone_hash = $1 and p.left_at is null and p.capacity = 'full'
    union all
    select 'representative', r.id, p.id, r.matter_id, p.side, r.person, r.requester
    from vault_person v join representative r on r.person = v.id join party p on p.id = r.party
    where v.phone_hash = $1 and r.ended_at is null and p.left_at is null
        and (r.valid_to is null or r.valid_to >= $3)
) s join matter m on m.id = s.matter_id
where s.requester is distinct from $2 order by s.matter_id, s.id
"""
