"""Fills in a form: values that fit a JSON Schema of the kind packs use. For rehearsals only."""

from collections.abc import Callable, Mapping
from datetime import date
from random import Random


def fill(
    schema: Mapping[str, object], on: date, chance: Random, *, say: Callable[[], str]
) -> dict[str, object]:
    """Return values for what a schema requires, and for some of the rest; texts come from `say`."""
    properties = schema.get("properties")
    required = schema.get("required")
    if not isinstance(properties, dict):
        return {}
    needed = set(required) if isinstance(required, list) else set()
    found: dict[str, object] = {}
    for name, rules in properties.items():
        is_needed = name in needed
        if is_needed or (rules.get("type") != "string" and chance.random() < 0.5):
            value = _value(rules, on, chance, say)
            if value is not None:
                found[name] = value
    return found


def _value(rules: Mapping[str, object], on: date, chance: Random, say: Callable[[], str]) -> object:
    choices = rules.get("enum")
    if isinstance(choices, list):
        return chance.choice(choices)
    match rules.get("type"):
        case "boolean":
            return chance.random() < 0.8
        case "integer" | "number":
            low, high = rules.get("minimum", 0), rules.get("maximum", 10)
            return chance.randint(int(str(low)), int(str(high)))
        case "string" if rules.get("format") == "date":
            return on.isoformat()
        case "string":
            longest = rules.get("maxLength")
            return say()[: longest if isinstance(longest, int) else None]
        case _:
            return None
