"""A form told as GeoReport can ask for it: one level of fields, those of its parts under dotted codes.

A list of parts has no place in GeoReport: it is not asked for, and a form that demands one is no service.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

Field = Mapping[str, Any]
DOT = "."


class Asked(Struct, frozen=True):
    """A field of a form, the names that lead to it, and whether it must be given."""

    path: tuple[str, ...]
    field: Field
    is_required: bool

    @property
    def code(self) -> str:
        """The code of its attribute."""
        return DOT.join(self.path)


def asked(form: Field) -> Iterator[Asked]:
    """Yield the fields of a form, those of its parts among them, in order."""
    yield from (one for one in _walked(form, (), must=True) if not _is_list(one.field))


def can_be_asked(form: Field) -> bool:
    """Say whether everything a form demands can be asked for."""
    return not any(one.is_required and _is_list(one.field) for one in _walked(form, (), must=True))


def put_together(given: Sequence[tuple[Asked, object]]) -> dict[str, object]:
    """Return a form filled in with values of some of its fields."""
    form: dict[str, object] = {}
    for one, value in given:
        part = form
        for name in one.path[:-1]:
            below = part.setdefault(name, {})
            assert isinstance(below, dict)
            part = below
        part[one.path[-1]] = value
    return form


def _walked(form: Field, path: tuple[str, ...], *, must: bool) -> Iterator[Asked]:
    properties, required = form.get("properties", {}), form.get("required", [])
    for name, field in properties.items() if isinstance(properties, dict) else ():
        is_required = must and name in required
        if field.get("type") == "object":
            yield from _walked(field, (*path, name), must=is_required)
        else:
            yield Asked((*path, name), field, is_required)


def _is_list(field: Field) -> bool:
    items = field.get("items")
    return isinstance(items, dict) and items.get("type") == "object"
