"""Agreements in force go along with a matter that is handed over for their sake, signatures and all.

What is to be performed is minded where it was agreed, and nowhere twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from yuzhi.capabilities.parties import carried_id, carried_row
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.unit import Row, Table

AGREEMENT: Final = "agreement"
"""What a step must list in `carries` for agreements to go along."""

_AGREEMENT = Table(
    name="agreement",
    columns=(
        ("id", "uuid"), ("matter_id", "uuid"), ("form", "text"), ("state", "text"), ("content", "jsonb"),
        ("digest", "text"), ("version", "int4"), ("drafted_at", "timestamptz"), ("drafted_by", "text"),
        ("effective_at", "timestamptz"),
    ),
    key=("id",),
)  # fmt: skip
_SIGNATURE = Table(
    name="signature",
    columns=(
        ("id", "uuid"), ("matter_id", "uuid"), ("agreement", "uuid"), ("role", "text"), ("party", "uuid"),
        ("mediator", "text"), ("person", "uuid"), ("means", "text"), ("file", "text"), ("digest", "text"),
        ("signed_at", "timestamptz"),
    ),
    key=("id",),
)  # fmt: skip
TABLES = (_AGREEMENT, _SIGNATURE)


@dataclass(frozen=True)
class AgreementCarrier:
    """Carries agreements in force, where a step says so."""

    pool: asyncpg.Pool

    async def carried(
        self, giver: Matter, receiver: UUID, carries: Collection[str]
    ) -> Mapping[str, Sequence[Row]]:
        """Return the rows of the receiving case."""
        if AGREEMENT not in carries:
            return {}
        async with acquired(self.pool) as conn:
            found = await conn.fetch(
                "select * from agreement where matter_id = $1"
                " and state in ('effective', 'performed', 'broken') order by id",
                giver.id,
            )
            signatures = await conn.fetch(
                "select * from signature where agreement = any($1) order by id", [one["id"] for one in found]
            )
        return {
            _AGREEMENT.name: [
                carried_row(_AGREEMENT, one, matter_id=receiver, id=carried_id(receiver, one["id"]))
                for one in found
            ],
            _SIGNATURE.name: [
                carried_row(
                    _SIGNATURE, one, matter_id=receiver, id=carried_id(receiver, one["id"]),
                    agreement=carried_id(receiver, one["agreement"]),
                    party=carried_id(receiver, one["party"]) if one["party"] else None,
                )
                for one in signatures
            ],
        }  # fmt: skip
