from datetime import date
from itertools import chain
from random import Random

from yuzhi.capabilities.packs import read_folder
from yuzhi.capabilities.rehearsal._forms import fill
from yuzhi.engine.forms import faults_in
from yuzhi.engine.parse import parse_pack
from yuzhi.settings import shipped_packs

TIMES = 40


def test_every_shipped_form_is_filled_in_as_it_asks() -> None:
    forms = chain.from_iterable(
        parse_pack(read_folder(one)).forms.items()
        for one in sorted(shipped_packs()[0].iterdir())
        if one.is_dir()
    )
    chance = Random(7)
    filled = 0
    for name, schema in forms:
        fields = schema["properties"]
        assert isinstance(fields, dict)
        if any("pattern" in field for field in fields.values()):
            continue  # words that are said fit no pattern; such fields are none that a form demands
        for _ in range(TIMES):
            data = fill(schema, date(2026, 3, 2), chance, say=lambda: "走访时所见")
            assert faults_in(schema, data) == (), name
            filled += bool(data)
    assert filled > TIMES


def test_what_a_condition_demands_is_filled_in_and_what_it_rules_out_is_not() -> None:
    schema = {
        "type": "object", "additionalProperties": False,
        "properties": {
            "paid": {"type": "boolean"},
            "parts": {"type": "array", "minItems": 2, "maxItems": 3, "items": {
                "type": "object", "required": ["amount"],
                "properties": {"amount": {"type": "integer", "minimum": 1}},
            }},
        },
        "if": {"properties": {"paid": {"const": True}}, "required": ["paid"]},
        "then": {"required": ["parts"]}, "else": {"properties": {"parts": False}},
    }  # fmt: skip
    chance = Random(1)
    told = [fill(schema, date(2026, 3, 2), chance, say=str) for _ in range(TIMES)]
    assert all(faults_in(schema, one) == () for one in told)
    assert {("parts" in one, one.get("paid") is True) for one in told} == {(True, True), (False, False)}
