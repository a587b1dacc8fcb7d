"""Giving a case its mediators: who fits, a person's decision, panels, stepping back, allowance."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import asyncpg

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters, parties
from yuzhi.capabilities.mediators._asks import Allowance, Given, Recusal
from yuzhi.capabilities.mediators._fitting import Candidate, Wanted, against, fit, in_order
from yuzhi.capabilities.mediators._views import FitsView
from yuzhi.capabilities.parties import CaseRoom, Marks
from yuzhi.store.postgres.pool import acquired

SHOWN = 20
# What a person may decide otherwise, having looked; everything else stands.
_LOOKED_AT = frozenset({"mediator.same_name"})


async def fits(
    room: CaseRoom, matter: UUID, by: Actor, now: datetime, *, field: str = "", language: str = ""
) -> FitsView:
    """Return who could mediate in a case and why; the field is the case's own unless another is named."""
    await parties.check_staff(room, matter, by)
    seen = await matters.view(room.office, matter, by)
    field = field or seen.category.rpartition("/")[2]
    async with acquired(room.pool) as conn:
        there = await parties.party_marks(conn, matter)
        candidates = await _candidates(conn, matter)
    wanted = Wanted(
        field=field, language=language, territory=seen.territory, parties=[marks for _, marks in there],
        on=room.office.calendar.day_of(now),
    )  # fmt: skip
    found = in_order(fit(one, wanted) for one in candidates)
    return FitsView(field=field, language=language, territory=seen.territory, fits=found[:SHOWN])


async def give(room: CaseRoom, matter: UUID, given: Given, by: Actor, now: datetime) -> None:
    """Give a case a mediator.

    Raises Refusal `mediator.unknown`, `mediator.reason_missing`, `mediator.is_party`, `mediator.same_name`,
    `mediator.has_interest`, `mediator.not_in_office`, `mediator.full`, `mediator.has_it`,
    `mediator.stepped_back`, `mediator.chief_twice`.
    """
    await parties.check_staff(room, matter, by)
    if not given.reason.strip():
        raise Refusal("mediator.reason_missing")
    async with acquired(room.pool) as conn, conn.transaction():
        # One at a time for a mediator: two cases at once must not both be the last one they can take.
        row = await conn.fetchrow("select * from mediator where id = $1 for update", given.mediator)
        if row is None:
            raise Refusal("mediator.unknown", mediator=given.mediator)
        await conn.fetchval("select matter_id from dispute where matter_id = $1 for update", matter)
        (who,) = await _candidates(conn, matter, given.mediator)
        there = await parties.party_marks(conn, matter)
        wanted = Wanted("", "", "", [marks for _, marks in there], room.office.calendar.day_of(now))
        for reason in against(who, wanted):
            if not (reason.what in _LOOKED_AT and given.is_another_person):
                raise _refusal(reason.what, given.mediator, reason.facts)
        try:
            await conn.execute(
                "insert into presiding (matter_id, mediator, post, is_chief, reason, strong, given_at)"
                " values ($1, $2, $3, $4, $5, $6, $7)",
                matter, given.mediator, row["post"], given.is_chief, given.reason.strip(), row["strong"], now,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Refusal("mediator.chief_twice") from None
        await parties.note_act(
            conn, matter, "mediator_given", by, now, mediator=given.mediator, chosen_by=given.chosen_by,
            is_chief=given.is_chief, is_another_person=given.is_another_person,
        )  # fmt: skip


async def recuse(
    room: CaseRoom, matter: UUID, mediator: str, recusal: Recusal, by: Actor, now: datetime
) -> None:
    """Let a mediator step back from a case (人民调解法 23: parties may refuse one)."""
    await parties.check_staff(room, matter, by)
    if not recusal.reason.strip():
        raise Refusal("mediator.reason_missing")
    async with acquired(room.pool) as conn, conn.transaction():
        done = await conn.execute(
            "update presiding set ended_at = $3, ended_because = $4"
            " where matter_id = $1 and mediator = $2 and ended_at is null",
            matter, mediator, now, recusal.reason.strip(),
        )  # fmt: skip
        if done != "UPDATE 1":
            raise Refusal("mediator.not_in_case", mediator=mediator)
        await parties.note_act(
            conn, matter, "mediator_recused", by, now, mediator=mediator, asked_by=recusal.asked_by
        )


async def allow(
    room: CaseRoom, matter: UUID, mediator: str, allowance: Allowance, by: Actor, now: datetime
) -> None:
    """Note what a mediator is paid for a case: by whom it is handled, never by the mediator themselves."""
    await parties.check_staff(room, matter, by)
    async with acquired(room.pool) as conn, conn.transaction():
        row = await conn.fetchrow(
            "select post, given_at from presiding where matter_id = $1 and mediator = $2"
            " order by given_at desc limit 1 for update",
            matter,
            mediator,
        )
        if row is None:
            raise Refusal("mediator.not_in_case", mediator=mediator)
        if row["post"] == by.id:
            raise Refusal("mediator.own_allowance")
        await conn.execute(
            "update presiding set allowance_fen = $3, paid_on = $4"
            " where matter_id = $1 and mediator = $2 and given_at = $5",
            matter, mediator, allowance.amount_fen, allowance.paid_on, row["given_at"],
        )  # fmt: skip
        await parties.note_act(
            conn, matter, "allowance_noted", by, now, mediator=mediator, amount_fen=allowance.amount_fen
        )


async def _candidates(conn: asyncpg.Connection, matter: UUID, mediator: str = "") -> list[Candidate]:
    rows = await conn.fetch(_CANDIDATES, matter, mediator)
    interests = await conn.fetch(
        "select mediator, mark, because from mediator_interest where $1 = '' or mediator = $1", mediator
    )
    near: dict[str, dict[str, str]] = {}
    for one in interests:
        near.setdefault(one["mediator"], {})[one["mark"]] = one["because"]
    return [
        Candidate(
            id=row["id"], name=row["name"], unit=row["unit"], fields=tuple(row["fields"]),
            languages=tuple(row["languages"]), territories=tuple(row["territories"]),
            most_cases=row["most_cases"], cases=row["cases"], marks=_marks(row),
            interests=near.get(row["id"], {}), valid_from=row["valid_from"], valid_to=row["valid_to"],
            presides=row["presides"], recused=row["recused"] or "",
        )
        for row in rows
    ]  # fmt: skip


def _marks(row: asyncpg.Record) -> Marks:
    return parties.read_marks(row["strong"], row["weak"])


def _refusal(what: str, mediator: str, facts: Mapping[str, str]) -> Refusal:
    told = {"mediator": mediator, **facts}
    refusals = {
        "mediator.is_party": Refusal("mediator.is_party", basis=told.get("basis", "")),
        "mediator.same_name": Refusal("mediator.same_name", mediator=mediator),
        "mediator.has_interest": Refusal(
            "mediator.has_interest", mediator=mediator, because=told.get("because", "")
        ),
        "mediator.not_in_office": Refusal("mediator.not_in_office", mediator=mediator),
        "mediator.has_it": Refusal("mediator.has_it", mediator=mediator),
        "mediator.stepped_back": Refusal(
            "mediator.stepped_back", mediator=mediator, because=told.get("because", "")
        ),
        "mediator.full": Refusal(
            "mediator.full", mediator=mediator, cases=told.get("cases", ""), most=told.get("most", "")
        ),
    }
    return refusals[what]


_CANDIDATES = """
select d.*,
    (select count(*) from presiding p join matter m on m.id = p.matter_id
        where p.mediator = d.id and p.ended_at is null and m.ended_at is null) as cases,
    exists (select from presiding p where p.mediator = d.id and p.matter_id = $1 and p.ended_at is null)
        as presides,
    (select p.ended_because from presiding p where p.mediator = d.id and p.matter_id = $1
        and p.ended_at is not null order by p.ended_at desc limit 1) as recused
from mediator d where $2 = '' or d.id = $2 order by d.id
"""
