"""Drafting an agreement, changing the draft, offering it to be signed, and giving it up."""

from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg
import msgspec

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import parties
from yuzhi.capabilities.agreements._asks import NewAgreement
from yuzhi.capabilities.agreements._reading import agreement, document
from yuzhi.capabilities.agreements._room import AgreementRoom
from yuzhi.capabilities.agreements._telling import Said, again_if_stale, following
from yuzhi.capabilities.agreements._views import AgreementView
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.unit import Change

AHEAD = timedelta(minutes=2)
MOST_INSTALMENTS = 500


async def draft(
    room: AgreementRoom, matter: UUID, ask: NewAgreement, by: Actor, now: datetime
) -> AgreementView:
    """Draft an agreement; an oral one takes effect when it was reached (人民调解法 28, 30), and its matter
    takes the step its procedure has for that.

    Raises Refusal `agreement.empty`, `agreement.no_mediator`, `agreement.under_way` while another one is,
    `agreement.before_event`, `agreement.agreed_at_missing`, `instalment.before_agreement`,
    `instalment.in_vain`, `party.unknown`, and as `parties.check_staff`.
    """
    dispute = await parties.check_staff(room.cases, matter, by)
    calendar = room.cases.office.calendar
    _check(ask, dispute["happened_on"], calendar.day_of(ask.agreed_at or now), now)
    id_ = uuid7(now, room.cases.office.chance(10))
    await again_if_stale(partial(_draft, room, matter, id_, ask, by, now))
    return await agreement(room, matter, id_, by)


async def _draft(
    room: AgreementRoom, matter: UUID, id_: UUID, ask: NewAgreement, by: Actor, now: datetime
) -> None:
    effective_at = ask.agreed_at if ask.form == "oral" else None
    changes: list[Change] = []
    if effective_at is not None:
        dates = {"agreed_on": room.cases.office.calendar.day_of(effective_at)}
        if ask.instalments:
            dates["promised_on"] = min(one.due_on for one in ask.instalments)
        changes = await following(room, Said(matter, "oral", dates), now)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        await _check_case(conn, matter, ask)
        try:
            await conn.execute(
                "insert into agreement (id, matter_id, form, state, content, drafted_at, drafted_by,"
                " effective_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
                id_, matter, ask.form, "effective" if effective_at else "draft", _content(ask), now, by.id,
                effective_at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Refusal("agreement.under_way") from None
        await _plan(conn, matter, id_, ask)
        act = "agreement_effective" if effective_at else "agreement_drafted"
        await parties.note_act(conn, matter, act, by, now, agreement=id_, form=ask.form)
        await room.cases.writing(conn).save(changes)


async def redraft(
    room: AgreementRoom, matter: UUID, id_: UUID, ask: NewAgreement, by: Actor, now: datetime
) -> AgreementView:
    """Change a draft that nobody was asked to sign yet; raises as `draft`, and `agreement.wrong_state`."""
    dispute = await parties.check_staff(room.cases, matter, by)
    if ask.form != "written":
        raise Refusal("agreement.wrong_state", state=ask.form)
    _check(ask, dispute["happened_on"], room.cases.office.calendar.day_of(now), now)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        await locked(conn, matter, id_, "draft")
        await _check_case(conn, matter, ask)
        await conn.execute(
            "update agreement set content = $2, version = version + 1 where id = $1", id_, _content(ask)
        )
        await conn.execute("delete from instalment where agreement = $1", id_)
        await _plan(conn, matter, id_, ask)
        await parties.note_act(conn, matter, "agreement_redrafted", by, now, agreement=id_)
    return await agreement(room, matter, id_, by)


async def offer(room: AgreementRoom, matter: UUID, id_: UUID, by: Actor, now: datetime) -> AgreementView:
    """Offer a draft to be signed: from now on its words are fixed."""
    await parties.check_staff(room.cases, matter, by)
    written = await document(room, matter, id_, by, now)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        await locked(conn, matter, id_, "draft")
        await conn.execute(
            "update agreement set state = 'signing', digest = $2 where id = $1", id_, written.digest
        )
        await parties.note_act(
            conn, matter, "agreement_offered", by, now, agreement=id_, digest=written.digest
        )
    return await agreement(room, matter, id_, by)


async def give_up(room: AgreementRoom, matter: UUID, id_: UUID, by: Actor, now: datetime) -> AgreementView:
    """Give up an agreement that has not taken effect; nobody is bound by it."""
    await parties.check_staff(room.cases, matter, by)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        await locked(conn, matter, id_, "draft", "signing")
        await conn.execute("update agreement set state = 'void', ended_at = $2 where id = $1", id_, now)
        await parties.note_act(conn, matter, "agreement_given_up", by, now, agreement=id_)
    return await agreement(room, matter, id_, by)


async def locked(conn: asyncpg.Connection, matter: UUID, id_: UUID, *states: str) -> asyncpg.Record:
    """Return an agreement's row, held until the transaction ends.

    Raises Refusal `agreement.unknown` and `agreement.wrong_state`.
    """
    row = await conn.fetchrow(
        "select * from agreement where id = $1 and matter_id = $2 for update", id_, matter
    )
    if row is None:
        raise Refusal("agreement.unknown", agreement=str(id_))
    if row["state"] not in states:
        raise Refusal("agreement.wrong_state", state=row["state"])
    return row


def _check(ask: NewAgreement, happened_on: date | None, agreed_on: date, now: datetime) -> None:
    if not ask.facts.strip() or not ask.terms.strip():
        raise Refusal("agreement.empty", basis="人民调解法 29")
    if ask.form == "oral" and ask.agreed_at is None:
        raise Refusal("agreement.agreed_at_missing", basis="人民调解法 30")
    if ask.agreed_at is not None and (ask.agreed_at.tzinfo is None or ask.agreed_at > now + AHEAD):
        raise Refusal("agreement.in_future", agreed_at=ask.agreed_at.isoformat())
    if happened_on is not None and agreed_on < happened_on:
        raise Refusal(
            "agreement.before_event", agreed_on=agreed_on.isoformat(), happened_on=happened_on.isoformat()
        )
    if len(ask.instalments) > MOST_INSTALMENTS:
        raise Refusal("instalment.too_many", most=MOST_INSTALMENTS, given=len(ask.instalments))
    for one in ask.instalments:
        if one.due_on < agreed_on:
            raise Refusal(
                "instalment.before_agreement", due_on=one.due_on.isoformat(), agreed_on=agreed_on.isoformat()
            )
        if not one.what.strip():
            raise Refusal("instalment.in_vain", due_on=one.due_on.isoformat())


async def _check_case(conn: asyncpg.Connection, matter: UUID, ask: NewAgreement) -> None:
    rows = await conn.fetch("select id from party where matter_id = $1 and left_at is null", matter)
    known = {row["id"] for row in rows}
    if unknown := next((one.party for one in ask.instalments if one.party not in known), None):
        raise Refusal("party.unknown", party=str(unknown))
    has_mediator = await conn.fetchval(
        "select exists (select from presiding where matter_id = $1 and ended_at is null)", matter
    )
    if not has_mediator:
        raise Refusal("agreement.no_mediator", basis="人民调解法 29")


def _content(ask: NewAgreement) -> str:
    told = {
        "facts": ask.facts.strip().replace("\x00", ""), "issues": ask.issues.strip().replace("\x00", ""),
        "terms": ask.terms.strip().replace("\x00", ""), "language": ask.language,
    }  # fmt: skip
    return msgspec.json.encode(told).decode()


async def _plan(conn: asyncpg.Connection, matter: UUID, id_: UUID, ask: NewAgreement) -> None:
    await conn.executemany(
        "insert into instalment (matter_id, agreement, no, party, due_on, what, amount_fen)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        [
            (matter, id_, no, one.party, one.due_on, one.what.strip().replace("\x00", ""), one.amount_fen)
            for no, one in enumerate(sorted(ask.instalments, key=lambda one: one.due_on), start=1)
        ],
    )
