"""What the simulated staff writes: replies from templates of the same field, and stock sentences."""

from collections.abc import Mapping
from random import Random
from typing import Final

_STOCK: Final[Mapping[str, tuple[str, ...]]] = {
    "reply": (
        "经现场核实，您反映的情况属实，责任单位已完成整改，并将加强日常巡查。感谢您的监督。",
        "您的问题已由承办单位专人联系处理，目前已办结，如有疑问可随时与我们联系。",
        "经核查，有关事项按现行政策办理，具体依据和流程已向您说明。",
    ),
    "measures": (
        "已到现场处置完毕，处置前后照片随附。",
        "已通知责任单位当日整改，复查合格。",
        "已清理干净并恢复原状。",
    ),
    "opinion": (
        "我单位配合核实，涉及本单位职责部分已处理完毕。",
        "经现场查看，同意主办单位意见，已落实属地巡查。",
    ),
    "contact_note": ("已电话联系诉求人，约定现场查看时间。", "已与诉求人见面沟通，补充了地点和照片。"),
    "material": ("补充了现场照片和具体门牌。", "补充了购买凭证和合同复印件。"),
    "objection": ("问题并没有真正解决，昨天又出现了同样的情况。", "回复与现场不符，请重新核实。"),
    "decision": ("已依法送达限期拆除决定书。",),
    "reason": ("需要进一步核实情况。", "涉及多个单位，需要统筹安排。", "情况属实，理由成立。"),
}
_GENERAL: Final = "已按规定办理。"


class Sayings:
    """Gives a text of a name for a category; replies are those once given to a like message."""

    def __init__(self, replies: Mapping[str, tuple[str, ...]]) -> None:
        self._replies = replies

    def __call__(self, name: str, category: str, chance: Random) -> str:
        """Return a text."""
        if name in {"reply", "measures"} and (given := self._replies.get(category)):
            return chance.choice(given)
        return chance.choice(_STOCK.get(name, (_GENERAL,)))
