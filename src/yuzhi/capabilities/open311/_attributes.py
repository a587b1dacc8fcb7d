"""Attributes of a service, from the form of its procedure: JSON Schema there, GeoReport datatypes here."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.open311._fields import Field, asked, put_together
from yuzhi.capabilities.open311._services import Service
from yuzhi.capabilities.packs import Shelf

KIND = "kind"
SHORT = 255
"""Characters up to which a text is a string to GeoReport; a longer one is text of several lines."""
YES, NO = ("true", "1", "yes"), ("false", "0", "no")


class Choice(Struct, frozen=True):
    """A value somebody may choose."""

    key: str
    name: str


class Attribute(Struct, frozen=True):
    """One thing asked for with a request. `datatype` is one of the six of GeoReport v2."""

    variable: bool
    code: str
    datatype: str
    required: bool
    datatype_description: str | None
    order: int
    description: str
    values: tuple[Choice, ...] = ()


class Given(Struct, frozen=True):
    """What was given for the attributes of a service: the kind of matter, and the form filled in."""

    kind: str
    form: dict[str, object]


def attributes(shelf: Shelf, service: Service, language: str) -> tuple[Attribute, ...]:
    """Return what is asked for with a request of a service, in order: its kind first, unless it follows."""
    found = []
    kinds = service.procedure.opening.kinds
    if not kind_of(service):
        choices = tuple(Choice(one, shelf.word(service.pack, f"kind.{one}", language)) for one in kinds)
        label = {"zh": "类型", "en": "Kind"}.get(language, KIND)
        found.append(Attribute(True, KIND, "singlevaluelist", True, None, 1, label, choices))
    for one in asked(_form(service)):
        found.append(
            Attribute(
                variable=True,
                code=one.code,
                datatype=datatype_of(one.field),
                required=one.is_required,
                datatype_description=_described(one.field, language),
                order=len(found) + 1,
                description=" / ".join(
                    shelf.word(service.pack, f"field.{name}", language) for name in one.path
                ),
                values=_choices(shelf, service, one.field, language),
            )
        )
    return tuple(found)


def kind_of(service: Service) -> str:
    """Return the kind every request of a service has, empty if one has to be chosen."""
    kinds = service.procedure.opening.kinds
    root = service.category.partition("/")[0]
    return root if root in kinds else kinds[0] if len(kinds) == 1 else ""


def datatype_of(field: Field) -> str:
    """Return the GeoReport datatype of a field of a JSON Schema."""
    if field.get("type") == "array":
        return "multivaluelist"
    if "enum" in field or field.get("type") == "boolean":
        return "singlevaluelist"
    if field.get("type") in {"integer", "number"}:
        return "number"
    if field.get("format") in {"date", "date-time"}:
        return "datetime"
    return "string" if field.get("maxLength", SHORT) <= SHORT else "text"


def read_attributes(service: Service, given: Mapping[str, Sequence[str]]) -> Given:
    """Return what was given by attribute code, with the types the form wants.

    Whether the values fit is the form's own business. Raises Refusal `open311.attribute_unknown`,
    `open311.attribute_missing`, `open311.attribute_twice` and `open311.attribute_wrong`.
    """
    filled = {code: [one for one in values if one.strip()] for code, values in given.items()}
    kind = kind_of(service)
    fields = {one.code: one for one in asked(_form(service))}
    known = {*fields, *(() if kind else (KIND,))}
    if unknown := sorted(code for code in filled if code not in known):
        raise Refusal("open311.attribute_unknown", codes=[code[:40] for code in unknown[:20]])
    required = [*(() if kind else (KIND,)), *(code for code, one in fields.items() if one.is_required)]
    if missing := [code for code in required if not filled.get(code)]:
        raise Refusal("open311.attribute_missing", codes=missing)
    if not kind:
        kind = _single(KIND, filled.pop(KIND))
    told = [
        (fields[code], _value(code, fields[code].field, values)) for code, values in filled.items() if values
    ]
    return Given(kind=kind, form=put_together(told))


def _form(service: Service) -> Mapping[str, Any]:
    return service.pack.forms.get(service.procedure.opening.form, {})


def _single(code: str, values: Sequence[str]) -> str:
    if len(values) > 1:
        raise Refusal("open311.attribute_twice", attribute=code)
    return values[0].strip()


def _value(code: str, field: Field, values: Sequence[str]) -> object:
    if field.get("type") == "array":
        items = field.get("items", {})
        return [_value(code, items if isinstance(items, dict) else {}, [one]) for one in values]
    text = _single(code, values)
    try:
        match field.get("type"):
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return _truth(text)
    except ValueError:
        raise Refusal("open311.attribute_wrong", attribute=code) from None
    return text[:10] if field.get("format") == "date" else text


def _truth(text: str) -> bool:
    if text.lower() not in {*YES, *NO}:
        raise ValueError(text)
    return text.lower() in YES


def _described(field: Field, language: str) -> str | None:
    if field.get("format") == "date":
        return "YYYY-MM-DD"
    if datatype_of(field) in {"string", "text"} and isinstance(field.get("maxLength"), int):
        most = field["maxLength"]
        return f"不超过 {most} 字" if language == "zh" else f"at most {most} characters"
    bounds = [str(field[key]) for key in ("minimum", "maximum") if key in field]
    return "–".join(bounds) if len(bounds) == 2 else None


def _choices(shelf: Shelf, service: Service, field: Field, language: str) -> tuple[Choice, ...]:
    if field.get("type") == "boolean":
        words = {"zh": ("是", "否")}.get(language, ("yes", "no"))
        return tuple(Choice(key, name) for key, name in zip(("true", "false"), words, strict=True))
    items = field.get("items", {}) if field.get("type") == "array" else field
    named = items.get("enum", ()) if isinstance(items, dict) else ()
    return tuple(
        Choice(str(one), shelf.word(service.pack, f"choice.{one}", language))
        for one in named
        if isinstance(one, str | int)
    )
