"""The exports' own words, Chinese and English. Words of procedures come from packs."""

from collections.abc import Mapping
from typing import Final

_WORDS: Final = {
    "worklist": ("事项清单", "Worklist"),
    "matter": ("事项办理单", "Matter"),
    "number": ("编号", "Number"),
    "subject": ("标题", "Subject"),
    "procedure": ("流程", "Procedure"),
    "state": ("环节状态", "State"),
    "kind": ("类型", "Kind"),
    "category": ("分类", "Category"),
    "urgency": ("紧急程度", "Urgency"),
    "territory": ("辖区", "Territory"),
    "lead": ("主办单位", "Lead unit"),
    "opened": ("提出时间", "Opened"),
    "due": ("期限", "Due"),
    "standing": ("时限情况", "Limit"),
    "outcome": ("办理结果", "Outcome"),
    "ended": ("办结时间", "Ended"),
    "channel": ("来源", "Channel"),
    "requester": ("诉求人", "Requester"),
    "phone": ("电话", "Telephone"),
    "address": ("住址", "Address"),
    "overdue": ("超期", "overdue"),
    "paused": ("暂停", "paused"),
    "in_time": ("未超期", "in time"),
    "ended_in_time": ("按期", "kept"),
    "kept_back": ("（保密）", "(withheld)"),
    "facts": ("基本情况", "Facts"),
    "said": ("诉求内容", "What was said"),
    "reply": ("答复", "Reply"),
    "clocks": ("时限", "Clocks"),
    "assignments": ("承办单位", "Assignments"),
    "story": ("办理经过", "What happened"),
    "clock": ("时限", "Clock"),
    "unit": ("单位", "Unit"),
    "role": ("角色", "Role"),
    "given": ("派遣时间", "Given"),
    "signed": ("签收时间", "Signed for"),
    "at": ("时间", "At"),
    "step": ("环节", "Step"),
    "by": ("办理单位", "By"),
    "what": ("内容", "What"),
    "name": ("项目", "Item"),
    "value": ("内容", "Value"),
    "lead_role": ("主办", "lead"),
    "co_handler_role": ("协办", "co-handler"),
    "running": ("计时中", "running"),
    "stopped": ("已停", "stopped"),
    "opening": ("登记", "opened"),
    "by_clock": ("系统时限", "a clock"),
    "by_routing": ("自动派单", "routing"),
    "by_requester": ("诉求人", "requester"),
    "made": (
        "{at} 由 {unit} 导出，共 {n} 件。内容中认得出的个人信息已作遮蔽，外传前请核对。",
        "Exported {at} by {unit}, {n} matters. Personal data we recognised is masked; do check.",
    ),
    "made_one": (
        "{at} 由 {unit} 导出。内容中认得出的个人信息已作遮蔽，外传前请核对。",
        "Exported {at} by {unit}. Personal data we recognised is masked; do check.",
    ),
    "cut": (
        "只导出了前 {n} 件，清单里还有更多：请缩小筛选条件后再导出。",
        "Only the first {n} were exported; the list has more. Narrow the filters and export again.",
    ),
}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    language: {name: words[place] for name, words in _WORDS.items()}
    for place, language in enumerate(("zh", "en"))
}
