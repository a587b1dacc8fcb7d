"""A party's own way into its case: a number beside the case's own, and the account that goes with it."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import deliveries
from yuzhi.capabilities.parties._room import CaseRoom, check_staff, note_act
from yuzhi.capabilities.parties._tables import GUARDIAN, PLACES
from yuzhi.store.postgres.pool import acquired

MARK = "-"


class Entry(Struct, frozen=True):
    """Where a party's number leads: the case, its number, and the account that acts there for the party."""

    matter: UUID
    number: str
    requester: UUID


async def party_number(room: CaseRoom, matter: UUID, party: UUID, by: Actor, now: datetime) -> str:
    """Return the number under which a party comes into its case, such as `202611020000000171-2`.

    It is told to those who work on the case, who serve it on the party with the code that belongs to it; that
    it was told is noted. Raises as `check_staff`, Refusal `party.unknown`, and `party.guardian_missing` for
    one without full capacity whom nobody speaks for.
    """
    await check_staff(room, matter, by)
    async with acquired(room.pool) as conn, conn.transaction():
        row = await conn.fetchrow(_PLACE + " where p.id = $2", matter, party)
        if row is None or row["left_at"] is not None:
            raise Refusal("party.unknown", party=str(party))
        if row["capacity"] != "full" and row["guardian"] is None:
            raise Refusal("party.guardian_missing", side=row["side"], basis="民法典 23")
        await note_act(conn, matter, "party_code_told", by, now, party=party)
    return numbered(row)


def numbered(row: asyncpg.Record) -> str:
    """Return the number a party is told: the case's, and the party's place (`no`) in it."""
    return f"{row['number']}{MARK}{row['no']}"


def split_number(given: str) -> tuple[str, int] | None:
    """Return the case's number and the party's place in what a party was told, None if it is no such."""
    number, mark, no = given.partition(MARK)
    return (number, int(no)) if mark and no.isascii() and no.isdigit() and len(no) <= 4 else None


async def entry_of(
    conn: asyncpg.Connection, matter: UUID, no: int, account: UUID, now: datetime
) -> Entry | None:
    """Return where a party's number leads; `account` becomes theirs if they had none. None if there is none.

    For whoever lacks full capacity it is the guardian's account (民法典 19, 20).
    """
    row = await conn.fetchrow(_PLACE + " where p.no = $2 and p.left_at is null", matter, no)
    if row is None:
        return None
    if row["capacity"] == "full":
        table, id_ = "party", row["id"]
    elif row["guardian"] is not None:
        table, id_ = "representative", row["guardian"]
    else:
        return None
    requester = await conn.fetchval(
        f"update {table} set requester = coalesce(requester, $2) where id = $1 returning requester",
        id_,
        account,
    )
    if requester == account:
        by = Actor(hand="requester", id=str(account))
        person = row["person"] if row["capacity"] == "full" else row["guardian_person"]
        await deliveries.hand_to_account(conn, person, account)
        await note_act(conn, matter, "party_joined", by, now, party=row["id"], side=row["side"])
    return Entry(matter, row["number"], requester)


_PLACE = f"""
select p.*, m.number, g.id as guardian, g.person as guardian_person
from {PLACES.format("$1")} p join matter m on m.id = p.matter_id left join lateral {GUARDIAN} g on true
"""
