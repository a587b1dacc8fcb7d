"""The directory of mediators: entered one by one or from a list, with trainings and honours."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg

from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import parties, trace
from yuzhi.capabilities.mediators._asks import Deed, Interest, NewMediator
from yuzhi.capabilities.mediators._views import DeedView, MediatorView
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.capabilities.vault import Keyring, Person
from yuzhi.store.postgres.pool import acquired

MOST_ROWS = 200


async def save(room: CaseRoom, told: Iterable[NewMediator], *, actor: str, now: datetime) -> int:
    """Enter mediators, or change those that are there; all of them or none. Return how many.

    Raises Refusal `mediator.nameless` and `mediator.dates_reversed`.
    """
    mediators = list(told)
    for one in mediators:
        if not one.id.strip() or not one.name.strip() or not one.unit.strip():
            raise Refusal("mediator.nameless", mediator=one.id)
        if one.valid_from and one.valid_to and one.valid_to <= one.valid_from:
            raise Refusal("mediator.dates_reversed", mediator=one.id)
    async with acquired(room.pool) as conn, conn.transaction():
        await conn.executemany(_SAVE, [_row(room.keys.ring, one) for one in mediators])
        await conn.execute(
            "delete from mediator_interest where mediator = any($1)", [one.id for one in mediators]
        )
        await conn.executemany(
            "insert into mediator_interest (mediator, mark, because) values ($1, $2, $3)"
            " on conflict (mediator, mark) do update set because = excluded.because",
            [
                (one.id, mark, interest.because)
                for one in mediators
                for interest in one.interests
                for mark in _marks_of(room.keys.ring, interest)
            ],
        )
        await trace.note(
            conn, "permission_changed", by=actor, at=now, subject="mediators", mediators=len(mediators)
        )
    return len(mediators)


async def directory(
    pool: asyncpg.Pool, *, shows_load: bool, field: str = "", territory: str = "", after: str = "",
    most: int = 50,
) -> tuple[MediatorView, ...]:  # fmt: skip
    """Return mediators by id, those after one of them; load only where it is somebody's business."""
    most = max(1, min(most, MOST_ROWS))
    async with acquired(pool) as conn:
        rows = await conn.fetch(_DIRECTORY, after, field, territory, most)
        deeds = await conn.fetch(
            "select * from mediator_deed where mediator = any($1) order by held_on desc, id",
            [row["id"] for row in rows],
        )
    return tuple(
        MediatorView(
            id=row["id"], name=row["name"], kind=row["kind"], unit=row["unit"], fields=tuple(row["fields"]),
            languages=tuple(row["languages"]), territories=tuple(row["territories"]),
            valid_from=row["valid_from"], valid_to=row["valid_to"],
            most_cases=row["most_cases"] if shows_load else None, cases=row["cases"] if shows_load else None,
            deeds=tuple(
                DeedView(kind=one["kind"], held_on=one["held_on"], title=one["title"], hours=one["hours"])
                for one in deeds
                if one["mediator"] == row["id"]
            ),
        )
        for row in rows
    )  # fmt: skip


async def note_deed(room: CaseRoom, mediator: str, deed: Deed, now: datetime) -> None:
    """Note a training or an honour; raises Refusal `mediator.unknown`, `mediator.deed_in_future`."""
    if deed.held_on > room.office.calendar.day_of(now):
        raise Refusal("mediator.deed_in_future", held_on=deed.held_on.isoformat())
    async with acquired(room.pool) as conn:
        try:
            await conn.execute(
                "insert into mediator_deed (id, mediator, kind, held_on, title, hours)"
                " values ($1, $2, $3, $4, $5, $6)",
                uuid7(now, room.office.chance(10)), mediator, deed.kind, deed.held_on, deed.title, deed.hours,
            )  # fmt: skip
        except asyncpg.ForeignKeyViolationError:
            raise Refusal("mediator.unknown", mediator=mediator) from None


def _row(ring: Keyring, one: NewMediator) -> tuple[object, ...]:
    marks = parties.marks_of(ring, Person(name=one.name, phone=one.phone, id_number=one.id_number))
    return (
        one.id, one.name, one.kind, one.unit, one.post, list(one.fields), list(one.languages),
        list(one.territories), one.most_cases, parties.told(marks.strong), parties.told(marks.weak),
        one.valid_from, one.valid_to,
    )  # fmt: skip


def _marks_of(ring: Keyring, interest: Interest) -> list[str]:
    marks = [parties.name_mark(ring, interest.name)]
    return [*marks, parties.number_mark(ring, interest.number)] if interest.number else marks


_SAVE = """
insert into mediator (id, name, kind, unit, post, fields, languages, territories, most_cases, strong, weak,
    valid_from, valid_to)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (id) do update set name = excluded.name, kind = excluded.kind, unit = excluded.unit,
    post = excluded.post, fields = excluded.fields, languages = excluded.languages,
    territories = excluded.territories, most_cases = excluded.most_cases, strong = excluded.strong,
    weak = excluded.weak, valid_from = excluded.valid_from, valid_to = excluded.valid_to
"""
_DIRECTORY = """
select d.*, (select count(*) from presiding p join matter m on m.id = p.matter_id
        where p.mediator = d.id and p.ended_at is null and m.ended_at is null) as cases
from mediator d
where d.id > $1 and ($2 = '' or $2 = any (d.fields))
    and ($3 = '' or exists (select from unnest(d.territories) t (code) where starts_with($3, t.code)
        or starts_with(t.code, $3)))
order by d.id limit $4
"""
