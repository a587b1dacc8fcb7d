"""A draft reply made of sentences of past good replies and of policy answers, marked as a draft.

Nothing is invented: every sentence is taken from an answer that was given, and says from which.
Sentences about other people's particulars (names, numbers, dates, house numbers) are left out.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from yuzhi.capabilities.understanding.similar._index import SimilarMatter
from yuzhi.capabilities.understanding.text import personal_spans, plain

_SENTENCE: Final = re.compile(r"[^。！？!?\n]+[。！？!?]?")
_PARTICULAR: Final = re.compile(
    r"\d{4}年|\d+月\d+日|\d+号|[UuAa]{1,2}\d{4,}|网友|您好|你好|留言|来信|收悉|回复如下|答复如下|感谢|谢谢"
)
_GENERAL: Final = re.compile(
    r"规定|办法|条例|政策|根据|依据|按照|申请|办理|材料|咨询电话|可以|应当|需要|流程|标准|条件|拨打|登录"
)
_GOOD: Final = 0.6
_LONGEST: Final = 160

HEAD: Final = "【草稿，须经工作人员核实修改后方可发出】"


class DraftSentence(Struct, frozen=True):
    """A sentence of a draft and the id of the matter whose answer it is taken from."""

    text: str
    source: str


class Draft(Struct, frozen=True):
    """A draft reply: its text, which says that it is one, and where each sentence is from."""

    text: str
    sentences: tuple[DraftSentence, ...]


def draft_reply(similar: Sequence[SimilarMatter], *, most: int = 5) -> Draft | None:
    """Return a draft from the answers of similar matters, None if none has anything that fits.

    Only answers of quality 0.6 or more are used; sentences of rules and procedures come first.
    """
    found: list[tuple[float, int, DraftSentence]] = []
    for one in similar:
        if one.matter.quality < _GOOD:
            continue
        for match in _SENTENCE.finditer(one.matter.answer):
            sentence = match[0].strip()
            folded = plain(sentence)
            if not 8 <= len(sentence) <= _LONGEST or _PARTICULAR.search(folded):
                continue
            if any(kind != "telephone" for _, _, kind in personal_spans(folded)):
                continue
            shared = sum(word in folded for word in one.words)
            value = one.alike * (1 + shared + 2 * bool(_GENERAL.search(folded)))
            found.append((value, len(found), DraftSentence(sentence, one.matter.id)))
    chosen: list[tuple[int, DraftSentence]] = []
    seen: set[str] = set()
    for _, order, taken in sorted(found, key=lambda item: (-item[0], item[1])):
        if taken.text not in seen and len(chosen) < most:
            seen.add(taken.text)
            chosen.append((order, taken))
    if not chosen:
        return None
    sentences = tuple(sentence for _, sentence in sorted(chosen, key=lambda item: item[0]))
    body = "".join(one.text if one.text[-1] in "。！？!?" else f"{one.text}。" for one in sentences)
    return Draft(f"{HEAD}\n您好，您反映的事项收悉。{body}", sentences)
