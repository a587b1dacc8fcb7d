"""Parties go along when a matter is handed over: the same people, on the same sides, in a case of its own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

import asyncpg

from yuzhi.capabilities.parties._tables import DISPUTE, PARTY, REPRESENTATIVE
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.unit import Row, Table


def carried_id(receiver: UUID, id_: UUID) -> UUID:
    """Return the id that something of the giving case has in the receiving one, the same for every room."""
    return uuid5(receiver, str(id_))


def carried_row(table: Table, row: asyncpg.Record, **other: object) -> Row:
    """Return a row of the giving case as the receiving one has it, with what is `other` there."""
    return tuple(other.get(column, row[column]) for column, _ in table.columns)


@dataclass(frozen=True)
class PartyCarrier:
    """Carries who is in a case, and who speaks for them; what was said there stays there."""

    pool: asyncpg.Pool

    async def carried(
        self,
        giver: Matter,
        receiver: UUID,
        carries: Collection[str],  # noqa: ARG002 -- parties always go along
    ) -> Mapping[str, Sequence[Row]]:
        """Return the rows of the receiving case; none for a matter that is no dispute."""
        async with acquired(self.pool) as conn:
            dispute = await conn.fetchrow("select * from dispute where matter_id = $1", giver.id)
            if dispute is None:
                return {}
            parties = await conn.fetch(
                "select * from party where matter_id = $1 and left_at is null order by id", giver.id
            )
            speaking = await conn.fetch(
                "select r.* from representative r join party p on p.id = r.party"
                " where r.matter_id = $1 and r.ended_at is null and p.left_at is null order by r.id",
                giver.id,
            )
        return {
            DISPUTE.name: [carried_row(DISPUTE, dispute, matter_id=receiver, origin=giver.id)],
            PARTY.name: [
                carried_row(PARTY, one, matter_id=receiver, id=carried_id(receiver, one["id"]))
                for one in parties
            ],
            REPRESENTATIVE.name: [
                carried_row(
                    REPRESENTATIVE, one, matter_id=receiver, id=carried_id(receiver, one["id"]),
                    party=carried_id(receiver, one["party"]),
                )
                for one in speaking
            ],
        }  # fmt: skip
