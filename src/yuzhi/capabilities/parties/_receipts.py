"""A party's receipt: the number under which it comes into its case, told to its telephone with its code."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import CLOCK
from yuzhi.base.ids import uuid7
from yuzhi.capabilities import deliveries, vault
from yuzhi.capabilities.parties._acting import numbered
from yuzhi.capabilities.parties._room import CaseRoom
from yuzhi.capabilities.parties._tables import GUARDIAN, PLACES
from yuzhi.store.postgres.pool import acquired

RECEIPT: Final = "party_receipt"
FIRST_SIDE: Final = 1
"""The side of who asked, where who asked is none of the parties."""


class ReceiptToSend(Struct, frozen=True):
    """A receipt on its way: the telephone it goes to, and the party's number. Its code follows from that."""

    phone: str
    number: str

    def says(self, code: str, language: str) -> str:
        """Return the words of the short message; what the case is about, and with whom, is not in it."""
        if language == "en":
            return (
                f"You are a party in case {self.number}. With this number and the code {code} you can see how"
                " it stands and say what you want. Keep the code to yourself."
            )
        return (
            f"您是编号 {self.number} 事项的当事人，查询码 {code}。凭编号和查询码可以查看进展、表明意愿，"
            "请勿告诉他人。"
        )


async def queue_receipts(room: CaseRoom, conn: asyncpg.Connection, matter: UUID, now: datetime) -> int:
    """Queue receipts for the parties of a case that have a telephone and were told nothing yet; how many.

    For whoever lacks full capacity it goes to the guardian. Who asked has the code told when they did. A
    procedure may keep receipts to one side, or send none (`receipts` in its opening): whoever is accused
    of something does not learn from us that they were.
    """
    asked = await conn.fetchrow("select procedure, version, requester from matter where id = $1", matter)
    if asked is None:
        return 0
    opening = room.office.shelf.procedure(asked["procedure"], asked["version"]).opening
    if opening.receipts == "nobody":
        return 0
    rows = await conn.fetch(_UNTOLD, matter, asked["requester"])
    if opening.receipts == "own_side":
        rows = [row for row in rows if row["side"] == (row["own_side"] or FIRST_SIDE)]
    if not rows:
        return 0
    ids = [uuid7(now, room.office.chance(10)) for _ in rows]
    new = await conn.fetch(
        "insert into party_receipt (id, matter_id, party, person, created_at)"
        " select t.id, $1, t.party, t.person, $5 from unnest($2::uuid[], $3::uuid[], $4::uuid[])"
        " t(id, party, person) on conflict (party) do nothing returning id",
        matter,
        ids,
        [row["id"] for row in rows],
        [row["person"] for row in rows],
        now,
    )
    await deliveries.queue_all(conn, [row["id"] for row in new], audience=RECEIPT, letter=RECEIPT, now=now)
    return len(new)


async def receipt_to_send(room: CaseRoom, id_: UUID, now: datetime) -> ReceiptToSend | None:
    """Return a receipt for the letter that carries it, None when the party is no longer in the case."""
    async with acquired(room.pool) as conn:
        row = await conn.fetchrow(_RECEIPT, id_)
        if row is None:
            return None
        found = await vault.reveal(
            conn, row["person"], ["phone"], purpose="letter", actor=CLOCK, matter=row["matter_id"], now=now,
            keys=room.keys,
        )  # fmt: skip
    return ReceiptToSend(found.get("phone", ""), numbered(row))


_UNTOLD = f"""
select p.id, p.side, coalesce(g.person, p.person) as person,
    (select o.side from party o where o.matter_id = $1 and o.requester = $2 limit 1) as own_side
from party p left join lateral {GUARDIAN} g on p.capacity <> 'full'
join vault_person v on v.id = coalesce(g.person, p.person)
where p.matter_id = $1 and p.left_at is null and v.phone is not null and v.erased_at is null
    and (p.capacity = 'full' or g.person is not null)
    and (p.requester is null or p.requester is distinct from $2)
    and not exists (select from party_receipt t where t.party = p.id)
order by p.side, p.joined_at, p.id
"""
_RECEIPT = f"""
select t.person, t.matter_id, m.number, p.no from party_receipt t join matter m on m.id = t.matter_id
join lateral {PLACES.format("t.matter_id")} p on p.id = t.party and p.left_at is null
where t.id = $1
"""
