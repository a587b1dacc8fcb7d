"""Lists of units and of posts, out of files and checked against what is known; nothing is saved here."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry._cells import LONGEST, Cells, KnowsTerritory, split
from yuzhi.capabilities.registry._roster import Roster
from yuzhi.capabilities.registry._sheets import Faults, read_rows
from yuzhi.capabilities.registry._views import Person, Post, Unit

UNIT_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("单位编码", "单位代码", "编码"),
    "name": ("单位名称", "名称"),
    "kind": ("单位类别", "单位类型", "类别"),
    "territory": ("辖区", "辖区编码", "区划代码"),
    "parent": ("上级单位", "上级单位编码"),
    "valid_from": ("启用日期", "起始日期"),
    "valid_to": ("停用日期", "终止日期"),
    "phone": ("电话", "联系电话"),
    "address": ("地址", "办公地址"),
}
POST_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("岗位编码", "岗位编号"),
    "person": ("人员编号", "工号"),
    "name": ("姓名", "人员姓名"),
    "unit": ("单位编码", "单位代码", "单位"),
    "duties": ("职责", "岗位职责"),
    "territory": ("辖区", "辖区编码", "区划代码"),
    "valid_from": ("任职日期", "起始日期"),
    "valid_to": ("离任日期", "终止日期"),
}
CONTACT: Final = ("phone", "address")


class UnitList(Struct, frozen=True):
    """Units that were read whole and found sound."""

    units: tuple[Unit, ...]


class PostList(Struct, frozen=True):
    """Posts, and the people who hold them, that were read whole and found sound."""

    people: tuple[Person, ...]
    posts: tuple[Post, ...]


def read_units(
    path: Path,
    known: Roster,
    *,
    kinds: Iterable[str] = (),
    territory: KnowsTerritory | None = None,
    check: Callable[[Unit], None] | None = None,
) -> UnitList:
    """Read units from a CSV or XLSX file: code, name, kind, territory[, parent, valid_from, valid_to, …].

    Kinds are checked when any are given, territories when `territory` is. A parent may be in the file
    or in `known`. `check` may refuse a row. Refuses `registry.file_refused` with every fault; then
    nothing is returned.
    """
    faults = Faults(str(path))
    reader = Cells(faults, territory)
    lines: dict[str, int] = {}
    found: dict[str, Unit] = {}
    wanted = frozenset(kinds)
    for row in read_rows(path, faults, columns=UNIT_COLUMNS, needed=("code", "name", "kind", "territory")):
        code = reader.identity(row, "code", lines)
        kind = reader.word(row, "kind")
        if wanted and kind:
            reader.among(row, "kind", kind, wanted)
        first, past = reader.days(row)
        found[code] = Unit(
            code=code,
            name=reader.word(row, "name"),
            kind=kind,
            territory=reader.territory(row),
            parent=row.cells.get("parent") or None,
            valid_from=first,
            valid_to=past,
            contact={name: row.cells[name] for name in CONTACT if row.cells.get(name)},
        )
        reader.allowed(row, found[code], check)
    _check_parents(found, known, faults, lines)
    faults.refuse()
    return UnitList(units=tuple(found.values()))


def read_posts(
    path: Path,
    known: Roster,
    *,
    duties: Iterable[str] = (),
    territory: KnowsTerritory | None = None,
    check: Callable[[Post, str], None] | None = None,
) -> PostList:
    """Read posts from a CSV or XLSX file: id, person, name, unit, duties[, territory, valid_from, valid_to].

    Duties are separated by | or 、 or a semicolon and checked when any are given. Without a territory a
    post has its unit's. `check`, told the post and its holder's name, may refuse a row. Refuses
    `registry.file_refused` with every fault; then nothing is returned.
    """
    faults = Faults(str(path))
    reader = Cells(faults, territory)
    lines: dict[str, int] = {}
    people: dict[str, Person] = {}
    posts: dict[str, Post] = {}
    wanted = frozenset(duties)
    for row in read_rows(
        path, faults, columns=POST_COLUMNS, needed=("id", "person", "name", "unit", "duties")
    ):
        id_, person, name = (
            reader.identity(row, "id", lines),
            reader.word(row, "person"),
            reader.word(row, "name"),
        )
        if people.setdefault(person, Person(id=person, name=name)).name != name:
            others = people[person].name
            faults.add(Refusal("registry.person_two_names", person=person, name=name, other=others), row.line)
        unit = reader.word(row, "unit")
        if unit and unit not in known.units:
            near = get_close_matches(unit, known.units, n=1)
            faults.add(
                Refusal("registry.unit_not_listed", unit=unit, nearest=near[0] if near else "-"), row.line
            )
        held = split(reader.word(row, "duties", longest=10 * LONGEST))
        for duty in held if wanted else ():
            reader.among(row, "duties", duty, wanted)
        first, past = reader.days(row)
        home = known.units.get(unit)
        # A unit that answers for no ground, as the first administrator's, has posts that do not either.
        ground = reader.territory(
            row, default=home.territory if home else "", may_be_empty=home is not None and not home.territory
        )
        posts[id_] = Post(
            id=id_, person=person, unit=unit, duties=held, territory=ground, valid_from=first, valid_to=past
        )  # fmt: skip
        if check is not None and unit in known.units:
            reader.allowed(row, posts[id_], partial(_named, check, name))
    faults.refuse()
    return PostList(people=tuple(people.values()), posts=tuple(posts.values()))


def _named(check: Callable[[Post, str], None], name: str, post: Post) -> None:
    check(post, name)


def _check_parents(found: dict[str, Unit], known: Roster, faults: Faults, lines: Mapping[str, int]) -> None:
    """Note parents that nobody knows, and units that stand above themselves."""
    for unit in found.values():
        seen = {unit.code}
        above = unit.parent
        while above is not None:
            if above in seen:
                faults.add(Refusal("registry.parent_circle", unit=unit.code), lines[unit.code])
                break
            seen.add(above)
            next_up = found.get(above) or known.units.get(above)
            if next_up is None:
                if above == unit.parent:
                    fault = Refusal("registry.parent_unknown", unit=unit.code, parent=above)
                    faults.add(fault, lines[unit.code])
                break
            above = next_up.parent
