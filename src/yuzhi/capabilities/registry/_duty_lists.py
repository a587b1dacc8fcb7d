"""Lists of people, of deputies and of shifts, out of files and checked; nothing is saved here."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry._cells import LONGEST, Cells
from yuzhi.capabilities.registry._roster import Roster
from yuzhi.capabilities.registry._sheets import Faults, read_rows
from yuzhi.capabilities.registry._views import Deputy, Person, Shift

PERSON_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("人员编号", "工号"),
    "name": ("姓名", "人员姓名"),
}
DEPUTY_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("代理编号", "编号"),
    "post": ("被代理岗位", "岗位编码"),
    "acting": ("代理岗位", "代理人岗位"),
    "valid_from": ("起始日期", "代理起始日期"),
    "valid_to": ("终止日期", "代理终止日期"),
    "reason": ("事由", "代理事由"),
}
SHIFT_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("值班编号", "编号"),
    "unit": ("单位编码", "值班单位"),
    "post": ("岗位编码", "值班岗位"),
    "role": ("值班类别", "值班角色"),
    "starts_at": ("开始时间", "值班开始"),
    "ends_at": ("结束时间", "值班结束"),
}


def read_people(path: Path, *, check: Callable[[Person], None] | None = None) -> tuple[Person, ...]:
    """Read people from a CSV or XLSX file: id, name. Refuses `registry.file_refused` with every fault.

    `check` may refuse a row, here and below.
    """
    faults = Faults(str(path))
    cells, lines, found = Cells(faults, None), dict[str, int](), list[Person]()
    for row in read_rows(path, faults, columns=PERSON_COLUMNS, needed=("id", "name")):
        found.append(Person(id=cells.identity(row, "id", lines), name=cells.word(row, "name")))
        cells.allowed(row, found[-1], check)
    faults.refuse()
    return tuple(found)


def read_deputies(
    path: Path, known: Roster, *, check: Callable[[Deputy], None] | None = None
) -> tuple[Deputy, ...]:
    """Read who stands in for whom: id, post, acting, valid_from, valid_to[, reason]; as `read_people`."""
    faults = Faults(str(path))
    cells, lines, found = Cells(faults, None), dict[str, int](), list[Deputy]()
    needed = ("id", "post", "acting", "valid_from", "valid_to")
    for row in read_rows(path, faults, columns=DEPUTY_COLUMNS, needed=needed):
        id_ = cells.identity(row, "id", lines)
        post = cells.listed(row, "post", known.posts, "registry.post_not_listed")
        acting = cells.listed(row, "acting", known.posts, "registry.acting_not_listed")
        span = cells.span(row)
        if post and post == acting:
            faults.add(Refusal("registry.deputy_of_oneself", post=post), row.line)
        reason = cells.word(row, "reason") if row.cells.get("reason") else ""
        if span is not None:
            found.append(Deputy(id_, post, acting, *span, reason=reason))
            if post in known.posts and acting in known.posts:
                cells.allowed(row, found[-1], check)
    faults.refuse()
    return tuple(found)


def read_shifts(
    path: Path, known: Roster, *, zone: ZoneInfo, check: Callable[[Shift], None] | None = None
) -> tuple[Shift, ...]:
    """Read who is on duty when: id, unit, post, starts_at, ends_at[, role]. Refuses as `read_people`.

    Times without an offset are the city's own. The post must be one of the unit or of a unit below it.
    """
    faults = Faults(str(path))
    cells, lines, found = Cells(faults, None), dict[str, int](), list[Shift]()
    needed = ("id", "unit", "post", "starts_at", "ends_at")
    for row in read_rows(path, faults, columns=SHIFT_COLUMNS, needed=needed):
        id_ = cells.identity(row, "id", lines)
        unit = cells.listed(row, "unit", known.units, "registry.unit_not_listed")
        post = cells.listed(row, "post", known.posts, "registry.post_not_listed")
        starts_at, ends_at = cells.instant(row, "starts_at", zone), cells.instant(row, "ends_at", zone)
        role = cells.word(row, "role", longest=LONGEST) if row.cells.get("role") else ""
        if starts_at is None or ends_at is None:
            continue
        if ends_at <= starts_at:
            faults.add(Refusal("registry.dates_reversed", begins=starts_at, ends=ends_at), row.line)
        elif post in known.posts and unit in known.units and not _belongs(known, post, unit):
            faults.add(Refusal("registry.post_elsewhere", post=post, unit=unit), row.line)
        found.append(Shift(id_, unit, post, role, starts_at, ends_at))
        if unit in known.units and post in known.posts:
            cells.allowed(row, found[-1], check)
    faults.refuse()
    return tuple(found)


def _belongs(known: Roster, post: str, unit: str) -> bool:
    """Say whether a post is in a unit or in one below it."""
    here: str | None = known.posts[post].unit
    seen: set[str] = set()
    while here and here not in seen:
        if here == unit:
            return True
        seen.add(here)
        above = known.units.get(here)
        here = above.parent if above is not None else None
    return False
