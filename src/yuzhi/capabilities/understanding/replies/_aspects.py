"""Five aspects of an official answer, each between 0 and 1 with its reason, read off the words.

Nothing here is learnt: an officer can see what to mend. What they weigh together is learnt in `_model`.
"""

import math
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import rjieba
from msgspec import Struct

from yuzhi.capabilities.understanding.text import plain

_CONTENT: Final = frozenset(("n", "v", "vn", "a", "an", "l", "i", "j", "ns", "nz", "nt", "x"))
_IDLE: Final = frozenset(
    [
        "您好",
        "网友",
        "留言",
        "反映",
        "回复",
        "如下",
        "现将",
        "有关",
        "情况",
        "问题",
        "感谢",
        "关心",
        "支持",
        "理解",
        "监督",
        "工作",
        "部门",
        "领导",
        "请求",
        "希望",
        "尊敬",
        "收悉",
        "您",
        "谢谢",
        "解决",
        "咨询",
    ]
)
_COURTESY: Final = (
    "您好",
    "你好",
    "感谢",
    "谢谢",
    "欢迎",
    "敬请",
    "祝您",
    "抱歉",
    "歉意",
    "请您",
    "理解和支持",
)
_RUDE: Final = ("无理取闹", "与我无关", "不归我", "自己想办法", "不要再", "无可奉告", "你们自己", "爱去哪")
_SOURCES: Final = re.compile(
    r"《[^》]{2,40}》|第[一二三四五六七八九十百零\d]+条|\d{4}[〕\]）)]\d+号|根据|依据|按照|依照"
)
_CAUSES: Final = re.compile(
    r"由于|因为|因此|主要原因|原因是|鉴于|考虑到|经查|经核实|经调查|经了解|经现场|情况属实|不属实|造成的"
)
_ACTS: Final = re.compile(
    r"已(?:经)?(?:完成|责令|要求|督促|安排|约谈|整改|修复|清理|拆除|解决|处理|办理|立案|查处|取消|退还|发放|通知)|正在|拟于|"
    r"预计|计划|将于|下一步|现场(?:查看|核实|检查|调查)|召开"
)
_FACTS: Final = re.compile(
    r"\d{4}年|\d+月\d+日|\d+(?:\.\d+)?(?:元|%|万|平方米|米|公里|户|人|天|个工作日)|\d{3,4}-?\d{7,8}"
)
_CLOSING: Final = re.compile(r"\d{4}年\d+月\d+日\s*$|\d{4}[-./]\d+[-./]\d+\s*$")
_FORWARD: Final = re.compile(
    r"(?:已|将|会|即)?(?:经)?(?:转交|转给|转至|转送|转办|转到|转有关|转相关|转[^，。]{0,12}(?:局|办|部门|政府|县|区|街道|大队|公司|调查|核处|核实|处理)|"
    r"交办|交由|批转|反馈给?|呈报)|收悉|已阅|正在(?:核实|调查|了解)|迅速向有关部门|高度重视|持续关注|认真研究"
)
_ASKS_MORE: Final = re.compile(r"提供(?:必要|具体|详细)|过于笼统|信息不全|线索")
_BOILERPLATE: Final = re.compile(
    r"网友[^，。！!]{0,20}[:：]?|[“\"]?UU?\d+[”\"]?|您好|你好|(?:您的|你的)?(?:留言|来信|问题|意见|反映)[^，。]{0,6}(?:收悉|收到)|"
    r"现(?:将)?[^，。:：]{0,12}(?:回复|答复)如下|感谢[^。！!]*|谢谢[^。！!]*|欢迎[^。！!]*|特此回复|\d{4}年\d+月\d+日|[\s，。！!；;：:、,.]"
)


class Aspect(Struct, frozen=True):
    """One aspect of an answer: its value between 0 and 1 and the reason in words."""

    value: float
    reason: str


class Aspects(Struct, frozen=True):
    """The five aspects of an answer."""

    relevance: Aspect
    completeness: Aspect
    explanation: Aspect
    timeliness: Aspect
    politeness: Aspect


def aspects_of(question: str, answer: str, took: timedelta | None = None) -> Aspects:
    """Weigh an answer against its question; `took` is the time from one to the other, if known."""
    question, answer = plain(question), plain(answer)
    return Aspects(
        relevance=_relevance(question, answer),
        completeness=_completeness(question, answer),
        explanation=_explanation(answer),
        timeliness=_timeliness(took),
        politeness=_politeness(answer),
    )


def substance(answer: str) -> str:
    """Return what is left of a plain answer without greetings, thanks, dates and mere receipts."""
    return _BOILERPLATE.sub("", answer)


def is_empty_answer(answer: str) -> tuple[bool, str]:
    """Say whether an answer answers nothing ("it has been passed on"), and why."""
    answer = plain(answer)
    rest = substance(answer)
    forwards = _FORWARD.search(answer)
    finds = len(_ACTS.findall(answer)) + len(_CAUSES.findall(answer)) + len(set(_FACTS.findall(rest)))
    if len(rest) < 8:
        return True, "除问候、感谢外没有内容"
    if forwards and finds <= 1 and len(rest) < 80:
        return True, f"只说“{forwards[0]}”，没有说明查到什么、做了什么、何时办结"
    if _ASKS_MORE.search(answer) and len(rest) < 60:
        return True, "只要求补充信息，没有说明已做的工作"
    return False, ""


def _relevance(question: str, answer: str) -> Aspect:
    asked = _content_words(question)
    if not asked:
        return Aspect(0.5, "来件没有可比对的内容")
    answered = _content_words(answer)
    # The words of the subject and those said twice count as one each: what matters is what is taken up.
    met = sorted((word for word in asked if word in answered or word in answer), key=lambda word: -len(word))
    share = len(met) / len(asked)
    told = "、".join(met[:4])
    value = min(1.0, share * 2.2) if answered else 0.0
    return Aspect(round(value, 3), f"回应了来件中的{told}" if met else "没有提到来件所说的人、事、地")


def _completeness(question: str, answer: str) -> Aspect:
    rest = len(substance(answer))
    asks = max(1, len(re.findall(r"[?？]|吗|何时|如何|怎么|是否|能否|为什么", question)))
    found = [
        ("查明情况", bool(_CAUSES.search(answer))),
        ("说明措施", bool(_ACTS.search(answer))),
        ("给出时间或数字", bool(_FACTS.search(answer))),
        ("落款日期", bool(_CLOSING.search(answer))),
    ]
    size = min(1.0, math.log1p(rest) / math.log1p(120 + 60 * min(asks, 5)))
    value = 0.6 * size + 0.1 * sum(has for _, has in found)
    empty, why = is_empty_answer(answer)
    missing = "、".join(name for name, has in found if not has)
    reason = why or (f"缺少：{missing}" if missing else "查明、措施、时间、落款齐全")
    return Aspect(round(min(value, 0.3) if empty else min(value, 1.0), 3), reason)


def _explanation(answer: str) -> Aspect:
    sources = _unique(_SOURCES.findall(answer))
    causes = _unique(_CAUSES.findall(answer))
    facts = _unique(_FACTS.findall(answer))
    value = 0.35 * min(len(sources), 2) / 2 + 0.35 * min(len(causes), 2) / 2 + 0.3 * min(len(facts), 3) / 3
    told = [f"依据{'、'.join(sources[:2])}"] * bool(sources) + [f"说明{'、'.join(causes[:2])}"] * bool(causes)
    return Aspect(round(value, 3), "；".join(told) or "没有说明依据和原因")


def _timeliness(took: timedelta | None) -> Aspect:
    if took is None:
        return Aspect(0.5, "不知道用了多久")
    days = max(took / timedelta(days=1), 0.0)
    value = 1.0 if days <= 5 else max(0.0, 1 - math.log(days / 5) / math.log(24))
    return Aspect(round(value, 3), f"{days:.0f}天答复")


def _politeness(answer: str) -> Aspect:
    courteous = [word for word in _COURTESY if word in answer]
    rude = [word for word in _RUDE if word in answer]
    value = min(1.0, 0.3 + 0.25 * len(courteous)) if courteous else 0.2
    if rude:
        return Aspect(round(max(0.0, value - 0.6), 3), f"用语不当：{'、'.join(rude)}")
    return Aspect(round(value, 3), f"有{'、'.join(courteous[:3])}" if courteous else "没有问候和致谢")


def _content_words(text: str) -> set[str]:
    return {
        word
        for word, tag in rjieba.tag(text[:1500])
        if len(word) >= 2
        and (tag in _CONTENT or tag.startswith("n"))
        and word not in _IDLE
        and not word.isascii()
    }


def _unique(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))
