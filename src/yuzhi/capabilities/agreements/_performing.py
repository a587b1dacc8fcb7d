"""What becomes of an agreement: it takes effect, is performed in instalments, or is not performed in time."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from msgspec import Struct

from yuzhi.base.actor import CLOCK, Actor
from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import deliveries, parties
from yuzhi.capabilities.agreements._asks import NewPerformance
from yuzhi.capabilities.agreements._drafting import MOST_INSTALMENTS, locked
from yuzhi.capabilities.agreements._reading import agreement, phone_for_letter
from yuzhi.capabilities.agreements._room import AgreementRoom
from yuzhi.capabilities.agreements._telling import (
    Said,
    again_if_stale,
    days_signed,
    following,
    following_if_it_may,
    kept,
)
from yuzhi.capabilities.agreements._text import yuan
from yuzhi.capabilities.agreements._views import AgreementView
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.unit import Change

log = structlog.get_logger()

REMINDER: Final = "performance_reminder"
REMIND_BEFORE: Final = timedelta(days=3)


class ReminderToSend(Struct, frozen=True):
    """A reminder on its way: whom it goes to and what it says."""

    phone: str
    number: str
    due_on: str
    amount: str

    def says(self, language: str) -> str:
        """Return the words of the short message; what the dispute is about is not in it."""
        if language == "en":
            return f"By the mediation agreement {self.number} something is due on {self.due_on}{self.amount}."
        return f"您的调解协议（{self.number}）有一项应于 {self.due_on} 前履行{self.amount}，请按时履行。"


class Minded(Struct, frozen=True):
    """What one round did: reminders queued, and agreements found broken."""

    reminded: int
    missed: int


async def conclude(room: AgreementRoom, matter: UUID, id_: UUID, by: Actor, now: datetime) -> AgreementView:
    """Let a written agreement take effect: on the day of the last signature it needs.

    The matter takes the step its procedure has for that, in the same transaction.

    Raises Refusal `agreement.signature_missing` (人民调解法 29) with those that are `lacking`, and what
    forbids the matter's step.
    """
    await parties.check_staff(room.cases, matter, by)
    await again_if_stale(partial(_conclude, room, matter, id_, by, now))
    return await agreement(room, matter, id_, by)


async def _conclude(room: AgreementRoom, matter: UUID, id_: UUID, by: Actor, now: datetime) -> None:
    found = await agreement(room, matter, id_, by)
    if found.lacking and found.state == "signing":
        roles = [one.partition(":")[0] for one in found.lacking]
        raise Refusal(
            "agreement.signature_missing", lacking=found.lacking, basis="人民调解法 29",
            parties=roles.count("party"), mediators=roles.count("mediator"), seals=roles.count("seal"),
        )  # fmt: skip
    changes: list[Change] = []
    if found.state == "signing":
        case = await parties.view(room.cases, matter, by)
        minors = [one.id for one in case.parties if one.left_at is None and one.capacity != "full"]
        said = Said(matter, "written", days_signed(found, minors, room.cases.office.calendar))
        changes = await following(room, said, now, partial(kept, room, found, by, now))
    async with acquired(room.cases.pool) as conn, conn.transaction():
        await locked(conn, matter, id_, "signing")
        effective_at = max(one.signed_at for one in found.signatures)
        await conn.execute(
            "update agreement set state = 'effective', effective_at = $2 where id = $1", id_, effective_at
        )
        await parties.note_act(
            conn, matter, "agreement_effective", by, now, agreement=id_, effective_at=effective_at
        )
        await room.cases.writing(conn).save(changes)


async def perform(
    room: AgreementRoom, matter: UUID, id_: UUID, no: int, ask: NewPerformance, by: Actor, now: datetime
) -> AgreementView:
    """Note what was performed of an instalment; the last one performs the agreement, and the matter hears it.

    Raises Refusal `instalment.unknown`, `instalment.done`, `instalment.too_much`, `instalment.in_future`,
    `instalment.before_agreement`.
    """
    await parties.check_staff(room.cases, matter, by)
    calendar = room.cases.office.calendar
    if not 0 < no <= MOST_INSTALMENTS:
        raise Refusal("instalment.unknown", no=no)
    if ask.performed_on > calendar.day_of(now):
        raise Refusal("instalment.in_future", performed_on=ask.performed_on.isoformat())
    await again_if_stale(partial(_perform, room, matter, id_, no, ask, by, now))
    return await agreement(room, matter, id_, by)


async def _perform(
    room: AgreementRoom, matter: UUID, id_: UUID, no: int, ask: NewPerformance, by: Actor, now: datetime
) -> None:
    calendar = room.cases.office.calendar
    days = [ask.performed_on]
    found = await agreement(room, matter, id_, by)
    days += [one.performed_on for one in found.instalments if one.performed_on is not None]
    said = Said(matter, "performed", {"performed_on": max(days)})
    changes = await following_if_it_may(room, said, now)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        row = await locked(conn, matter, id_, "effective", "broken")
        agreed_on = calendar.day_of(row["effective_at"])
        one = await conn.fetchrow(
            "select * from instalment where agreement = $1 and no = $2 for update", id_, no
        )
        if one is None:
            raise Refusal("instalment.unknown", no=no)
        if one["performed_on"] is not None:
            raise Refusal("instalment.done", no=no)
        if ask.performed_on < agreed_on:
            raise Refusal(
                "instalment.before_agreement", due_on=ask.performed_on.isoformat(),
                agreed_on=agreed_on.isoformat(),
            )  # fmt: skip
        paid = one["paid_fen"] + ask.paid_fen
        if paid > one["amount_fen"]:
            raise Refusal("instalment.too_much", no=no, amount=yuan(one["amount_fen"]), paid=yuan(paid))
        is_whole = paid == one["amount_fen"]
        await conn.execute(
            "update instalment set paid_fen = $3, performed_on = $4 where agreement = $1 and no = $2",
            id_, no, paid, ask.performed_on if is_whole else None,
        )  # fmt: skip
        await parties.note_act(
            conn, matter, "instalment_performed", by, now, agreement=id_, no=no, is_whole=is_whole
        )
        left = await conn.fetchval(
            "select count(*) from instalment where agreement = $1 and performed_on is null", id_
        )
        if not left:
            await conn.execute(
                "update agreement set state = 'performed', ended_at = $2 where id = $1", id_, now
            )
            await parties.note_act(conn, matter, "agreement_performed", by, now, agreement=id_)
            await room.cases.writing(conn).save(changes)


async def mind_performance(room: AgreementRoom, now: datetime, *, most: int = 200) -> Minded:
    """Remind those whose instalment falls due in three days, once; and note what was not performed in time.

    Any number of workers may do this at once.
    """
    today = room.cases.office.calendar.day_of(now)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        soon = await conn.fetch(
            "select i.agreement, i.no, coalesce(g.person, p.person) as person"
            " from instalment i join agreement a on a.id = i.agreement join party p on p.id = i.party"
            f" left join lateral {parties.GUARDIAN} g on p.capacity <> 'full'"
            " where i.performed_on is null and not i.is_missed"
            " and i.reminded_on is null and i.due_on between $1 and $2 and a.state in ('effective', 'broken')"
            " order by i.due_on limit $3 for update of i skip locked",
            today,
            today + REMIND_BEFORE,
            most,
        )
        for row in soon:
            id_ = uuid7(now, room.cases.office.chance(10))
            await conn.execute(
                "insert into performance_reminder (id, agreement, no, person, created_at)"
                " values ($1, $2, $3, $4, $5)",
                id_, row["agreement"], row["no"], row["person"], now,
            )  # fmt: skip
            await deliveries.queue(conn, id_, audience=REMINDER, letter=REMINDER, now=now)
            await conn.execute(
                "update instalment set reminded_on = $3 where agreement = $1 and no = $2",
                row["agreement"], row["no"], today,
            )  # fmt: skip
        late = await conn.fetch(
            "select i.matter_id, i.agreement, i.no from instalment i join agreement a on a.id = i.agreement"
            " where i.performed_on is null and not i.is_missed and i.due_on < $1"
            " and a.state in ('effective', 'broken') order by i.due_on limit $2",
            today,
            most,
        )
    missed = [await _miss_alone(room, row, now) for row in late]
    return Minded(reminded=len(soon), missed=sum(missed))


async def _miss_alone(room: AgreementRoom, late: asyncpg.Record, now: datetime) -> bool:
    """Note one missed instalment; what hinders it, such as a calendar that ends, holds up no others."""
    try:
        return await again_if_stale(partial(_miss, room, late, now))
    except Refusal as refusal:
        if refusal.code == "store.unavailable":
            raise
        log.warning(
            "a missed instalment cannot be noted", matter=str(late["matter_id"]), no=late["no"],
            code=refusal.code,
        )  # fmt: skip
        return False


async def _miss(room: AgreementRoom, late: asyncpg.Record, now: datetime) -> bool:
    """Note an instalment that was not performed in time, once, and let its matter hear of it."""
    changes = await following_if_it_may(room, Said(late["matter_id"], "broken", {}), now)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        done = await conn.execute(
            "update instalment set is_missed = true where agreement = $1 and no = $2 and not is_missed"
            " and performed_on is null",
            late["agreement"],
            late["no"],
        )
        if done != "UPDATE 1":
            return False
        is_new = await conn.execute(
            "update agreement set state = 'broken' where id = $1 and state = 'effective'", late["agreement"]
        )
        await parties.note_act(
            conn, late["matter_id"], "instalment_missed", CLOCK, now, agreement=late["agreement"],
            no=late["no"],
        )  # fmt: skip
        if is_new == "UPDATE 1":
            await room.cases.writing(conn).save(changes)
    return True


async def reminder_to_send(room: AgreementRoom, id_: UUID, now: datetime) -> ReminderToSend | None:
    """Return a reminder for the letter that carries it, None when what was due has been done meanwhile."""
    async with acquired(room.cases.pool) as conn:
        row = await conn.fetchrow(
            "select r.person, i.matter_id, i.due_on, i.amount_fen - i.paid_fen as left_fen, m.number"
            " from performance_reminder r"
            " join instalment i on i.agreement = r.agreement and i.no = r.no"
            " join matter m on m.id = i.matter_id where r.id = $1 and i.performed_on is null",
            id_,
        )
        if row is None:
            return None
        phone = await phone_for_letter(room, conn, row, now)
    return ReminderToSend(
        phone=phone, number=row["number"], due_on=row["due_on"].isoformat(),
        amount=f"（{yuan(row['left_fen'])} 元）" if row["left_fen"] else "",
    )  # fmt: skip
