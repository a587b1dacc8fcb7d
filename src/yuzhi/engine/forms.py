"""What is filled into a form: is it as the form asks, and which of it the journal keeps."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec
from jsonschema_rs import Draft202012Validator

from yuzhi.engine.asks import FieldValue
from yuzhi.engine.form_shape import is_kept
from yuzhi.engine.parse_forms import compile_form

MOST_FAULTS = 20
LONGEST_FAULT = 200


def kept(schema: Mapping[str, object], data: Mapping[str, object]) -> dict[str, FieldValue]:
    """Return the fields of filled-in data that the journal may hold."""
    properties = schema.get("properties", {})
    fields = properties if isinstance(properties, dict) else {}
    return {
        name: value
        for name, value in data.items()
        if isinstance(value, str | int | bool) and is_kept(fields.get(name, {}))
    }


def faults_in(schema: dict[str, object], data: Mapping[str, object]) -> tuple[str, ...]:
    """Return what is wrong with data for a form, each as `/path: what`; no answer is repeated."""
    return faults_of(_compiled(msgspec.json.encode(schema)), data)


def faults_of(form: Draft202012Validator, data: Mapping[str, object]) -> tuple[str, ...]:
    """Return what is wrong with data for a compiled form, as `faults_in` does."""
    faults: list[str] = []
    try:
        for error in form.iter_errors(dict(data)):
            path = "/".join(str(part) for part in error.instance_path)
            faults.append(f"/{path}: {error.message}"[:LONGEST_FAULT])
            if len(faults) == MOST_FAULTS:
                break
    except (ValueError, UnicodeError, RecursionError):
        return ("/: not JSON data",)
    return tuple(faults)


@lru_cache(maxsize=256)
def _compiled(schema: bytes) -> Draft202012Validator:
    return compile_form(msgspec.json.decode(schema))
