"""An office for tests that load or play many matters: real packs and calendar, a ground that knows all."""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from fakes.keys import some_keys
from fakes.packs import SHIPPED, workdays
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.intake import (
    Imported,
    Mapping,
    RefusedRow,
    Watching,
    load,
    open_sheet,
    read_mapping,
)
from yuzhi.capabilities.matters import Office, Serials
from yuzhi.capabilities.packs import Shelf, load_shelf
from yuzhi.store.gathering import Gathering
from yuzhi.store.memory.store import MemoryStore
from yuzhi.store.postgres.store import PostgresStore

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
DISTRICT = "330212"


@cache
def shelf() -> Shelf:
    """Return the packs that ship."""
    return load_shelf([SHIPPED])


class AGround:
    """Knows every place of one city, and a unit of every kind in the district."""

    def place(self, territory: str, _lon: float | None, _lat: float | None, _words: str) -> str:
        if territory and not territory.startswith("3302"):
            raise Refusal("territory.unknown", territory=territory)
        return territory

    def unit_of_kind(self, kind: str, _at: str, territory: str) -> str:
        return f"{DISTRICT}-{kind}" if territory.startswith(DISTRICT) else ""

    def knows_unit(self, _unit: str) -> bool:
        return True

    def above(self, _unit: str, _duty: str) -> str:
        return ""


def an_office(store: MemoryStore | PostgresStore) -> Office:
    """Return an office over a store."""
    ground = AGround()
    return Office(
        journal=store,
        unit=store,
        gathering=Gathering(store),
        serials=Serials(store),
        shelf=shelf(),
        ground=lambda: ground,
        calendar=workdays(),
        keys=some_keys(),
        chance=lambda size: bytes(size),
    )


def a_store() -> MemoryStore:
    """Return an empty store in memory."""
    return MemoryStore(matters.TABLES)


MAPPING = """
source = "town"
procedure = "citizen-request"
key = "no"
[fields]
subject = "title"
detail = {first = ["text", "words"]}
kind = {column = "kind", values = {"求助" = "help", "投诉" = "complaint"}, else = "help"}
category = {column = "field", values = {"路灯" = "urban/road/lamp", "" = ""}}
territory = {always = "330212"}
[opened_at]
column = "at"
formats = ["iso", "%Y/%m/%d %H:%M", "excel"]
missing = {from = 2025-01-01, to = 2025-02-01}
[requester]
name = "who"
"""
COLUMNS = ("no", "title", "text", "words", "kind", "field", "at", "who")


def a_mapping(*changes: tuple[str, str]) -> Mapping:
    """Return the mapping of the files below, with parts of its text exchanged."""
    text = MAPPING
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_mapping(text, name="town.toml", zone=SHANGHAI)


def a_row(no: object, **given: object) -> tuple[str, ...]:
    """Return a row with everything right but what is given."""
    cells = {
        "no": no, "title": f"路灯不亮 {no}", "text": "解放路的路灯坏了。", "words": "", "kind": "求助",
        "field": "路灯", "at": "2026-03-02 09:15:00", "who": f"user{no}", **given,
    }  # fmt: skip
    return tuple(str(cells[column]) for column in COLUMNS)


def as_csv(rows: Iterable[Sequence[str]], *, header: Sequence[str] = COLUMNS, mark: str = ",") -> str:
    """Return rows as CSV with a header."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(one in text for one in f'{mark}"\n') else text

    return "".join(mark.join(map(cell, row)) + "\r\n" for row in (header, *rows))


def a_file(
    folder: Path, rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", packed: bool = False
) -> Path:
    """Write rows into a CSV file and return it."""
    content = as_csv(rows).encode(encoding)
    file = folder / ("town.csv.gz" if packed else "town.csv")
    file.write_bytes(gzip.compress(content) if packed else content)
    return file


@dataclass
class Seen:
    """What was told while a file went in."""

    refused: list[RefusedRow] = field(default_factory=list)
    moved: int = 0

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Line and code of each refused row, by line."""
        return sorted((row.line, row.refusal.code) for row in self.refused)

    def watching(self) -> Watching:
        """Return who is told."""
        return Watching(refused=self.refused.append, moved=self._move)

    def _move(self, amount: int) -> None:
        self.moved += amount


async def imported(
    office: Office,
    file: Path,
    seen: Seen,
    mapping: Mapping | None = None,
    *,
    most: int | None = None,
    is_dry: bool = False,
    turns: Iterator[int] | None = None,
) -> Imported:
    """Load a file."""
    mapping = mapping or a_mapping()
    with open_sheet(file, mapping.file) as sheet:
        return await load(office, mapping, sheet, NOW, seen.watching(), most=most, is_dry=is_dry, turns=turns)
