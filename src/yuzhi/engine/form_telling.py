"""Tells what was filled into a form as lines in the words of its pack; parts and lists by what holds them."""

from collections.abc import Callable, Iterator, Mapping

from yuzhi.engine.form_shape import choices_of

Say = Callable[[str], str]
"""The word for a key such as `field.met`, `choice.nobody`, `yes`, `no`, and for `colon`."""


def told_form(schema: Mapping[str, object], data: Mapping[str, object], say: Say) -> tuple[str, ...]:
    """Return a line for each value, in the order of the form; what the form no longer asks for comes last.

    A value within a part stands after the part's name, one within a list after the list's name and its place.
    """
    return tuple(_part(schema, data, say, ""))


def _part(schema: Mapping[str, object], data: Mapping[str, object], say: Say, around: str) -> Iterator[str]:
    properties = schema.get("properties")
    fields: Mapping[str, object] = properties if isinstance(properties, dict) else {}
    for name in (*(one for one in fields if one in data), *(one for one in data if one not in fields)):
        field = fields.get(name)
        of: Mapping[str, object] = field if isinstance(field, dict) else {}
        label = f"{around}{say(f'field.{name}')}"
        value = data[name]
        items = of.get("items")
        if isinstance(value, dict):
            yield from _part(of, value, say, f"{label} · ")
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for place, one in enumerate(value, 1):
                yield from _part(items if isinstance(items, dict) else {}, one, say, f"{label} {place} · ")
        else:
            yield f"{label}{say('colon')}{_worded(of, value, say)}"


def _worded(field: Mapping[str, object], value: object, say: Say) -> str:
    if isinstance(value, list):
        return say("comma").join(_worded(field, one, say) for one in value)
    if isinstance(value, bool):
        return say("yes" if value else "no")
    return say(f"choice.{value}") if value in choices_of(field) else str(value)
