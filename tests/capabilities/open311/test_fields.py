from typing import Any

from yuzhi.capabilities.open311._fields import asked, can_be_asked, put_together

PARTS = {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {"spot": {}}}}
FORM: dict[str, Any] = {
    "required": ["owner"],
    "properties": {
        "seen": {"type": "array", "items": {"type": "string", "enum": ["fire"]}},
        "owner": {
            "type": "object", "required": ["name"],
            "properties": {"name": {"type": "string"}, "phone": {"type": "string"}},
        },
        "flat": {"type": "object", "required": ["floor"], "properties": {"floor": {"type": "integer"}}},
        "parts": PARTS,
    },
}  # fmt: skip


def test_fields_of_parts_have_dotted_codes_and_lists_of_parts_are_not_asked_for() -> None:
    assert [(one.code, one.is_required) for one in asked(FORM)] == [
        ("seen", False), ("owner.name", True), ("owner.phone", False), ("flat.floor", False),
    ]  # fmt: skip


def test_a_form_that_demands_a_list_of_parts_is_no_service() -> None:
    assert can_be_asked(FORM)
    assert can_be_asked({})
    assert not can_be_asked({**FORM, "required": ["parts"]})
    within = {"type": "object", "required": ["parts"], "properties": {"parts": PARTS}}
    assert can_be_asked({"properties": {"owner": within}})
    assert not can_be_asked({"required": ["owner"], "properties": {"owner": within}})


def test_what_was_given_is_put_into_its_part() -> None:
    seen, name, phone, _ = asked(FORM)
    told = put_together([(phone, "1"), (seen, ["fire"]), (name, "某")])
    assert told == {"owner": {"phone": "1", "name": "某"}, "seen": ["fire"]}
