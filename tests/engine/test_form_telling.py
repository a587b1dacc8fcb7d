from typing import Any

from yuzhi.engine.form_telling import told_form

SCHEMA: dict[str, Any] = {
    "properties": {
        "met": {"type": "string", "enum": ["nobody"]},
        "seen": {"type": "array", "items": {"type": "string", "enum": ["fire", "gas"]}},
        "owner": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "is_old": {"type": "boolean"}},
        },
        "parts": {
            "type": "array",
            "items": {"type": "object", "properties": {"amount": {"type": "integer"}}},
        },
    }
}


def say(key: str) -> str:
    return {"yes": "是", "no": "否", "colon": "：", "comma": "、"}.get(key, f"<{key.partition('.')[2]}>")


def test_each_value_is_a_line_named_by_what_holds_it() -> None:
    data = {
        "old": 7,
        "parts": [{"amount": 1}, {"amount": 2}],
        "owner": {"is_old": False, "name": "nobody"},
        "seen": ["fire", "gas"],
        "met": "nobody",
    }
    assert told_form(SCHEMA, data, say) == (
        "<met>：<nobody>",
        "<seen>：<fire>、<gas>",
        "<owner> · <name>：nobody",
        "<owner> · <is_old>：否",
        "<parts> 1 · <amount>：1",
        "<parts> 2 · <amount>：2",
        "<old>：7",
    )


def test_what_no_form_asks_for_any_more_is_told_all_the_same() -> None:
    assert told_form({}, {"owner": {"name": "某"}, "parts": []}, say) == ("<owner> · <name>：某", "<parts>：")
