"""Reads pack.toml: the name, version and dates of a pack, its duties, and the law it stands on."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from yuzhi.engine.definition import PSEUDO_DUTIES, LegalBasis
from yuzhi.engine.lines import Fields, Items, Node, Text
from yuzhi.engine.problems import Findings, quoted
from yuzhi.engine.reading import Page, line_in
from yuzhi.engine.vocabulary import STATUSES
from yuzhi.engine.where import Where

FILE = "pack.toml"
KEYS = ("name", "version", "in_force_from", "duties", "basis", "parameters")
BASIS_KEYS = ("title", "articles", "status")

_AT_LINE = re.compile(r"line (\d+)")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,39}", re.ASCII)


class Head(Struct, frozen=True):
    """What pack.toml says."""

    name: str = ""
    version: str = ""
    in_force_from: str = ""
    duties: tuple[str, ...] = ()
    basis: tuple[LegalBasis, ...] = ()
    parameters: dict[str, str] = {}

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the titles of the law and rules the pack stands on."""
        return tuple(basis.title for basis in self.basis)


def parse_head(text: str, findings: Findings, where: Where) -> Head:
    """Return what pack.toml says."""
    page = Page(FILE, findings)
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.rstrip("\n").count("\n") + 1
        page.wrong(line, "toml.syntax", f"not TOML: {error}"[:200])
        return Head()
    fields = page.fields(_node(told, _Seeker(text), 1), FILE, KEYS, need=KEYS[:5])
    for key, line in fields.lines.items():
        where.note(FILE, line, "pack", key)
    get = fields.values.get
    version = page.text(get("version"), "version")
    if version and not _VERSION.fullmatch(version):
        message = f"version {quoted(version)} may hold letters, digits, dots and hyphens"
        page.wrong(line_in(fields, "version"), "name.bad", message)
    in_force_from = page.text(get("in_force_from"), "in_force_from")
    if in_force_from and not _is_day(in_force_from):
        page.wrong(
            line_in(fields, "in_force_from"), "date.bad", "in_force_from must be a day such as 2026-01-31"
        )
    duties = page.names(get("duties"), "duty")
    for duty in sorted(set(duties) & PSEUDO_DUTIES):
        page.wrong(line_in(fields, "duties"), "duty.reserved", f'"{duty}" is no duty that a post can hold')
    notes = page.open_fields(get("parameters"), "parameters").values
    return Head(
        name=page.name(get("name"), "name"),
        version=version,
        in_force_from=in_force_from,
        duties=duties,
        basis=tuple(_basis(page, one) for one in page.items(get("basis"), "basis")),
        parameters={name: page.text(note, "a note") for name, note in notes.items()},
    )


def _basis(page: Page, node: Node) -> LegalBasis:
    found = page.fields(node, "a basis", BASIS_KEYS, need=("title", "status"))
    status = page.word(found.values.get("status"), "status", STATUSES)
    return LegalBasis(
        title=page.text(found.values.get("title"), "title"),
        articles=page.text(found.values.get("articles"), "articles"),
        status="verified" if status == "verified" else "second_hand" if status == "second_hand" else "local",
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class _Seeker:
    """Finds the lines of keys and tables by looking at the text, for tomllib tells none."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")

    def key(self, name: str, after: int) -> int:
        """Return the line of `name = …`, `[name]` or `[[name]]` from line `after` on, or `after`."""
        shape = re.compile(rf"\s*(\[{{0,2}})\s*[\"']?{re.escape(name)}[\"']?\s*(=|\.|\])")
        return next(self._where(shape, after), after)

    def table(self, name: str, index: int) -> int:
        """Return the line of the `index`-th `[[name]]`."""
        shape = re.compile(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]")
        found = list(self._where(shape, 1))
        return found[index] if index < len(found) else self.key(name, 1)

    def _where(self, shape: re.Pattern[str], after: int) -> Iterator[int]:
        return (number for number, line in enumerate(self.lines, 1) if number >= after and shape.match(line))


def _node(value: object, seek: _Seeker, line: int, name: str = "") -> Node:
    if isinstance(value, dict):
        lines = {key: seek.key(key, line) for key in value}
        return Fields(line, {key: _node(one, seek, lines[key], key) for key, one in value.items()}, lines)
    if isinstance(value, list):
        at = [seek.table(name, index) if isinstance(one, dict) else line for index, one in enumerate(value)]
        return Items(line, tuple(_node(one, seek, where) for one, where in zip(value, at, strict=True)))
    return Text(line, value.isoformat() if isinstance(value, date) else str(value))
