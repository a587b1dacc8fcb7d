"""Who may do what, as one table for people to review: person, post, unit, duty, ground, procedure, steps."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from msgspec import Struct

from yuzhi.base.ground import lies_in
from yuzhi.capabilities.administration._powers import Powers
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.registry import Roster
from yuzhi.capabilities.typesetting import Cell, Sheet, workbook

HEADINGS: Final = {
    "zh": (
        "人员编号", "姓名", "岗位", "单位编码", "单位", "职责", "辖区", "任职日期",
        "离任日期", "业务流程", "环节", "平台权限", "代理",
    ),
    "en": (
        "person", "name", "post", "unit", "unit name", "duty", "territory", "from", "until", "procedure",
        "steps", "powers", "stands in for",
    ),
}  # fmt: skip
OPEN: Final = "opening"


class Permission(Struct, frozen=True):
    """One row: what one duty of one post allows in one procedure (or to the platform itself)."""

    person: str
    name: str
    post: str
    unit: str
    unit_name: str
    duty: str
    territory: str
    valid_from: date | None
    valid_to: date | None
    procedure: str
    steps: tuple[str, ...]
    powers: tuple[str, ...]
    stands_in_for: tuple[str, ...]


def permissions(
    roster: Roster, shelf: Shelf, powers: Powers, on: date, *, within: Iterable[str] = ("",)
) -> Iterator[Permission]:
    """Yield what everybody on some ground may do on a day: a row for each post, duty and procedure.

    A duty without any procedure still has its row, so that what a post holds can be seen.
    """
    steps = _steps_by_duty(shelf)
    prefixes = tuple(within)
    for post in roster.posts.values():
        if not post.is_valid(on) or not any(lies_in(post.territory, prefix) for prefix in prefixes):
            continue
        person, unit = roster.people.get(post.person), roster.units.get(post.unit)
        others = tuple(one.post.id for one in roster.acting(post.person, on=on) if one.through == post.id)
        for duty in post.duties:
            for procedure, names in sorted(steps.get(duty, {"": ()}).items()):
                yield Permission(
                    person=post.person, name=person.name if person else "", post=post.id, unit=post.unit,
                    unit_name=unit.name if unit else "", duty=duty, territory=post.territory,
                    valid_from=post.valid_from, valid_to=post.valid_to, procedure=procedure, steps=names,
                    powers=tuple(sorted(powers.of([duty]))), stands_in_for=others,
                )  # fmt: skip


def as_workbook(rows: Iterable[Permission], language: str) -> bytes:
    """Return the table as an XLSX file. No cell is ever a formula, whatever a name begins with."""
    heads = HEADINGS.get(language, HEADINGS["en"])
    return workbook(Sheet("permissions", heads, [_told(row) for row in rows]))


def _told(row: Permission) -> tuple[Cell, ...]:
    return (
        row.person, row.name, row.post, row.unit, row.unit_name, row.duty, row.territory, row.valid_from,
        row.valid_to, row.procedure, ", ".join(row.steps), ", ".join(row.powers),
        ", ".join(row.stands_in_for),
    )  # fmt: skip


def _steps_by_duty(shelf: Shelf) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for procedure in shelf.procedures:
        for duty in procedure.opening.duties:
            found.setdefault(duty, {})[procedure.name] = (OPEN,)
        for step in procedure.steps:
            for duty in step.duties:
                of = found.setdefault(duty, {})
                of[procedure.name] = (*of.get(procedure.name, ()), step.name)
    return found
