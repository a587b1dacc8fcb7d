"""Asks of dates and fields a procedure speaks of whether some form of it asks for them and keeps them."""

from collections.abc import Iterator, Mapping

from yuzhi.engine.definition import Pack, Procedure, When
from yuzhi.engine.fault import Fault
from yuzhi.engine.form_shape import is_kept


def check_fields(pack: Pack, procedure: Procedure) -> Iterator[Fault]:
    """Yield dates and fields that no form asks for, and values a field can never have."""
    fields = _asked(pack, procedure)
    for one in procedure.dates:
        field = fields.get(one.name, {})
        if field.get("format") != "date" or not is_kept(field):
            message = f'date "{one.name}" is asked for by no form as a date that the journal keeps'
            yield Fault((procedure.name, "date", one.name), "date.not_asked", message)
    for path, when in _conditions(procedure):
        for name, values in when.field:
            yield from _field(path, name, values, fields)


def _field(
    path: tuple[str, ...], name: str, values: tuple[str, ...], fields: Mapping[str, Mapping[str, object]]
) -> Iterator[Fault]:
    field = fields.get(name)
    if field is None or not is_kept(field):
        yield Fault(
            path, "field.not_asked", f'field "{name}" is asked for by no form and kept in the journal'
        )
        return
    enum = field.get("enum")
    can_be = (
        ("true", "false") if field.get("type") == "boolean" else enum if isinstance(enum, list) else values
    )
    for value in values:
        if value not in can_be:
            yield Fault(path, "field.never", f'field "{name}" can never be "{value}"')


def _conditions(procedure: Procedure) -> Iterator[tuple[tuple[str, ...], When]]:
    for step in procedure.steps:
        yield (procedure.name, "step", step.name), step.when
    for clock in procedure.clocks:
        for rule in clock.limits:
            yield (procedure.name, "clock", clock.name), rule.when


def _asked(pack: Pack, procedure: Procedure) -> dict[str, Mapping[str, object]]:
    """Return the fields of all forms a procedure has filled in, by name."""
    found: dict[str, Mapping[str, object]] = {}
    for form in (procedure.opening.form, *(step.form for step in procedure.steps)):
        properties = pack.forms.get(form, {}).get("properties") if form else None
        for name, field in properties.items() if isinstance(properties, dict) else ():
            if name not in found or is_kept(field):
                found[name] = field
    return found
