"""Fills in a form: values that fit a JSON Schema of the kind packs use. For rehearsals only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random
from typing import Final

import msgspec
from jsonschema_rs import Draft202012Validator, ValidationErrorKind

from yuzhi.engine.parse_forms import compile_form

ROUNDS: Final = 5
"""How often what a condition demands, or rules out, is looked at: conditions may rest on each other."""
MORE: Final = 2
"""How many items beyond the least a list has."""

_CONDITIONS: Final = frozenset({"if", "allOf", "dependentRequired", "dependentSchemas"})


def fill(
    schema: Mapping[str, object], on: date, chance: Random, *, say: Callable[[], str]
) -> dict[str, object]:
    """Return values for what a schema requires, and for some of the rest; texts come from `say`."""
    return _Filling(on, chance, say).part(schema)


@dataclass(frozen=True)
class _Filling:
    on: date
    chance: Random
    say: Callable[[], str]

    def part(self, schema: Mapping[str, object]) -> dict[str, object]:
        properties, required = schema.get("properties"), schema.get("required")
        if not isinstance(properties, dict):
            return {}
        needed = set(required) if isinstance(required, list) else set()
        found: dict[str, object] = {}
        for name, rules in properties.items():
            is_needed = name in needed
            if is_needed or (rules.get("type") != "string" and self.chance.random() < 0.5):
                self._put(found, name, rules)
        if not _CONDITIONS.isdisjoint(schema):
            self._mend(schema, properties, found)
        return found

    def _mend(
        self,
        schema: Mapping[str, object],
        properties: Mapping[str, Mapping[str, object]],
        found: dict[str, object],
    ) -> None:
        """Add what a condition demands now, and take out what it rules out."""
        form = _compiled(msgspec.json.encode(schema))
        for _ in range(ROUNDS):
            faults = [(one.kind, one.instance_path) for one in form.iter_errors(found)]
            lacking = [kind.property for kind, path in faults if not path and isinstance(kind, _Required)]
            idle = [str(path[0]) for kind, path in faults if path and isinstance(kind, _FalseSchema)]
            if not lacking and not idle:
                return
            for name in idle:
                found.pop(name, None)
            for name in lacking:
                self._put(found, name, properties[name])

    def _put(self, found: dict[str, object], name: str, rules: Mapping[str, object]) -> None:
        value = self._value(rules)
        if value is not None:
            found[name] = value

    def _value(self, rules: Mapping[str, object]) -> object:
        choices = rules.get("enum")
        if isinstance(choices, list):
            return self.chance.choice(choices)
        makers: dict[object, Callable[[], object]] = {
            "boolean": lambda: self.chance.random() < 0.8,
            "integer": lambda: self._whole(rules),
            "string": lambda: self._text(rules),
            "object": lambda: self.part(rules),
            "array": lambda: self._list(rules),
        }
        make = makers.get(rules.get("type"))
        return make() if make else None

    def _whole(self, rules: Mapping[str, object]) -> int:
        low, high = rules.get("minimum", 0), rules.get("maximum", 10)
        return self.chance.randint(int(str(low)), int(str(high)))

    def _text(self, rules: Mapping[str, object]) -> str:
        if rules.get("format") == "date":
            return self.on.isoformat()
        longest = rules.get("maxLength")
        return self.say()[: longest if isinstance(longest, int) else None]

    def _list(self, rules: Mapping[str, object]) -> list[object]:
        items = rules.get("items")
        of = items if isinstance(items, dict) else {}
        least = max(1, int(str(rules.get("minItems", 1))))
        most = max(least, min(int(str(rules.get("maxItems", least))), least + MORE))
        choices = of.get("enum")
        if isinstance(choices, list):
            return self.chance.sample(choices, min(len(choices), least))
        return [self.part(of) for _ in range(self.chance.randint(least, most))]


_Required = ValidationErrorKind.Required
_FalseSchema = ValidationErrorKind.FalseSchema


@lru_cache(maxsize=64)
def _compiled(schema: bytes) -> Draft202012Validator:
    return compile_form(msgspec.json.decode(schema))
