"""A mapping that has met a file: from the cells of a row, the matter they tell of."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as AnyMapping
from datetime import datetime
from difflib import get_close_matches
from hashlib import sha256
from typing import Final

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.intake._form import Row
from yuzhi.capabilities.intake._mapping import Mapping, Value
from yuzhi.capabilities.intake._times import read_time, spread
from yuzhi.capabilities.matters import NewMatter
from yuzhi.capabilities.vault import Person
from yuzhi.engine.definition import Pack, Procedure

KEY_MOST: Final = 150
_BETWEEN_CELLS: Final = "\x1f"

Cells = tuple[str, ...]
Give = Callable[[Cells], str]


class Found(Struct, frozen=True):
    """A row as a matter: its key, a digest of what it says, when it was opened, and what is asked."""

    line: int
    key: str
    digest: bytes
    at: datetime
    ask: NewMatter


class Reader:
    """Reads rows of one file by one mapping. Raises Refusal `mapping.refused` for columns it has not."""

    def __init__(self, mapping: Mapping, columns: Cells, *, name: str = "") -> None:
        self._mapping = mapping
        places = {column: place for place, column in enumerate(columns)}
        _check_columns(mapping, places, name)
        self._key = places.get(mapping.key)
        self._fields = [
            (field, _giver(value, places)) for field, value in mapping.fields.items() if field not in _NUMBERS
        ]
        self._numbers = [
            (field, _giver(value, places)) for field, value in mapping.fields.items() if field in _NUMBERS
        ]
        self._person = [(name, _giver(value, places)) for name, value in mapping.requester.items()]
        self._form = [(name, _giver(value, places)) for name, value in mapping.form.items()]
        self._time = _giver(mapping.opened_at.value, places)

    def identity(self, row: Row, number: int) -> tuple[str, bytes]:
        """Return the key of a row (the `number`-th) and a digest of all its cells.

        Without a key column the key is the row's number and digest: the same file gives the same keys.
        Raises Refusal `key.missing` and `key.too_long`.
        """
        digest = sha256(_BETWEEN_CELLS.join(row.cells).encode("utf-8", "surrogatepass")).digest()
        if self._key is None:
            return f"{number}:{digest.hex()[:16]}", digest
        key = row.cells[self._key].strip()
        if not key:
            raise Refusal("key.missing", column=self._mapping.key)
        if len(key) > KEY_MOST:
            raise Refusal("key.too_long", given=key[:40], most=KEY_MOST)
        return key, digest

    def read(self, row: Row, key: str, digest: bytes) -> Found:
        """Return what a row asks for; raises Refusal `value.*`, `time.*` and `number.unreadable`."""
        cells = row.cells
        fields: dict[str, str | float] = {name: give(cells) for name, give in self._fields}
        for name, give in self._numbers:
            if text := give(cells):
                fields[name] = _number(name, text)
        person = {name: text for name, give in self._person if (text := give(cells))}
        form = {name: text for name, give in self._form if (text := give(cells))}
        ask = NewMatter(
            procedure=self._mapping.procedure,
            requester=Person(**person) if person else None,
            form=dict(form),
            **{"channel": "import", **fields},  # type: ignore[arg-type]  # texts, and numbers where they belong
        )
        return Found(line=row.line, key=key, digest=digest, at=self._opened_at(cells, key), ask=ask)

    def _opened_at(self, cells: Cells, key: str) -> datetime:
        times = self._mapping.opened_at
        if text := self._time(cells):
            return read_time(text, times.formats, times.zone)
        if times.missing is None:
            raise Refusal("time.missing")
        return spread(f"{self._mapping.source}:{key}", *times.missing)


_NUMBERS: Final = ("lon", "lat")


def check_words(mapping: Mapping, procedure: Procedure, pack: Pack, *, name: str = "") -> None:
    """Raise Refusal `mapping.refused` for words a mapping gives that its procedure or pack does not know."""
    opening = procedure.opening
    known: dict[str, tuple[str, ...]] = {
        "kind": opening.kinds,
        "channel": opening.channels,
        "urgency": opening.urgencies,
        "category": tuple(category.code for category in pack.categories),
    }
    faults = [
        Refusal(
            "mapping.word_unknown", file=name, where=f"fields.{field}", word=word, nearest=_near(word, words)
        )
        for field, words in known.items()
        if (value := mapping.fields.get(field)) is not None
        for word in _meant(value)
        if word and word not in words
    ]
    if "channel" not in mapping.fields and "import" not in opening.channels:
        faults.append(Refusal("mapping.missing", file=name, where="fields", word="channel"))
    _refuse(faults, name)


def _check_columns(mapping: Mapping, places: dict[str, int], name: str) -> None:
    values = {
        **{f"fields.{field}": value for field, value in mapping.fields.items()},
        **{f"requester.{field}": value for field, value in mapping.requester.items()},
        **{f"form.{field}": value for field, value in mapping.form.items()},
        "opened_at": mapping.opened_at.value,
    }
    named = [(where, column) for where, value in values.items() for column in value.columns]
    if mapping.key:
        named.insert(0, ("key", mapping.key))
    _refuse(
        [
            Refusal(
                "mapping.column_unknown", file=name, where=where, column=column, nearest=_near(column, places)
            )
            for where, column in named
            if column not in places
        ],
        name,
    )


def _refuse(faults: list[Refusal], name: str) -> None:
    if faults:
        raise Refusal("mapping.refused", file=name, count=len(faults), errors=tuple(faults))


def _near(word: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0)), "-")


def _meant(value: Value) -> list[str]:
    """Return every word a value may come to, as far as the mapping itself says it."""
    told = [value.always, value.otherwise or ""]
    return [*told, *(value.values or {}).values(), *(value.contains or {}).values()]


def _giver(value: Value, places: dict[str, int]) -> Give:
    """Return a function from cells to the value's text, as plain as the value allows."""
    give = _found(value, tuple(places[column] for column in value.columns))
    if value.values is not None:
        give = _by_table(value, value.values, give)
    if value.contains is not None:
        give = _by_words(value, value.contains, give)
    if value.otherwise is not None:
        give = _or_else(value.otherwise, give)
    return give if value.cut is None else _cut(value.cut, give)


def _found(value: Value, columns: tuple[int, ...]) -> Give:
    if not columns:
        always = value.always
        return lambda _cells: always
    if value.joined is not None:
        joint = value.joined
        return lambda cells: joint.join(text for place in columns if (text := cells[place].strip()))
    if len(columns) == 1:
        place = columns[0]
        return lambda cells: cells[place].strip()
    return lambda cells: next((text for place in columns if (text := cells[place].strip())), "")


def _by_table(value: Value, table: AnyMapping[str, str], give: Give) -> Give:
    has_else = value.otherwise is not None

    def meant(cells: Cells) -> str:
        text = give(cells)
        word = table.get(text)
        if word is not None:
            return word
        if text and not has_else:
            raise Refusal("value.not_in_table", given=text[:80], nearest=_near(text, table))
        return ""

    return meant


def _by_words(value: Value, words: AnyMapping[str, str], give: Give) -> Give:
    has_else = value.otherwise is not None

    def meant(cells: Cells) -> str:
        text = give(cells)
        word = next((meant for part, meant in words.items() if part in text), "")
        if not word and text and not has_else:
            raise Refusal("value.not_in_table", given=text[:80], nearest="-")
        return word

    return meant


def _or_else(otherwise: str, give: Give) -> Give:
    return lambda cells: give(cells) or otherwise


def _cut(most: int, give: Give) -> Give:
    return lambda cells: give(cells)[:most]


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Refusal("number.unreadable", field=name, given=text[:40]) from None
