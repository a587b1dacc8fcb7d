"""Saving an edition and recording re-organisations: the only two ways the ground changes."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import asyncpg
import msgspec
import shapely

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory._lineage import Change
from yuzhi.capabilities.territory._queries import (
    close_territories,
    hold,
    load_atlas,
    load_boundaries_of,
    missing,
    notify,
    write_boundaries,
    write_change,
    write_landmarks,
    write_territories,
)
from yuzhi.capabilities.territory._reorganise import reorganised
from yuzhi.capabilities.territory._tree import Atlas, Territory
from yuzhi.capabilities.territory._views import Boundary, Edition, ImportView, ReorganisedView

_NONE: frozenset[str] = frozenset()


async def save_import(
    conn: asyncpg.Connection,
    edition: Edition,
    *,
    actor: str,
    now: datetime,
    close_missing_on: date | None = None,
) -> ImportView:
    """Save an edition: all of it or nothing; saving it again changes nothing.

    What the edition does not list stays. With `close_missing_on`, open territories that stand
    beside listed ones and are not listed themselves end on that day, with all below them.
    Raises Refusal `territory.unknown` if a boundary is that of a territory that is not there.
    """
    async with conn.transaction():
        await hold(conn)
        rows = [_row(one, edition) for one in edition.territories]
        added, changed = await write_territories(conn, rows, actor=actor, now=now)
        drawn, unknown = await write_boundaries(conn, edition.boundaries, actor=actor, now=now)
        if unknown:
            raise Refusal("territory.unknown", territory=unknown[0])
        places = [msgspec.to_builtins(one) for one in edition.landmarks]
        landmarks = await write_landmarks(conn, places, actor=actor, now=now)
        codes = {one.code for one in edition.territories}
        parents = {one.parent for one in edition.territories if one.parent is not None}
        left_out = await missing(conn, codes, parents, under=edition.under, on=close_missing_on or now.date())
        if close_missing_on is not None:
            await close_territories(conn, left_out, on=close_missing_on, actor=actor, now=now)
        await notify(conn)
    return ImportView(
        at=now.date(),
        added=added,
        changed=changed,
        unchanged=len(codes) - added - changed,
        boundaries=drawn,
        landmarks=landmarks,
        closed=left_out if close_missing_on is not None else (),
        missing=left_out if close_missing_on is None else (),
    )


async def reorganise(
    conn: asyncpg.Connection, changes: Sequence[Change], *, actor: str, now: datetime
) -> ReorganisedView:
    """Record one act of re-organisation: its changes in their order, and what follows from them.

    New codes come into being, old ones end and keep their rows, so that old matters are still
    found. Boundaries go with a code that is renamed or transferred, and are joined by a merger;
    after a split they must be drawn anew. Raises what `reorganised` raises; then nothing is
    recorded.
    """
    async with conn.transaction():
        await hold(conn)
        before = await load_atlas(conn)
        after = reorganised(before, changes)
        differing = [one for code, one in after.territories.items() if before.territories.get(code) != one]
        rows = [_row(one, None) for one in differing]
        await write_territories(conn, rows, actor=actor, now=now)
        for change in changes:
            await write_change(conn, change, actor=actor, now=now)
        await _redraw(conn, before, after, changes, actor=actor, now=now)
        await notify(conn)
    return ReorganisedView(
        closed=tuple(one.code for one in differing if one.code in before and _has_ended(one, before)),
        opened=tuple(one.code for one in differing if one.code not in before),
        changed=tuple(one.code for one in differing if one.code in before and not _has_ended(one, before)),
    )


def _has_ended(territory: Territory, before: Atlas) -> bool:
    return territory.valid_to != before[territory.code].valid_to


def _row(territory: Territory, edition: Edition | None) -> dict[str, object]:
    """A territory for writing; of an edition, with what its file did not state marked so."""
    row: dict[str, object] = msgspec.to_builtins(territory)
    for flag, column in (
        ("states_from", "valid_from"),
        ("states_to", "valid_to"),
        ("states_aliases", "aliases"),
    ):
        row[flag] = edition is None or territory.code in edition.stated.get(column, _NONE)
    return row


async def _redraw(
    conn: asyncpg.Connection,
    before: Atlas,
    after: Atlas,
    changes: Sequence[Change],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Give boundaries to what the changes brought into being or enlarged."""
    plan = [step for change in changes for step in _sources(change, before, after)]
    wanted = {source for _, sources in plan for source in sources}
    drawn = {one.code: one for one in await load_boundaries_of(conn, wanted)}
    new: dict[str, Boundary] = {}
    for code, sources in plan:
        found = [one for source in sources if (one := new.get(source) or drawn.get(source))]
        if found and len(found) == len(sources):
            new[code] = _joined(code, found)
    await write_boundaries(conn, new.values(), actor=actor, now=now)


def _sources(change: Change, before: Atlas, after: Atlas) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each code whose boundary follows from others, and those others."""
    if change.kind == "merge":
        (to,) = change.to_codes
        yield to, tuple(dict.fromkeys((*change.from_codes, *((to,) if to in before else ()))))
    for start, to in change.steps() if change.is_pairwise else ():
        if len(start) != len(to):
            yield to, (start,)
        elif start != to:
            for one in after.under(to):
                if one.code not in before:
                    yield one.code, (start + one.code[len(to) :],)


def _joined(code: str, boundaries: Sequence[Boundary]) -> Boundary:
    first = boundaries[0]
    if len(boundaries) == 1:
        return Boundary(code, first.wkb, first.datum)
    whole = shapely.union_all(shapely.from_wkb([one.wkb for one in boundaries]))
    return Boundary(code, shapely.to_wkb(whole), first.datum)
