"""Mediators from a list, CSV or XLSX: all of it or nothing, each fault with its line."""

from pathlib import Path
from typing import Final

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.mediators._asks import KINDS, Interest, NewMediator
from yuzhi.capabilities.registry import Cells, Faults, Row, read_rows, split

COLUMNS: Final = {
    "id": ("编号", "工号"),
    "name": ("姓名",),
    "kind": ("类别", "类型"),
    "unit": ("单位编码", "单位"),
    "post": ("岗位",),
    "fields": ("专业领域", "领域"),
    "languages": ("语言",),
    "territories": ("辖区", "服务区域"),
    "most_cases": ("同时办理上限",),
    "phone": ("电话", "手机"),
    "id_number": ("证件号码", "身份证号"),
    "interests": ("回避",),
    "valid_from": ("聘任日期",),
    "valid_to": ("届满日期",),
}
_KINDS: Final = {
    "人民调解员": "people", "专业调解员": "professional", "行业调解员": "industry", "志愿者": "volunteer",
}  # fmt: skip


def read_mediators(path: Path) -> tuple[NewMediator, ...]:
    """Return the mediators of a list: id, name, kind, unit, and what else is known of them.

    `interests` are pairs such as `张三=亲属`, several with `|` between them. Raises Refusal
    `registry.file_refused` with every fault.
    """
    faults = Faults(path.name)
    cells = Cells(faults, None)
    lines: dict[str, int] = {}
    found = [
        one
        for row in read_rows(path, faults, columns=COLUMNS, needed=("id", "name", "kind", "unit"))
        if (one := _mediator(row, cells, faults, lines)) is not None
    ]
    faults.refuse()
    return tuple(found)


def _mediator(row: Row, cells: Cells, faults: Faults, lines: dict[str, int]) -> NewMediator | None:
    before = len(faults.found)
    id_ = cells.identity(row, "id", lines)
    name, unit = cells.word(row, "name"), cells.word(row, "unit")
    kind = _KINDS.get(row.cells["kind"], row.cells["kind"])
    cells.among(row, "kind", kind, KINDS)
    first, past = cells.days(row)
    most = _number(row, faults)
    interests = _interests(row, faults)
    if len(faults.found) > before:
        return None
    return NewMediator(
        id=id_, name=name, kind=kind, unit=unit, post=_cell(row, "post"),  # type: ignore[arg-type] # checked
        fields=split(_cell(row, "fields")), languages=split(_cell(row, "languages")),
        territories=split(_cell(row, "territories")), most_cases=most, phone=_cell(row, "phone"),
        id_number=_cell(row, "id_number"), interests=interests, valid_from=first, valid_to=past,
    )  # fmt: skip


def _cell(row: Row, column: str) -> str:
    return row.cells.get(column, "")


def _number(row: Row, faults: Faults) -> int:
    text = _cell(row, "most_cases")
    if not text:
        return 10
    if text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 1000:
        return int(text)
    faults.add(Refusal("mediator.bad_number", column="most_cases", cell=text[:40]), row.line)
    return 10


def _interests(row: Row, faults: Faults) -> tuple[Interest, ...]:
    found = []
    for pair in split(_cell(row, "interests")):
        name, mark, because = pair.partition("=")
        if not mark or not name.strip() or not because.strip():
            faults.add(Refusal("mediator.bad_interest", cell=pair[:40]), row.line)
            continue
        found.append(Interest(name=name.strip(), because=because.strip()))
    return tuple(found)
