"""The store in memory, for tests of handlers: the same promises, nothing durable."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from yuzhi.base.ground import lies_in
from yuzhi.base.refusal import Refusal
from yuzhi.store.journal import Sight, StoredEntry
from yuzhi.store.unit import Change, Row, Table

SERIAL_BLOCK = 100


class MemoryStore:
    """Journal and unit in dictionaries; `rows` shows what was written to each table, by key."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = {table.name: table for table in tables}
        self._entries: dict[UUID, list[StoredEntry]] = {}
        self._order: list[StoredEntry] = []
        self._serial = 0
        self.rows: dict[str, dict[Row, Row]] = {table.name: {} for table in tables}

    async def save(self, changes: Sequence[Change]) -> None:
        """Write all the changes or none of them."""
        self._check(changes)
        for change in changes:
            entry = replace(change.entry, position=len(self._order) + 1)
            self._order.append(entry)
            self._entries.setdefault(entry.matter, []).append(entry)
            for name, rows in change.rows.items():
                for row in rows:
                    self.rows[name][self._key(name, row)] = row

    def _check(self, changes: Sequence[Change]) -> None:
        places: set[tuple[UUID, int]] = set()
        added: dict[str, set[Row]] = {name: set() for name in self._tables}
        for change in changes:
            place = (change.matter, change.entry.seq)
            if change.entry.seq != len(self._entries.get(change.matter, ())) + 1 or place in places:
                raise Refusal("matter.stale", matter=str(change.matter), seq=change.entry.seq)
            places.add(place)
            for name, rows in change.rows.items():
                for key in (self._key(name, row) for row in rows if not self._tables[name].replaces):
                    if key in self.rows[name] or key in added[name]:
                        raise Refusal("store.row_exists", table=name)
                    added[name].add(key)

    def _key(self, name: str, row: Row) -> Row:
        table = self._tables[name]
        places = {column: place for place, (column, _) in enumerate(table.columns)}
        return tuple(row[places[column]] for column in table.key)

    async def serials(self) -> range:
        """Reserve a block of serial numbers."""
        self._serial += SERIAL_BLOCK
        return range(self._serial - SERIAL_BLOCK + 1, self._serial + 1)

    async def answer_to(self, actor: str, key: str) -> tuple[bytes, bytes] | None:
        """Return the digest and answer remembered for an idempotency key."""
        row = self.rows["idempotency"].get((actor, key))
        return None if row is None else (row[2], row[3])  # type: ignore[return-value]

    async def digests(self, actor: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the digests remembered for some idempotency keys."""
        remembered = self.rows["idempotency"]
        return {key: row[2] for key in keys if (row := remembered.get((actor, key)))}  # type: ignore[misc]

    async def texts(self, ids: Sequence[UUID]) -> Mapping[UUID, str | None]:
        """Return the words behind text references."""
        found = {id_: self.rows["text"].get((id_,)) for id_ in ids}
        return {id_: row[4] for id_, row in found.items() if row is not None}  # type: ignore[misc]

    async def entries(self, matters: Sequence[UUID]) -> Mapping[UUID, Sequence[StoredEntry]]:
        """Return the entries of some matters in order."""
        return {matter: tuple(self._entries[matter]) for matter in matters if matter in self._entries}

    async def entries_seen(self, matter: UUID, sight: Sight) -> Sequence[StoredEntry]:
        """Return the entries of a matter, none if it may not be seen; parties are not kept in memory."""
        return tuple(self._entries.get(matter, ())) if self._is_seen(matter, sight) else ()

    def _is_seen(self, matter: UUID, sight: Sight) -> bool:
        row = self.rows["matter"].get((matter,))
        if row is None:
            return False
        place = {column: at for at, (column, _) in enumerate(self._tables["matter"].columns)}
        if sight.account is not None and row[place["requester"]] == sight.account:
            return True
        territory = str(row[place["territory"]])
        if any(ground and lies_in(territory, ground) for ground in sight.ground):
            return True
        columns = [column for column, _ in self._tables["assignment"].columns]
        units = (columns.index("unit"), columns.index("by_unit"))
        given = [one for one in self.rows["assignment"].values() if one[0] == matter]
        return bool(sight.unit) and any(sight.unit in {one[at] for at in units} for one in given)

    async def all_entries(self) -> AsyncIterator[Sequence[StoredEntry]]:
        """Yield all entries, matter by matter."""
        for matter in sorted(self._entries):
            yield tuple(self._entries[matter])
