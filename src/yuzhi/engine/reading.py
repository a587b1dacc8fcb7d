"""Takes words, texts, numbers and limits out of nodes, telling each that is not what it must be.

Every reader returns something usable (an empty value at worst), so that one mistake hides no other.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import TypeVar, cast

from yuzhi.base.refusal import Refusal
from yuzhi.engine.limits import Limit, parse_limit
from yuzhi.engine.lines import Fields, Items, Node, Text, is_nothing, reads_as_truth
from yuzhi.engine.problems import Findings, quoted

Known = TypeVar("Known", bound=str)

LONGEST_TEXT = 4_000
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_NONE = Fields(0, {}, {})


def is_name(word: str) -> bool:
    """Say whether a word may name something: small letters, digits, `-` and `_`, a letter first."""
    return _NAME.fullmatch(word) is not None


class Page:
    """One file being read; `about` stands before each message, such as `step "sign"`."""

    def __init__(self, file: str, findings: Findings, about: str = "") -> None:
        self.file, self.findings, self.about = file, findings, about

    def within(self, about: str) -> "Page":
        """Return the same page, telling its problems as being about something smaller."""
        return Page(self.file, self.findings, about)

    def wrong(self, line: int, code: str, message: str, *, nearest: str = "") -> None:
        """Tell a problem."""
        self.findings.add(self.file, line, code, self._told(message), nearest=nearest)

    def fields(
        self, node: Node | None, what: str, known: Collection[str], *, need: Collection[str] = ()
    ) -> Fields:
        """Return a map whose keys are all known and whose needed keys are all there."""
        found = self.open_fields(node, what)
        for key in found.values:
            if key not in known:
                self._unknown(found.lines[key], f"unknown key in {what}", key, known)
        for key in need:
            if key not in found.values and found is not _NONE:
                self.wrong(found.line, "key.missing", f'{what} needs "{key}"')
        return found

    def open_fields(self, node: Node | None, what: str) -> Fields:
        """Return a map with any keys."""
        if isinstance(node, Fields):
            return node
        if node is not None:
            self.wrong(node.line, "type.wrong", f"{what} must be a map (key: value)")
        return _NONE

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """Return the members of a list."""
        if isinstance(node, Items):
            return node.items
        if node is not None:
            self.wrong(node.line, "type.wrong", f"{what} must be a list")
        return ()

    def text(self, node: Node | None, what: str) -> str:
        """Return a scalar as it was written."""
        if node is None:
            return ""
        if not isinstance(node, Text) or is_nothing(node):
            self.wrong(node.line, "type.wrong", f"{what} must be a text")
            return ""
        if len(node.value) > LONGEST_TEXT:
            self.wrong(node.line, "text.too_long", f"{what} is longer than {LONGEST_TEXT} characters")
            return ""
        if node.plain and any(char in node.value for char in "\x00\ufffd"):
            self.wrong(node.line, "file.encoding", f"{what} holds a broken character")
        return node.value

    def name(self, node: Node | None, what: str) -> str:
        """Return a word that names something."""
        word = self.text(node, what)
        if not word or node is None:
            return ""
        if isinstance(node, Text) and reads_as_truth(node):
            self.wrong(
                node.line, "yaml.truth", f"{what} {quoted(word)} reads as true or false; put it in quotes"
            )
        elif not is_name(word):
            message = f"{what} {quoted(word)} must be small letters, digits, - or _, beginning with a letter"
            self.wrong(node.line, "name.bad", message)
            return ""
        return word

    def names(self, node: Node | None, what: str) -> tuple[str, ...]:
        """Return one name, or a list of names, each once."""
        found = [self.name(one, what) for one in self.one_or_more(node, what)]
        self._twice(node, what, found)
        return tuple(dict.fromkeys(name for name in found if name))

    def word(self, node: Node | None, what: str, known: Collection[Known]) -> Known | None:
        """Return a word that is one of the known ones."""
        word = self.text(node, what)
        if not word or node is None:
            return None
        if word in known:
            return cast("Known", word)
        self._unknown(node.line, f"unknown {what}", word, known)
        return None

    def words(self, node: Node | None, what: str, known: Collection[Known]) -> tuple[Known, ...]:
        """Return one known word, or a list of them, each once."""
        found = [self.word(one, what, known) for one in self.one_or_more(node, what)]
        self._twice(node, what, found)
        return tuple(dict.fromkeys(word for word in found if word is not None))

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        """Return one text, or a list of texts."""
        return tuple(text for one in self.one_or_more(node, what) if (text := self.text(one, what)))

    def flag(self, node: Node | None, what: str, *, default: bool) -> bool:
        """Return a truth value, written `true` or `false`."""
        if node is None:
            return default
        if isinstance(node, Text) and node.plain and node.value in {"true", "false"}:
            return node.value == "true"
        self.wrong(node.line, "type.wrong", f"{what} must be true or false")
        return default

    def whole(self, node: Node | None, what: str, low: int, high: int, *, default: int) -> int:
        """Return a whole number from `low` to `high`."""
        if node is None:
            return default
        if isinstance(node, Text) and node.plain and _WHOLE.fullmatch(node.value):
            number = int(node.value)
            if low <= number <= high:
                return number
        self.wrong(node.line, "type.wrong", f"{what} must be a whole number from {low} to {high}")
        return default

    def limit(self, node: Node | None, what: str) -> Limit | None:
        """Return a limit such as `5 workdays`."""
        text = self.text(node, what)
        if not text or node is None:
            return None
        try:
            return parse_limit(text)
        except Refusal as refusal:
            near = str(refusal.facts.get("nearest", ""))
            self.wrong(node.line, refusal.code, f"{what} {quoted(text)} is not a limit", nearest=near)
            return None

    def day(self, node: Node | None, what: str) -> str:
        """Return a day written YYYY-MM-DD."""
        text = self.text(node, what)
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            self.wrong(node.line if node else 0, "type.wrong", f"{what} must be a day such as 2026-03-01")
            return ""

    def one_or_more(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """Return the members of a list, or a lone scalar as a list of one."""
        if isinstance(node, Text):
            return (node,)
        return self.items(node, what)

    def _twice(self, node: Node | None, what: str, found: Sequence[str | None]) -> None:
        for word in sorted({word for word, count in Counter(found).items() if word and count > 1}):
            self.wrong(node.line if node else 0, "word.twice", f"{what} {quoted(word)} stands twice")

    def _unknown(self, line: int, what: str, word: str, known: Collection[str]) -> None:
        self.findings.unknown(self.file, line, self._told(what), word, known)

    def _told(self, message: str) -> str:
        return f"{self.about}: {message}" if self.about else message


def line_in(fields: Fields, key: str) -> int:
    """Return the line of a key, or of the map when it lacks the key."""
    return fields.lines.get(key, fields.line)
