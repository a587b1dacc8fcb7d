"""The paper on which a party takes its number and code home, set for the desk's printer."""

from datetime import datetime
from typing import Final

from yuzhi.capabilities.typesetting import Block, Document, Kind
from yuzhi.doors.wording import Language

_SAID: Final = {
    "zh": {
        "title": "当事人查询凭证",
        "for": "当事人：{name}（第{side}方）",
        "number": "编号：{number}",
        "code": "查询码：{code}",
        "how": "打开 {address}/resident/my，输入编号和查询码，可以查看进展、表明是否愿意调解、"
        "提出异议、查看并签署协议。用本人手机号登录，也可以看到您的全部事项。",
        "keep": "查询码只告知本人，请勿转交他人；遗失的，请到矛盾调处中心重新领取。",
        "on": "{day}",
    },
    "en": {
        "title": "Number and code of a party",
        "for": "Party: {name} (side {side})",
        "number": "Number: {number}",
        "code": "Code: {code}",
        "how": "At {address}/resident/my the number and the code show how the case stands; there you say"
        " whether you want mediation, object, and read and sign the agreement. Signed in with your telephone"
        " you see all your matters.",
        "keep": "The code is for you alone. If it is lost, the dispute centre gives it to you again.",
        "on": "{day}",
    },
}
_LAID: Final[dict[str, Kind]] = {
    "for": "line", "number": "heading", "code": "heading", "how": "text", "keep": "text", "on": "end",
}  # fmt: skip


def slip(
    name: str, side: int, number: str, code: str, *, address: str, at: datetime, day: str, language: Language
) -> Document:
    """Return the paper. `name` is masked: whoever hands it over sees that it is for the right person."""
    said = _SAID[language]
    told = {
        "name": name, "side": side, "number": number, "code": code, "address": address, "day": day,
    }  # fmt: skip
    blocks = tuple(Block(kind, said[key].format(**told)) for key, kind in _LAID.items())
    return Document(said["title"], language, at, blocks)
