"""What the engine's own words mean, in plain Chinese and English, for people who read a procedure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from yuzhi.engine.limits import Limit, Unit
from yuzhi.engine.phrases_en import EN
from yuzhi.engine.phrases_zh import ZH

Language = Literal["zh", "en"]

_UNITS_ZH = {
    Unit.MINUTES: "分钟",
    Unit.HOURS: "小时",
    Unit.WORK_HOURS: "个工作小时",
    Unit.WORKDAYS: "个工作日",
    Unit.DAYS: "日",
    Unit.MONTHS: "个月",
}

PHRASES: Mapping[Language, Mapping[str, str]] = MappingProxyType({"zh": ZH, "en": EN})


def limit_in_words(limit: Limit, language: Language) -> str:
    """Return a limit as people say it: `5 个工作日`, `5 workdays`."""
    return f"{limit.amount} {_UNITS_ZH[limit.unit]}" if language == "zh" else str(limit)
