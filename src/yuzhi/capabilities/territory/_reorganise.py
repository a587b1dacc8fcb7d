"""What an atlas is after a re-organisation: what closes, what opens, what takes a new code.

Pure. The order of changes is the order of the act: a merger of towns is the transfer of their
communities to new codes and then the merger of the emptied towns.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory._codes import ancestors, covers, level_of
from yuzhi.capabilities.territory._lineage import Change, check_change
from yuzhi.capabilities.territory._tree import Atlas, Territory


def reorganised(atlas: Atlas, changes: Iterable[Change]) -> Atlas:
    """The atlas after `changes`, applied in their order; the old codes stay in it, closed.

    A renamed or transferred territory takes everything under it along under the new code
    (same rest), unless it has moved by a change of its own. Refuses
    `territory.change_malformed`, `territory.unknown`, `territory.not_valid` (a code that is
    not in being on that day), `territory.code_withdrawn` (codes are not given twice),
    `territory.name_missing`, `territory.code_taken`, `territory.left_behind` (what would be
    without a parent, or still stand under a closed one) and `territory.change_cycle`.
    """
    given = tuple(changes)
    now = dict(atlas.territories)
    for change in given:
        check_change(change)
        _open(now, change)
        _carry(now, change)
        _close(now, change)
    _settle(now, atlas)
    _refuse_left_behind(now, atlas, given)
    return Atlas(now.values(), (*atlas.changes, *given))


def _open(now: dict[str, Territory], change: Change) -> None:
    came_from = {to: start for start, to in change.steps()} if change.is_pairwise else {}
    for start in change.from_codes:
        if start not in now:
            raise Refusal("territory.unknown", territory=start)
        if not now[start].is_valid(change.on):
            raise Refusal("territory.not_valid", territory=start, on=change.on)
    for code in change.to_codes:
        source = now.get(came_from.get(code, ""))
        standing = now.get(code)
        if standing is not None:
            if not standing.is_valid(change.on):
                raise Refusal("territory.code_withdrawn", territory=code, on=change.on)
            if change.is_pairwise and source is not standing:
                raise Refusal("territory.code_taken", codes=[code])
            now[code] = _called(standing, change.names.get(code, standing.name))
            continue
        name = change.names.get(code) or (source.name if source else "")
        if not name:
            raise Refusal("territory.name_missing", territory=code)
        now[code] = _called(_born(code, source, change.on), name)


def _born(code: str, source: Territory | None, on: date) -> Territory:
    name, aliases = (source.name, source.aliases) if source else ("", ())
    return Territory(code=code, name=name, level=level_of(code), valid_from=on, aliases=aliases)


def _called(territory: Territory, name: str) -> Territory:
    if name == territory.name:
        return territory
    known_as = (*territory.aliases, territory.name) if territory.name else territory.aliases
    aliases = tuple(one for one in dict.fromkeys(known_as) if one != name)
    return msgspec.structs.replace(territory, name=name, aliases=aliases)


def _carry(now: dict[str, Territory], change: Change) -> None:
    for start, to in change.steps() if change.is_pairwise else ():
        if start == to or len(start) != len(to):
            continue
        below = [
            one
            for one in now.values()
            if one.code != start and covers(start, one.code) and one.is_valid(change.on)
        ]
        carried = {one.code: to + one.code[len(start) :] for one in below}
        if taken := [code for code in carried.values() if code in now]:
            raise Refusal("territory.code_taken", codes=taken)
        for one in sorted(below, key=lambda territory: len(territory.code)):
            now[carried[one.code]] = _born(carried[one.code], one, change.on)
            now[one.code] = msgspec.structs.replace(one, valid_to=change.on)


def _close(now: dict[str, Territory], change: Change) -> None:
    for start in change.from_codes:
        if start not in change.to_codes:
            now[start] = msgspec.structs.replace(now[start], valid_to=change.on)


def _settle(now: dict[str, Territory], atlas: Atlas) -> None:
    """Give the newborn their parents, now that all of them are there."""
    for code in [code for code in now if code not in atlas]:
        parent = next((one for one in ancestors(code) if one in now), None)
        now[code] = msgspec.structs.replace(now[code], parent=parent)


def _refuse_left_behind(now: dict[str, Territory], atlas: Atlas, changes: tuple[Change, ...]) -> None:
    # Where no level was left out before, none may be left out now: a wrong prefix shows up here.
    starts = [code for change in changes for code in change.from_codes if code in atlas]
    is_whole = any(atlas[code].parent in ancestors(code)[:1] for code in starts)
    touched = {code for code, one in now.items() if atlas.territories.get(code) != one}
    for day in sorted({change.on for change in changes}):
        standing = [one for one in now.values() if one.is_valid(day)]
        lost = {
            one.code
            for one in standing
            if one.parent is not None
            and {one.code, one.parent} & touched
            and not now[one.parent].is_valid(day)
        }
        rootless = {
            one.code
            for one in standing
            if is_whole and one.code not in atlas and one.parent != next(iter(ancestors(one.code)), None)
        }
        if bad := lost | rootless:
            raise Refusal("territory.left_behind", on=day, codes=sorted(bad))
