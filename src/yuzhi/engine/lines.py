"""Reads YAML into plain nodes that know their line, refusing what makes YAML treacherous.

Of YAML there is what a jurist needs: maps, lists, words and numbers. Anchors, aliases, tags and second
documents are refused, and nothing is turned into a number, a date or a truth value behind one's back:
a scalar stays the text it was written as.
"""

from collections.abc import Iterator

import yaml
from msgspec import Struct

from yuzhi.engine.problems import Findings, quoted

DEEPEST = 12
MOST_NODES = 50_000
LONGEST_FILE = 1_000_000

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class Text(Struct, frozen=True):
    """A scalar as it was written; `plain` when it stood without quotes."""

    line: int
    value: str
    plain: bool = False


class Items(Struct, frozen=True):
    """A list."""

    line: int
    items: "tuple[Node, ...]"


class Fields(Struct, frozen=True):
    """A map; `lines` holds the line of each key."""

    line: int
    values: "dict[str, Node]"
    lines: dict[str, int]


Node = Text | Items | Fields


class _Bad(Exception):
    """Stops the reading of one file."""

    def __init__(self, line: int, code: str, message: str) -> None:
        super().__init__(message)
        self.line, self.code, self.message = line, code, message


def read_yaml(file: str, text: str, findings: Findings) -> Node | None:
    """Return the one document of a YAML text, or None after telling `findings` why it cannot be read."""
    if len(text) > LONGEST_FILE:
        findings.add(file, 0, "file.too_large", f"file has more than {LONGEST_FILE:,} characters")
        return None
    try:
        return _Reading(file, text, findings).document()
    except _Bad as bad:
        findings.add(file, bad.line, bad.code, bad.message)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        findings.add(file, line, "yaml.syntax", _told(error, text.split("\n")[line - 1 : line]))
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        line = _line_of_strange(text)
        findings.add(file, line, "file.encoding", f"a character that text may not hold: {_short(error)}")
    return None


class _Reading:
    """The reading of one file, event by event, so that its limits hold before anything is built."""

    def __init__(self, file: str, text: str, findings: Findings) -> None:
        self.file, self.findings = file, findings
        self.events = self._counted(text)

    def _counted(self, text: str) -> Iterator[yaml.Event]:
        for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            if count > MOST_NODES:
                raise _Bad(_line(event), "yaml.too_large", f"more than {MOST_NODES:,} nodes")
            yield event

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise _Bad(_line(event), "yaml.second_document", "a second document (---) in one file")
            if isinstance(event, yaml.NodeEvent):
                root = self.node(event, 0)
        if root is None or (isinstance(root, Text) and is_nothing(root)):
            self.findings.add(self.file, 1, "file.empty", "the file holds nothing")
            return None
        return root

    def node(self, event: yaml.Event, depth: int) -> Node:
        assert isinstance(event, yaml.NodeEvent)
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise _Bad(line, "yaml.alias", "anchors and aliases (& and *) are not read here; write it out")
        if depth > DEEPEST:
            raise _Bad(line, "yaml.too_deep", f"nested deeper than {DEEPEST}")
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            raise _Bad(line, "yaml.tag", f"tags such as {quoted(str(tag))} are not read here")
        if isinstance(event, yaml.ScalarEvent):
            return Text(line, event.value, plain=not event.style)
        if isinstance(event, yaml.SequenceStartEvent):
            inside = _until(self.events, yaml.SequenceEndEvent)
            return Items(line, tuple(self.node(one, depth + 1) for one in inside))
        return self.fields(line, depth)

    def fields(self, line: int, depth: int) -> Fields:
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key in _until(self.events, yaml.MappingEndEvent):
            name = self.node(key, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(name, Text):
                raise _Bad(name.line, "yaml.key", "a key must be a single word")
            if name.value in values:
                message = f"key {quoted(name.value)} stands here and on line {lines[name.value]}"
                self.findings.add(self.file, name.line, "yaml.twice", message)
                continue
            values[name.value] = value
            lines[name.value] = name.line
        return Fields(line, values, lines)


def _until(events: Iterator[yaml.Event], end: type[yaml.Event]) -> Iterator[yaml.Event]:
    for event in events:
        if isinstance(event, end):
            return
        yield event


def is_nothing(node: Text) -> bool:
    """Say whether a scalar is YAML's nothing: empty, `~` or `null` without quotes."""
    return node.plain and node.value in {"", "~", "null", "Null", "NULL"}


def reads_as_truth(node: Text) -> bool:
    """Say whether another YAML reader would take this unquoted word for true or false (`on`, `yes`, `no`)."""
    return node.plain and node.value.lower() in {"yes", "no", "on", "off", "true", "false", "y", "n"}


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _told(error: yaml.MarkedYAMLError, shown: list[str]) -> str:
    if any("\t" in line for line in shown):
        return "not YAML: there is a tab in this line; indent with spaces"
    return f"not YAML: {error.problem or error.context}"


def _line_of_strange(text: str) -> int:
    for number, line in enumerate(text.split("\n"), start=1):
        if any((ord(char) < 32 and char not in "\t\r") or 0xD7FF < ord(char) < 0xE000 for char in line):
            return number
    return 0


def _short(error: Exception) -> str:
    return str(error).replace("\n", " ")[:120]
