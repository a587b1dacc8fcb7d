"""What we need of a transaction: the consequences of asks, written all or not at all."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from yuzhi.store.journal import StoredEntry


class Table(Struct, frozen=True):
    """A table as its writers see it: column names with PostgreSQL types, and the key that names a row.

    `replaces` tables are read tables, whose rows follow from the entries: the newest wins. Rows of the
    others are only ever added, and adding one twice is a conflict. `row_type` is for what is written all the
    time: the composite type of the database with these columns, whose rows go over in one array together.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    replaces: bool = False
    row_type: str = ""


Row = tuple[object, ...]


class Change(Struct, frozen=True):
    """All that one ask writes: a journal entry, and rows by table in the order of the table's columns."""

    entry: StoredEntry
    rows: Mapping[str, Sequence[Row]]

    @property
    def matter(self) -> UUID:
        """Return the matter it is about."""
        return self.entry.matter


class Unit(Protocol):
    """Writes changes. Raises Refusal `matter.stale` when an entry's place in its journal is taken, and
    `store.row_exists` (with `table`) when a row of an added-to table is there already.
    """

    async def save(self, changes: Sequence[Change]) -> None:
        """Write all the changes, of different matters, in one durable transaction."""
        ...

    async def serials(self) -> range:
        """Reserve a block of serial numbers for new matters; nobody else gets any of them."""
        ...

    async def answer_to(self, actor: str, key: str) -> tuple[bytes, bytes] | None:
        """Return the digest and answer remembered for an idempotency key."""
        ...

    async def digests(self, actor: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the digests remembered for some idempotency keys; a key nobody used is absent."""
        ...

    async def texts(self, ids: Sequence[UUID]) -> Mapping[UUID, str | None]:
        """Return the words behind text references; None where they were erased."""
        ...
