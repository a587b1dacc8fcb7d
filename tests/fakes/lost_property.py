"""A pack nobody has seen, of lost property: its form has parts, a list of parts and a condition."""

import re
from pathlib import Path

FOLDER = {
    "pack.toml": """
name = "lost-property"
version = "1"
in_force_from = 2026-01-01
duties = ["clerk", "keeper"]
[[basis]]
title = "本市失物招领办法"
articles = "3"
status = "local"
""",
    "procedures/lost-property.yaml": """
procedure: lost-property
starts: handed_in
states: [handed_in, kept, claimed]
ends: [given_back, public_property]
outcomes: [returned_to_owner, became_public]
leading_clock: claim
opening: {by: [clerk, requester], kinds: [found], channels: [walk_in, web, open311], form: thing}
steps:
  - {name: keep, from: handed_in, to: kept, by: keeper, does: take, letters: [{letter: kept, to: requester}]}
  - {name: claim, from: kept, to: claimed, by: clerk, texts: proof}
  - {name: give-back, from: claimed, to: given_back, by: keeper, scope: lead, does: [answer, resolve],
     outcomes: returned_to_owner, needs: photo}
  - {name: to-the-public, from: [kept, claimed], to: public_property, by: [keeper, clock], does: resolve,
     outcomes: became_public}
clocks:
  - {name: claim, from: kept, until: ends, limit: 1 month, automatic: [{at: due, do: to-the-public}],
     basis: 本市失物招领办法 3}
public: {fields: [kind, state], place: district}
""",
    "forms/thing.json": """{
  "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
  "additionalProperties": false, "required": ["what"],
  "properties": {
    "what": {"type": "string", "maxLength": 100},
    "worth": {"type": "integer", "minimum": 0, "x-journal": true},
    "marks": {"type": "array", "minItems": 1, "maxItems": 5, "items": {
      "type": "object", "additionalProperties": false, "required": ["mark"],
      "properties": {"mark": {"type": "string", "maxLength": 50}, "is_hidden": {"type": "boolean"}}
    }},
    "spot": {"type": "object", "additionalProperties": false, "properties": {
      "line": {"type": "string", "enum": ["line_1", "line_2"]}, "seat": {"type": "integer", "minimum": 1}
    }, "dependentRequired": {"seat": ["line"]}}
  },
  "if": {"required": ["worth"], "properties": {"worth": {"minimum": 1000}}},
  "then": {"required": ["marks"]}
}""",
    "letters/kept.zh.md": "# 已保管：{number}\n\n您交来的物品已由{unit}保管至 {due_on}。\n",
    "letters/kept.en.md": "# Kept: {number}\n\nWhat you handed in is kept by {unit} until {due_on}.\n",
}
WORDS = {
    "packs": {"lost-property": "失物"},
    "procedures": {"lost-property": "失物招领"},
    "states": {
        "handed_in": "已交来", "kept": "保管中", "claimed": "有人认领",
        "given_back": "已归还", "public_property": "归公",
    },
    "residents": {
        "handed_in": "已交来。", "kept": "保管中。", "claimed": "有人认领。",
        "given_back": "已归还。", "public_property": "已归公。",
    },
    "steps": {"keep": "保管", "claim": "认领", "give-back": "归还", "to-the-public": "归公"},
    "clocks": {"claim": "认领期限"},
    "duties": {"clerk": "登记员", "keeper": "保管员"},
    "kinds": {"found": "拾得物"},
    "outcomes": {"returned_to_owner": "归还失主", "became_public": "归公"},
    "channels": {"walk_in": "现场", "web": "网上", "open311": "开放接口"},
    "urgencies": {"normal": "一般"},
    "evidence": {"photo": "照片"},
    "texts": {"proof": "证明"},
    "fields": {
        "what": "物品", "worth": "价值", "marks": "特征", "mark": "特征描述", "is_hidden": "不公开",
        "spot": "拾得处", "line": "线路", "seat": "座位号",
    },
    "choices": {"line_1": "一号线", "line_2": "二号线"},
    "letters": {"kept": "保管通知"},
}  # fmt: skip


def write_pack(folder: Path, *, clerk: str = "clerk", keeper: str = "keeper") -> None:
    """Write the pack as somebody without any Python would, with the names its two duties have here."""
    for name, text in FOLDER.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(_called(text, clerk, keeper), encoding="utf-8")
    for language in ("zh", "en"):
        lines = [
            f"{section}:\n" + "".join(f"  {key}: {word}\n" for key, word in words.items())
            for section, words in WORDS.items()
        ]
        (folder / "words").mkdir(exist_ok=True)
        (folder / "words" / f"{language}.yaml").write_text(
            _called("".join(lines), clerk, keeper), encoding="utf-8"
        )


def _called(text: str, clerk: str, keeper: str) -> str:
    return re.sub(r"\bclerk\b", clerk, re.sub(r"\bkeeper\b", keeper, text))
