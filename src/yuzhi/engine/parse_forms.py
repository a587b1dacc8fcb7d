"""Reads the forms of a pack: JSON Schemas (2020-12) that a screen can draw and no value can stall.

A form is checked against the meta-schema and compiled, with patterns of the linear kind only: no
look-around, no back-reference, so that matching takes time in proportion to the text (no ReDoS).
"""

import json
from collections.abc import Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError, meta

from yuzhi.engine.form_shape import check_shape, line_of
from yuzhi.engine.problems import Findings, quoted
from yuzhi.engine.reading import is_name
from yuzhi.engine.where import Where

DRAFT = "https://json-schema.org/draft/2020-12/schema"
LONGEST_FORM = 200_000
_POINTERS = frozenset({"$ref", "$dynamicRef", "$id", "$anchor", "$dynamicAnchor"})
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
                where.note(file, line_of(files[file], ["properties", field]), "form", name, field)
        if schema is not None:
            forms[name] = schema
    return forms


def compile_form(schema: dict[str, Any]) -> Draft202012Validator:
    """Return the validator of a form: formats checked, patterns linear, nothing fetched, values not told."""
    return Draft202012Validator(
        schema, validate_formats=True, pattern_options=PATTERNS, offline=True, mask="…"
    )


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
        findings.add(file, line_of(text, ["$schema"]), "form.draft", f"$schema must be {DRAFT}")
        return False
    for key in _pointing(schema):
        findings.add(
            file, line_of(text, [key]), "form.reference", f"{key}: a form is written out, and points nowhere"
        )
    if findings.count > before:
        return False
    try:
        meta.validate(schema)
        compile_form(schema)
    except ValidationError as error:
        path = [str(part) for part in error.instance_path]
        findings.add(
            file, line_of(text, path), "form.schema", f"not a sound JSON Schema: {error.message}"[:300]
        )
        return False
    check_shape(file, text, schema, findings)
    return findings.count == before


def _pointing(schema: object) -> list[str]:
    """Return the keywords that point somewhere, or that change what pointing means."""
    found: list[str] = []
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found += [key for key, value in one.items() if key in _POINTERS and isinstance(value, str)]
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found
