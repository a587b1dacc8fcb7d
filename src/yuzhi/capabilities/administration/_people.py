"""Changes to units, people, posts and who stands in, by somebody who may, on their own ground."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import registry
from yuzhi.capabilities.administration._allowed import (
    check_deputy,
    check_person,
    check_post,
    check_shift,
    check_unit,
)
from yuzhi.capabilities.administration._office import (
    Administrator,
    Known,
    check_not_oneself,
    check_reach,
    check_word,
)
from yuzhi.capabilities.registry import (
    Deputy,
    EndedView,
    Person,
    Post,
    PostList,
    Shift,
    Unit,
    UnitList,
    hand_over,
    save_deputies,
    save_people,
    save_posts,
    save_shifts,
    save_units,
)


async def put_unit(
    conn: asyncpg.Connection, who: Administrator, unit: Unit, known: Known, now: datetime
) -> None:
    """Add or change a unit.

    Raises Refusal `administration.out_of_reach`, `registry.territory_unknown`, `registry.word_unknown`,
    `registry.parent_unknown`, `registry.parent_circle` and `registry.dates_reversed`.
    """
    check_unit(who, known, unit)
    _check_territory(unit.territory, known)
    check_word("kind", unit.kind, known.kinds)
    _check_days(unit.valid_from, unit.valid_to)
    _check_parent(unit, known)
    await save_units(conn, UnitList((unit,)), actor=who.name, now=now)


async def put_person(
    conn: asyncpg.Connection, who: Administrator, person: Person, known: Known, now: datetime
) -> None:
    """Add or rename somebody on the staff; raises Refusal `administration.out_of_reach`."""
    check_person(who, known, person)
    await save_people(conn, [person], actor=who.name, now=now)


async def put_post(
    conn: asyncpg.Connection, who: Administrator, post: Post, known: Known, now: datetime
) -> None:
    """Add or change a post, never one of one's own.

    Raises Refusal `administration.out_of_reach`, `administration.oneself`, `registry.unit_unknown`,
    `registry.person_unknown`, `registry.territory_unknown`, `registry.word_unknown` and
    `registry.dates_reversed`.
    """
    person = known.roster.people.get(post.person)
    if person is None:
        raise Refusal("registry.person_unknown", person=post.person[:100])
    check_post(who, known, post)
    _check_territory(post.territory, known)
    for duty in post.duties:
        check_word("duties", duty, known.duties)
    if not post.duties:
        raise Refusal("registry.cell_empty", column="duties")
    _check_days(post.valid_from, post.valid_to)
    await save_posts(conn, PostList((person,), (post,)), actor=who.name, now=now)


async def hand_post_over(
    conn: asyncpg.Connection, who: Administrator, post: str, *, to: str, begins: date, id_: str, known: Known,
    now: datetime,
) -> Post:  # fmt: skip
    """Let another person hold a post from a day on; open work stays with the unit.

    Raises Refusal `administration.out_of_reach`, `administration.oneself`, `registry.person_unknown` and
    as `registry.hand_over` does.
    """
    old, person = known.roster.post(post), known.roster.people.get(to)
    if person is None:
        raise Refusal("registry.person_unknown", person=to[:100])
    check_reach(who, old.territory)
    check_not_oneself(who, to)
    return await hand_over(
        conn, known.roster, post, to=person, begins=begins, id_=id_, actor=who.name, now=now
    )


async def put_deputy(
    conn: asyncpg.Connection, who: Administrator, deputy: Deputy, known: Known, now: datetime
) -> None:
    """Let a post stand in for another, never for one's own gain.

    Raises Refusal `administration.out_of_reach`, `administration.oneself`, `registry.post_unknown`,
    `registry.deputy_of_oneself` and `registry.dates_reversed`.
    """
    if deputy.post == deputy.acting:
        raise Refusal("registry.deputy_of_oneself", post=deputy.post)
    check_deputy(who, known, deputy)
    _check_days(deputy.valid_from, deputy.valid_to)
    await save_deputies(conn, [deputy], actor=who.name, now=now)


async def put_shift(
    conn: asyncpg.Connection, who: Administrator, shift: Shift, known: Known, now: datetime
) -> None:
    """Put a post on duty; raises Refusal as `put_deputy`, and `registry.unit_unknown`."""
    check_shift(who, known, shift)
    if shift.ends_at <= shift.starts_at:
        raise Refusal("registry.dates_reversed", begins=shift.starts_at, ends=shift.ends_at)
    await save_shifts(conn, [shift], actor=who.name, now=now)


async def end_deputy(
    conn: asyncpg.Connection, who: Administrator, id_: str, known: Known, now: datetime
) -> EndedView:
    """Let a standing-in end today; one that was to begin later, or today, is removed.

    Raises Refusal `registry.deputy_unknown` (for one elsewhere, too), `administration.oneself` and
    `registry.over`.
    """
    deputy = await registry.deputy_of(conn, id_)
    with _out_of_sight("registry.deputy_unknown", deputy=id_[:100]):
        check_deputy(who, known, deputy)
    return await registry.end_deputy(conn, deputy, known.on, actor=who.name, now=now)


async def end_shift(
    conn: asyncpg.Connection, who: Administrator, id_: str, known: Known, now: datetime
) -> EndedView:
    """Let a shift end now; one to come is removed.

    Raises Refusal `registry.shift_unknown` (for one elsewhere, too) and `registry.over`.
    """
    shift = await registry.shift_of(conn, id_)
    with _out_of_sight("registry.shift_unknown", shift=id_[:100]):
        check_shift(who, known, shift)
    return await registry.end_shift(conn, shift, actor=who.name, now=now)


@contextmanager
def _out_of_sight(code: str, **facts: object) -> Iterator[None]:
    """Say of what is out of reach that it is not there."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code == "administration.out_of_reach":
            raise Refusal(code, **facts) from None
        raise


def _check_territory(territory: str, known: Known) -> None:
    if territory and not known.has_territory(territory):
        raise Refusal("registry.territory_unknown", territory=territory[:40])


def _check_days(first: date | None, past: date | None) -> None:
    if first is not None and past is not None and past <= first:
        raise Refusal("registry.dates_reversed", begins=first, ends=past)


def _check_parent(unit: Unit, known: Known) -> None:
    above, seen = unit.parent, {unit.code}
    while above is not None:
        if above in seen:
            raise Refusal("registry.parent_circle", unit=unit.code)
        seen.add(above)
        found = known.roster.units.get(above)
        if found is None:
            raise Refusal("registry.parent_unknown", unit=unit.code, parent=above[:100])
        above = found.parent
