"""A mapping: which column of a file gives what of a matter. Written in TOML by whoever knows the file.

The grammar is told in docs/import.md. Everything wrong with a mapping is told at once, each with the
nearest name that would be right.
"""

import tomllib
from collections.abc import Collection
from collections.abc import Mapping as AnyMapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from msgspec.structs import replace

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.intake._form import FileForm

FIELDS: Final = (
    "subject", "detail", "kind", "channel", "urgency", "category", "territory", "place_words", "lon", "lat",
)  # fmt: skip
PERSON: Final = ("name", "phone", "email", "address", "id_type", "id_number")

_TOP: Final = (
    "source", "procedure", "key", "letters", "file", "fields", "opened_at", "requester", "form",
)  # fmt: skip
_FILE: Final = ("encoding", "delimiter", "sheet", "header_row")
_VALUE: Final = ("column", "first", "join", "with", "always", "values", "contains", "else", "cut")
_GIVING: Final = ("column", "first", "join", "always")
_TIMES: Final = ("column", "first", "join", "with", "formats", "timezone", "missing")
_MISSING: Final = ("from", "to")


class Value(Struct, frozen=True):
    """Where a value comes from: columns (the first that is not empty, or all joined), or always the same.

    `values` is a table from what is found to what is meant, `contains` one from words that occur in it;
    `otherwise` is taken for what neither has, and for nothing at all. `cut` is the most characters kept.
    """

    columns: tuple[str, ...] = ()
    joined: str | None = None
    always: str = ""
    values: AnyMapping[str, str] | None = None
    contains: AnyMapping[str, str] | None = None
    otherwise: str | None = None
    cut: int | None = None


class Times(Struct, frozen=True):
    """How the time a matter was opened is read; rows without one are spread over `missing`, if it is told."""

    value: Value
    formats: tuple[str, ...]
    zone: ZoneInfo
    missing: tuple[datetime, datetime] | None = None


class Mapping(Struct, frozen=True):
    """A mapping, read and sound in itself; whether its columns are in a file is seen when it meets one."""

    source: str
    procedure: str
    fields: AnyMapping[str, Value]
    opened_at: Times
    key: str = ""
    sends_letters: bool = False
    file: FileForm = FileForm()
    requester: AnyMapping[str, Value] = {}
    form: AnyMapping[str, Value] = {}

    def with_territory(self, code: str) -> "Mapping":
        """Return this mapping with another territory for rows that tell none."""
        told = self.fields.get("territory", Value())
        value = replace(told, always=code, otherwise=code if told.columns else None)
        return replace(self, fields={**self.fields, "territory": value})


def read_mapping(text: str, *, name: str, zone: ZoneInfo) -> Mapping:
    """Return a mapping from its TOML; `zone` is that of times which tell none.

    Raises Refusal `mapping.refused` with `errors`, one refusal for each fault: `mapping.malformed`,
    `mapping.word_unknown` (with `nearest`), `mapping.missing` and `mapping.wrong`.
    """
    faults = _Faults(name)
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        faults.add("mapping.malformed", trouble=str(trouble))
        raise faults.refusal() from trouble
    mapping = _mapping(told, faults, zone)
    if faults.found:
        raise faults.refusal()
    return mapping


class _Faults:
    """Gathers what is wrong."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[Refusal] = []

    def add(self, code: str, **facts: object) -> None:
        self.found.append(Refusal(code, file=self.name, **facts))

    def refusal(self) -> Refusal:
        return Refusal("mapping.refused", file=self.name, count=len(self.found), errors=tuple(self.found))

    def known(self, where: str, given: AnyMapping[str, object], known: Collection[str]) -> None:
        for word in given:
            if word not in known:
                near = get_close_matches(word, known, n=1, cutoff=0)
                self.add("mapping.word_unknown", where=where, word=word, nearest=near[0] if near else "-")

    def table(self, where: str, given: object) -> dict[str, object]:
        if isinstance(given, dict):
            return given
        if given is not None:
            self.add("mapping.wrong", where=where, wanted="a table")
        return {}

    def text(self, where: str, given: object, *, default: str = "") -> str:
        if given is None:
            return default
        if isinstance(given, str):
            return given
        if isinstance(given, int | float) and not isinstance(given, bool):
            return str(given)
        self.add("mapping.wrong", where=where, wanted="a text")
        return default

    def texts(self, where: str, given: object) -> tuple[str, ...]:
        if given is None:
            return ()
        if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
            return tuple(given)
        self.add("mapping.wrong", where=where, wanted="a list of texts")
        return ()

    def whole(self, where: str, given: object, *, least: int, default: int) -> int:
        if given is None:
            return default
        if isinstance(given, int) and not isinstance(given, bool) and given >= least:
            return given
        self.add("mapping.wrong", where=where, wanted=f"a whole number from {least} on")
        return default


def _mapping(told: dict[str, object], faults: _Faults, zone: ZoneInfo) -> Mapping:
    faults.known("", told, _TOP)
    for needed in ("source", "procedure", "fields", "opened_at"):
        if needed not in told:
            faults.add("mapping.missing", where="", word=needed)
    letters = told.get("letters", False)
    if not isinstance(letters, bool):
        faults.add("mapping.wrong", where="letters", wanted="true or false")
    fields = faults.table("fields", told.get("fields"))
    faults.known("fields", fields, FIELDS)
    for needed in ("subject", "kind"):
        if fields and needed not in fields:
            faults.add("mapping.missing", where="fields", word=needed)
    requester = faults.table("requester", told.get("requester"))
    faults.known("requester", requester, PERSON)
    form = faults.table("form", told.get("form"))
    return Mapping(
        source=faults.text("source", told.get("source")),
        procedure=faults.text("procedure", told.get("procedure")),
        key=faults.text("key", told.get("key")),
        sends_letters=letters is True,
        file=_file(faults.table("file", told.get("file")), faults),
        fields={name: _value(f"fields.{name}", given, faults) for name, given in fields.items()},
        opened_at=_times(told.get("opened_at"), faults, zone),
        requester={name: _value(f"requester.{name}", given, faults) for name, given in requester.items()},
        form={name: _value(f"form.{name}", given, faults) for name, given in form.items()},
    )


def _file(told: dict[str, object], faults: _Faults) -> FileForm:
    faults.known("file", told, _FILE)
    delimiter = faults.text("file.delimiter", told.get("delimiter"))
    if len(delimiter) > 1:
        faults.add("mapping.wrong", where="file.delimiter", wanted="one character")
    return FileForm(
        encoding=faults.text("file.encoding", told.get("encoding")),
        delimiter=delimiter[:1],
        sheet=faults.text("file.sheet", told.get("sheet")),
        header_row=faults.whole("file.header_row", told.get("header_row"), least=1, default=1),
    )


def _value(where: str, told: object, faults: _Faults, known: Collection[str] = _VALUE) -> Value:
    if isinstance(told, str):
        return Value(columns=(told,))
    if not isinstance(told, dict):
        faults.add("mapping.wrong", where=where, wanted="a column or a table")
        return Value()
    faults.known(where, told, known)
    given = [word for word in _GIVING if word in told]
    if len(given) != 1:
        faults.add("mapping.wrong", where=where, wanted=f"one of {', '.join(_GIVING)}")
        return Value()
    if "values" in told and "contains" in told:
        faults.add("mapping.wrong", where=where, wanted="values or contains, not both")
    column = faults.text(f"{where}.column", told.get("column"))
    first, join = faults.texts(f"{where}.first", told.get("first")), faults.texts(where, told.get("join"))
    otherwise = told.get("else")
    cut = faults.whole(f"{where}.cut", told.get("cut"), least=1, default=0)
    return Value(
        columns=(column,) if column else first or join,
        joined=faults.text(f"{where}.with", told.get("with"), default=" ") if join else None,
        always=faults.text(f"{where}.always", told.get("always")),
        values=_texts_of(f"{where}.values", told, "values", faults),
        contains=_texts_of(f"{where}.contains", told, "contains", faults),
        otherwise=None if otherwise is None else faults.text(f"{where}.else", otherwise),
        cut=cut or None,
    )


def _texts_of(where: str, told: dict[str, object], word: str, faults: _Faults) -> dict[str, str] | None:
    if word not in told:
        return None
    table = faults.table(where, told[word])
    return {found: faults.text(f"{where}.{found}", meant) for found, meant in table.items()}


def _times(told: object, faults: _Faults, zone: ZoneInfo) -> Times:
    table = {"column": told} if isinstance(told, str) else faults.table("opened_at", told)
    faults.known("opened_at", table, _TIMES)
    if given := faults.text("opened_at.timezone", table.get("timezone")):
        try:
            zone = ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            faults.add("mapping.wrong", where="opened_at.timezone", wanted="a zone such as Asia/Shanghai")
    of_value = {name: value for name, value in table.items() if name in _VALUE}
    return Times(
        value=_value("opened_at", of_value, faults) if of_value else Value(),
        formats=faults.texts("opened_at.formats", table.get("formats")) or ("iso",),
        zone=zone,
        missing=_missing(table.get("missing"), faults, zone),
    )


def _missing(told: object, faults: _Faults, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    if told is None:
        return None
    table = faults.table("opened_at.missing", told)
    faults.known("opened_at.missing", table, _MISSING)
    ends = [_instant(table.get(name), zone) for name in _MISSING]
    if ends[0] is None or ends[1] is None or not ends[0] < ends[1]:
        faults.add("mapping.wrong", where="opened_at.missing", wanted="from and to, two dates in order")
        return None
    return ends[0], ends[1]


def _instant(told: object, zone: ZoneInfo) -> datetime | None:
    if isinstance(told, datetime):
        return told if told.tzinfo else told.replace(tzinfo=zone)
    if isinstance(told, date):
        return datetime(told.year, told.month, told.day, tzinfo=zone)
    return None
