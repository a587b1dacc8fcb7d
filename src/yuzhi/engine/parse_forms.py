"""Reads the forms of a pack: flat JSON Schemas (2020-12) that no value can make run without end.

A form is checked against the meta-schema and compiled, with patterns of the linear kind only: no
look-around, no back-reference, so that matching takes time in proportion to the text (no ReDoS).
"""

import json
from collections.abc import Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError, meta

from yuzhi.engine.problems import Findings, quoted
from yuzhi.engine.reading import is_name
from yuzhi.engine.where import Where

DRAFT = "https://json-schema.org/draft/2020-12/schema"
JOURNAL = "x-journal"
LONGEST_FORM = 200_000
LONGEST_ANSWER = 10_000
PATTERNS = RegexOptions(size_limit=1_000_000, dfa_size_limit=10_000_000)

Schema = dict[str, Any]


class _Twice(ValueError):
    """The same key twice in one object."""


def parse_forms(files: Mapping[str, str], findings: Findings, where: Where) -> dict[str, Schema]:
    """Return the schema of each form by name."""
    forms: dict[str, Schema] = {}
    for file in sorted(files):
        if not file.startswith("forms/"):
            continue
        name = file.removeprefix("forms/").removesuffix(".json")
        if not file.endswith(".json") or not is_name(name):
            findings.add(file, 0, "file.unknown", "a form's file is named NAME.json")
            continue
        where.note(file, 1, "form", name)
        schema = _read(file, files[file], findings)
        if schema is not None and _is_sound(file, files[file], schema, findings):
            for field in schema["properties"]:
                where.note(file, _line(files[file], ["properties", field]), "form", name, field)
        if schema is not None:
            forms[name] = schema
    return forms


def compile_form(schema: dict[str, Any]) -> Draft202012Validator:
    """Return the validator of a form: formats checked, patterns linear, nothing fetched, values not told."""
    return Draft202012Validator(
        schema, validate_formats=True, pattern_options=PATTERNS, offline=True, mask="…"
    )


def is_kept(field: Mapping[str, object]) -> bool:
    """Say whether a field's value is kept in the journal; every other value is kept apart as text."""
    return field.get(JOURNAL) is True


def _read(file: str, text: str, findings: Findings) -> Schema | None:
    if len(text) > LONGEST_FORM:
        findings.add(file, 0, "file.too_large", f"form has more than {LONGEST_FORM:,} characters")
        return None
    try:
        schema = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        findings.add(file, error.lineno, "json.syntax", f"not JSON: {error.msg}")
        return None
    except (ValueError, RecursionError) as error:
        findings.add(file, 0, "json.syntax", f"not JSON: {error}")
        return None
    if not isinstance(schema, dict):
        findings.add(file, 1, "type.wrong", "a form must be a JSON object")
        return None
    return schema


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(f"key {quoted(next(key for key in keys if keys.count(key) > 1))} stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _is_sound(file: str, text: str, schema: Schema, findings: Findings) -> bool:
    before = findings.count
    if schema.get("$schema", DRAFT) != DRAFT:
        findings.add(file, _line(text, ["$schema"]), "form.draft", f"$schema must be {DRAFT}")
        return False
    for key in _outward(schema):
        findings.add(file, _line(text, [key]), "form.reference", f"{key} may point only into this form (#/…)")
    if findings.count > before:
        return False
    try:
        meta.validate(schema)
        compile_form(schema)
    except ValidationError as error:
        path = [str(part) for part in error.instance_path]
        findings.add(
            file, _line(text, path), "form.schema", f"not a sound JSON Schema: {error.message}"[:300]
        )
        return False
    _check_shape(file, text, schema, findings)
    return findings.count == before


def _outward(schema: object) -> list[str]:
    """Return the keywords that point outside, or that change what pointing inside means."""
    found: list[str] = []
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            for key, value in one.items():
                is_outward = key in {"$ref", "$dynamicRef"} and not str(value).startswith("#")
                if is_outward or (key == "$id" and isinstance(value, str)):
                    found.append(key)
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def _check_shape(file: str, text: str, schema: Schema, findings: Findings) -> None:
    properties = schema.get("properties")
    if schema.get("type") != "object" or not isinstance(properties, dict):
        findings.add(file, 1, "form.shape", 'a form has "type": "object" and "properties"')
        return
    if schema.get("additionalProperties") is not False:
        findings.add(file, 1, "form.open", 'a form must say "additionalProperties": false')
    for name, field in properties.items():
        line = _line(text, ["properties", name])
        if not is_name(name):
            findings.add(
                file, line, "name.bad", f"field {quoted(name)} must be small letters, digits, - or _"
            )
        elif isinstance(field, dict):
            _check_field(file, line, name, field, findings)


def _check_field(file: str, line: int, name: str, field: Schema, findings: Findings) -> None:
    for key in field:
        if key.startswith("x-") and key != JOURNAL:
            findings.unknown(file, line, f'field "{name}": unknown mark', key, (JOURNAL,))
    kind = field.get("type")
    if kind not in {"string", "integer", "boolean"}:
        message = f'field "{name}" must be a string, an integer or a boolean: forms are flat'
        findings.add(file, line, "form.nested", message)
        return
    is_short = kind != "string" or "enum" in field or field.get("format") == "date"
    if is_kept(field) and not is_short:
        message = f'field "{name}": only an enum, a date, an integer or a boolean may be kept in the journal'
        findings.add(file, line, "form.journal", message)
    longest = field.get("maxLength")
    if not is_short and not (isinstance(longest, int) and longest <= LONGEST_ANSWER):
        findings.add(
            file, line, "form.endless", f'field "{name}" needs a maxLength of at most {LONGEST_ANSWER:,}'
        )


def _line(text: str, path: list[str]) -> int:
    """Return the line on which the keys of a path have been met one after the other."""
    at = 0
    for key in path:
        found = text.find(json.dumps(key, ensure_ascii=False), at)
        at = found if found >= 0 else at
    return text.count("\n", 0, at) + 1
