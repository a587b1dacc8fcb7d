"""Asks of a form's schema whether it can be drawn and filled in: fields, parts within it, lists, conditions.

What the screens draw is a closed list, so that no form is accepted which somebody could not fill in.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from yuzhi.engine.problems import Findings, nearest, quoted
from yuzhi.engine.reading import is_name

Schema = dict[str, Any]

JOURNAL = "x-journal"
LONGEST_ANSWER = 10_000
LONGEST_LIST = 200
DEEPEST = 3
"""How many parts may lie within each other: on a narrow screen each takes room from those within it."""

_TOLD = frozenset({"$comment", "title", "description", "type"})
_CONDITIONS = frozenset({"if", "then", "else", "allOf", "dependentRequired", "dependentSchemas"})
_PART = _TOLD | _CONDITIONS | {"$schema", "properties", "required", "additionalProperties"}
_LIST = _TOLD | {"items", "minItems", "maxItems", "uniqueItems"}
_FIELD = _TOLD | {
    "enum", "const", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern",
}  # fmt: skip
_OF_LINE = _CONDITIONS | {"properties", "required"}
_SIMPLE = frozenset({"string", "integer", "boolean"})


def is_kept(field: Mapping[str, object]) -> bool:
    """Say whether a field's value is kept in the journal; every other value is kept apart as text."""
    return field.get(JOURNAL) is True


def all_fields(schema: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield every field of a form by name, those of its parts and lists among them, in order."""
    properties = schema.get("properties")
    for name, field in properties.items() if isinstance(properties, dict) else ():
        if isinstance(field, dict):
            yield name, field
            items = field.get("items")
            yield from all_fields(items if isinstance(items, dict) else field)


def choices_of(field: Mapping[str, object]) -> tuple[object, ...]:
    """Return what a field, or each member of a list, offers to choose from; nothing if it is free."""
    items = field.get("items")
    enum = (items if isinstance(items, dict) else field).get("enum")
    return tuple(enum) if isinstance(enum, list) else ()


def check_shape(file: str, text: str, schema: Schema, findings: Findings) -> None:
    """Tell what of a form cannot be drawn or kept. `text` is what the schema was read from."""
    _Shape(file, text, findings).part(schema, [], deep=0)


class _Shape:
    def __init__(self, file: str, text: str, findings: Findings) -> None:
        self._file, self._text, self._findings = file, text, findings

    def part(self, schema: Schema, path: list[str], *, deep: int) -> None:
        """Check the form itself, or a part within it."""
        what = f'"{path[-1]}"' if path else "a form"
        properties = schema.get("properties")
        if schema.get("type") != "object" or not isinstance(properties, dict):
            self._tell(path, "form.shape", f'{what} has "type": "object" and "properties"')
            return
        if deep > DEEPEST:
            self._tell(path, "form.deep", f"{what} lies deeper than {DEEPEST} parts within each other")
            return
        if schema.get("additionalProperties") is not False:
            self._tell(path, "form.open", f'{what} must say "additionalProperties": false')
        self._known(schema, path, _PART)
        for name, field in properties.items():
            there = [*path, "properties", name]
            if not is_name(name):
                self._tell(there, "name.bad", f"field {quoted(name)} must be small letters, digits, - or _")
            elif isinstance(field, dict):
                self._field(field, there, deep)
            else:
                self._tell(there, "form.undrawn", f'field "{name}" says nothing of what it is')
        self._condition(schema, path, properties)

    def _field(self, field: Schema, path: list[str], deep: int) -> None:
        name, kind = path[-1], field.get("type")
        if is_kept(field) and (deep or kind not in _SIMPLE):
            self._tell(
                path,
                "form.journal",
                f'field "{name}": only fields of the form itself may be kept in the journal',
            )
        if kind == "object":
            self.part(field, path, deep=deep + 1)
        elif kind == "array":
            self._list(field, path, deep)
        elif kind in _SIMPLE:
            self._known(field, path, _FIELD)
            self._simple(field, path)
        else:
            message = (
                f'field "{name}" must be a string, an integer, a boolean, a part (object) or a list (array)'
            )
            self._tell(path, "form.nested", message)

    def _list(self, field: Schema, path: list[str], deep: int) -> None:
        self._known(field, path, _LIST)
        longest, items = field.get("maxItems"), field.get("items")
        if not (isinstance(longest, int) and longest <= LONGEST_LIST):
            message = f'list "{path[-1]}" needs maxItems of at most {LONGEST_LIST}'
            self._tell(path, "form.endless", message)
        if isinstance(items, dict) and items.get("type") == "object":
            self.part(items, [*path, "items"], deep=deep + 1)
        elif isinstance(items, dict) and items.get("type") == "string" and "enum" in items:
            self._known(items, [*path, "items"], _FIELD)
            if field.get("uniqueItems") is not True:
                self._tell(path, "form.undrawn", f'list "{path[-1]}" of choices must say "uniqueItems": true')
        else:
            self._tell(
                path,
                "form.nested",
                f'list "{path[-1]}" holds parts (objects) or choices (strings with an enum)',
            )

    def _simple(self, field: Schema, path: list[str]) -> None:
        name = path[-1]
        is_short = field["type"] != "string" or "enum" in field or field.get("format") == "date"
        if is_kept(field) and not is_short:
            message = (
                f'field "{name}": only an enum, a date, an integer or a boolean may be kept in the journal'
            )
            self._tell(path, "form.journal", message)
        longest = field.get("maxLength")
        if not is_short and not (isinstance(longest, int) and longest <= LONGEST_ANSWER):
            message = f'field "{name}" needs a maxLength of at most {LONGEST_ANSWER:,}'
            self._tell(path, "form.endless", message)

    def _condition(self, schema: Schema, path: list[str], fields: Mapping[str, object]) -> None:
        """Check that what is demanded, and every condition, speaks of fields that are there."""
        for name in _named(schema):
            if name not in fields:
                message = f'"{name}" is demanded or has a condition, but is no field here'
                self._tell([*path, name], "form.condition", message, near=nearest(name, fields))
        for at, below in _below(schema):
            there = [*path, at]
            if at != "if":
                self._known(below, there, _OF_LINE)
            for name in below.get("properties", ()):
                if name not in fields:
                    message = f'"{name}" has a condition, but is no field here'
                    self._tell([*there, name], "form.condition", message, near=nearest(name, fields))
            self._condition(below, there, fields)

    def _known(self, schema: Schema, path: list[str], known: frozenset[str]) -> None:
        about = f'"{path[-1]}"' if path else "a form"
        for key in schema:
            if key.startswith("x-") and key != JOURNAL:
                self._findings.unknown(
                    self._file, self._line(path), f"field {about}: unknown mark", key, (JOURNAL,)
                )
            elif key not in known and key != JOURNAL:
                message = f'{about}: "{key}" is nothing a screen can draw'
                self._tell([*path, key], "form.undrawn", message, near=nearest(key, known))

    def _tell(self, path: list[str], code: str, message: str, *, near: str = "") -> None:
        self._findings.add(self._file, self._line(path), code, message, nearest=near)

    def _line(self, path: list[str]) -> int:
        return line_of(self._text, path)


def _named(schema: Schema) -> Iterator[str]:
    """Yield the names of fields that an object, or a condition on it, demands."""
    yield from schema.get("required", ())
    for name, others in schema.get("dependentRequired", {}).items():
        yield from (name, *others)
    yield from schema.get("dependentSchemas", {})


def _below(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas that an object has to fit besides its own, under a condition or without."""
    found = [(at, schema.get(at)) for at in ("if", "then", "else")]
    found += [("allOf", one) for one in schema.get("allOf", ())]
    found += list(schema.get("dependentSchemas", {}).items())
    yield from ((at, one) for at, one in found if isinstance(one, dict))


def line_of(text: str, path: list[str]) -> int:
    """Return the line on which the keys of a path have been met one after the other."""
    at = 0
    for key in path:
        found = text.find(json.dumps(key, ensure_ascii=False), at)
        at = found if found >= 0 else at
    return text.count("\n", 0, at) + 1
