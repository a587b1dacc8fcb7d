"""Who is told when a letter goes to the parties: each side's people and who speaks for them, each once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import CLOCK
from yuzhi.capabilities.deliveries import Addressee, Claimed
from yuzhi.capabilities.parties._receipts import FIRST_SIDE, queue_receipts
from yuzhi.capabilities.parties._room import CaseRoom, note_act


class PartyCircle:
    """Knows who the parties of a matter are and who of them can be reached.

    For whoever lacks full capacity it is the guardian who is told (民法典 23); whose agency is over is not.
    Who has no account and told neither telephone nor address cannot be reached: that is noted, for paper.
    """

    def __init__(self, room: CaseRoom) -> None:
        self._room = room

    async def __call__(
        self, conn: asyncpg.Connection, letters: Sequence[Claimed], now: datetime
    ) -> Sequence[Addressee]:
        """Return to whom letters go; an account, a telephone or an address of e-mail is told once a letter.

        Who asked is among them, unless the same act sends them a letter of their own.
        """
        rows = await conn.fetch(
            _PEOPLE,
            [one.id for one in letters],
            [one.matter for one in letters],
            [one.seq for one in letters],
            self._room.office.calendar.day_of(now),
        )
        told: list[Addressee] = []
        for matter in sorted({one.matter for one in letters if one.matter is not None}):
            # Of a case that was handed over its parties hear the new number with the first letter.
            await queue_receipts(self._room, conn, matter, now)
        for letter in letters:
            people = [row for row in rows if row["letter"] == letter.id]
            if letter.audience == "own_side":
                people = _on_own_side(people)
            circle = _each_once(letter.id, people)
            told += circle.told
            if circle.unreached and letter.matter is not None:
                await note_act(
                    conn, letter.matter, "letter_unreached", CLOCK, now, letter=letter.letter,
                    parties=sorted(circle.unreached),
                )  # fmt: skip
        return told


class _Circle(Struct, frozen=True):
    told: Sequence[Addressee]
    unreached: frozenset[UUID]


def _on_own_side(people: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
    asked = [row for row in people if row["party"] is None]
    ways = {way for row in asked for way in _ways(row)}
    own = next((row["side"] for row in people if row["party"] and ways & _ways(row)), FIRST_SIDE)
    return [row for row in people if row["party"] is None or row["side"] == own]


def _each_once(letter: UUID, people: Sequence[asyncpg.Record]) -> _Circle:
    """Return who is told, the one who asked first: whoever they are as a party, too, is then told already."""
    met: set[object] = set()
    told, reached, named = [], set(), set()
    for row in people:
        named.add(row["party"])
        ways = _ways(row)
        if not ways:
            continue
        reached.add(row["party"])
        if ways & met:
            continue
        met |= ways
        if row["is_told"]:
            continue
        told.append(Addressee(letter, row["account"], row["person"]))
    return _Circle(told, frozenset(named - reached - {None}))


def _ways(row: asyncpg.Record) -> set[object]:
    """Return what somebody is reached by: what two have in common is one and the same."""
    reachable = row["phone_hash"] if row["has_phone"] else None
    ways = {row["account"], reachable} - {None}
    return ways or ({row["person"]} if row["has_email"] else set())


# Who asked comes first, then parties, then who speaks for them.
_PEOPLE = """
with asked as (
    select * from unnest($1::uuid[], $2::uuid[], $3::int[]) t(letter, matter, seq)
), people as (
    select a.letter, a.matter, a.seq, 0 as rank, null::uuid as party, 0 as side, m.requester as account,
        null::uuid as person, m.requester as known
    from asked a join matter m on m.id = a.matter where m.requester is not null
    union all
    select a.letter, a.matter, a.seq, 1, p.id, p.side, p.requester, p.person, p.person
    from asked a join party p on p.matter_id = a.matter
    where p.left_at is null and p.capacity = 'full'
    union all
    select a.letter, a.matter, a.seq, 2, p.id, p.side, r.requester, r.person, r.person
    from asked a join party p on p.matter_id = a.matter join representative r on r.party = p.id
    where p.left_at is null and r.ended_at is null and (r.valid_to is null or r.valid_to >= $4)
    union all
    select a.letter, a.matter, a.seq, 3, p.id, p.side, null, null, null
    from asked a join party p on p.matter_id = a.matter
    where p.left_at is null and p.capacity <> 'full'
)
select p.letter, p.rank, p.party, p.side, p.account, p.person, v.phone_hash,
    v.phone is not null as has_phone, v.email is not null as has_email,
    p.rank = 0 and exists (select from delivery d where d.matter_id = p.matter and d.seq = p.seq
        and d.audience = 'requester' and d.channel = '') as is_told
from people p left join vault_person v on v.id = p.known
order by p.letter, p.rank, p.side, p.party, p.person
"""
