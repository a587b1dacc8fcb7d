"""Signing: by a code sent to the party's telephone, on paper, by the mediator's post, by the unit's seal."""

import hmac
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import deliveries, parties
from yuzhi.capabilities.agreements._asks import NewSignature
from yuzhi.capabilities.agreements._drafting import locked
from yuzhi.capabilities.agreements._reading import agreement, document, phone_for_letter
from yuzhi.capabilities.agreements._room import AgreementRoom
from yuzhi.capabilities.agreements._views import AgreementView
from yuzhi.store.postgres.pool import acquired

AUDIENCE: Final = "agreement_code"
HOLDS_FOR: Final = timedelta(minutes=10)
TRIES: Final = 5
BETWEEN: Final = timedelta(seconds=60)
PER_DAY: Final = 10
DIGITS: Final = 6


class CodeToSend(Struct, frozen=True):
    """A code on its way: the telephone it goes to and what it says."""

    phone: str
    code: str
    number: str

    def says(self, language: str) -> str:
        """Return the words of the short message."""
        if language == "en":
            return (
                f"{self.code} signs the mediation agreement {self.number} for you. Tell it only if you agree."
            )
        return f"签署调解协议 {self.number} 的验证码 {self.code}，10 分钟内有效。同意协议内容再告知。"


class _Signer(Struct, frozen=True):
    party: UUID
    person: UUID
    speaks_for: bool


async def ask_code(
    room: AgreementRoom, matter: UUID, id_: UUID, ask: NewSignature, by: Actor, now: datetime
) -> None:
    """Queue the code with which a party, or who speaks for it, signs on a telephone.

    Raises Refusal `signing.wait` (with `retry_after`), `signing.no_phone`, and those of signing.
    """
    await parties.check_inside(room.cases, matter, by)
    code = uuid7(now, room.cases.office.chance(10))
    async with acquired(room.cases.pool) as conn, conn.transaction():
        row = await locked(conn, matter, id_, "signing")
        signer = await _signer(conn, matter, ask, by, room.cases.office.calendar.day_of(now))
        await _refuse_signed(conn, id_, signer.party)
        await _check_rate(conn, id_, signer.party, now)
        if not await conn.fetchval(
            "select phone is not null from vault_person where id = $1 and erased_at is null", signer.person
        ):
            raise Refusal("signing.no_phone")
        await conn.execute(
            "insert into signing_code (id, matter_id, agreement, party, person, digest, created_at,"
            " expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            code, matter, id_, signer.party, signer.person, row["digest"], now, now + HOLDS_FOR,
        )  # fmt: skip
        await deliveries.queue(conn, code, audience=AUDIENCE, letter="agreement_code", now=now)
        await parties.note_act(conn, matter, "code_asked", by, now, agreement=id_, party=signer.party)


async def code_to_send(room: AgreementRoom, id_: UUID, now: datetime) -> CodeToSend | None:
    """Return a code and its telephone for the letter that carries it, None when it holds no more."""
    async with acquired(room.cases.pool) as conn:
        row = await conn.fetchrow(
            "select c.person, c.matter_id, m.number from signing_code c join matter m on m.id = c.matter_id"
            " where c.id = $1 and c.expires_at > $2 and c.used_at is null",
            id_,
            now,
        )
        if row is None:
            return None
        phone = await phone_for_letter(room, conn, row, now)
    return CodeToSend(phone=phone, code=_code(room, id_), number=row["number"])


async def sign(
    room: AgreementRoom, matter: UUID, id_: UUID, ask: NewSignature, by: Actor, now: datetime
) -> AgreementView:
    """Put a signature under an agreement that was offered.

    Raises Refusal `signature.twice`, `signature.code_wrong`, `signature.file_missing`,
    `signature.before_draft`, `signature.in_future`, `signature.guardian_needed`, `signature.not_your_case`,
    and `agreement.changed` when its words are no longer those that were offered.
    """
    await parties.check_inside(room.cases, matter, by)
    if not (by.hand == "requester" or ask.code):
        await parties.check_staff(room.cases, matter, by)
    written = await document(room, matter, id_, by, now)
    if ask.code:
        await _take_code(room, matter, id_, ask, by, now)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        row = await locked(conn, matter, id_, "signing")
        if row["digest"] != written.digest:
            raise Refusal("agreement.changed")
        signed = await _signed(room, conn, row, ask, by, now)
        try:
            await conn.execute(
                "insert into signature (id, matter_id, agreement, role, party, mediator, person, means, file,"
                " digest, signed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                uuid7(now, room.cases.office.chance(10)), matter, id_, ask.role, signed.party,
                signed.mediator, signed.person, signed.means, ask.file, row["digest"], signed.at,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Refusal("signature.twice") from None
        await parties.note_act(
            conn, matter, "agreement_signed", by, now, agreement=id_, role=ask.role, means=signed.means
        )
    return await agreement(room, matter, id_, by)


class _Signed(Struct, frozen=True):
    means: str
    at: datetime
    party: UUID | None = None
    mediator: str = ""
    person: UUID | None = None


async def _signed(
    room: AgreementRoom, conn: asyncpg.Connection, row: asyncpg.Record, ask: NewSignature, by: Actor,
    now: datetime,
) -> _Signed:  # fmt: skip
    matter, calendar = row["matter_id"], room.cases.office.calendar
    if ask.role == "party":
        signer = await _signer(conn, matter, ask, by, calendar.day_of(now))
        person = signer.person if signer.speaks_for else None
        if ask.code:
            return _Signed("code", now, party=signer.party, person=person)
        return _Signed("paper", _day(room, row, ask, now), party=signer.party, person=person)
    if by.hand != "post":
        raise Refusal("dispute.posts_only")
    if ask.role == "seal":
        return _Signed("seal", _day(room, row, ask, now) if ask.signed_on else now)
    presiding = await conn.fetchrow(
        "select mediator, post from presiding where matter_id = $1 and mediator = $2 and ended_at is null",
        matter,
        ask.mediator,
    )
    if presiding is None:
        raise Refusal("signature.not_your_case", mediator=ask.mediator)
    if presiding["post"] == by.id:
        return _Signed("post", now, mediator=ask.mediator)
    return _Signed("paper", _day(room, row, ask, now), mediator=ask.mediator)


def _day(room: AgreementRoom, row: asyncpg.Record, ask: NewSignature, now: datetime) -> datetime:
    """Return when a paper was signed: at the end of a past day, or now for today."""
    calendar = room.cases.office.calendar
    if not ask.file:
        raise Refusal("signature.file_missing", basis="人民调解法 29")
    today, day = calendar.day_of(now), ask.signed_on or calendar.day_of(now)
    if day > today:
        raise Refusal("signature.in_future", signed_on=day.isoformat())
    if day < calendar.day_of(row["drafted_at"]):
        raise Refusal("signature.before_draft", signed_on=day.isoformat())
    return now if day == today else calendar.end_of(day) - timedelta(seconds=1)


async def _signer(
    conn: asyncpg.Connection, matter: UUID, ask: NewSignature, by: Actor, today: date
) -> _Signer:
    """Return whose hand signs for a party: a guardian for whoever lacks full capacity (民法典 19, 20)."""
    if ask.party is None:
        raise Refusal("party.unknown", party="-")
    party = await conn.fetchrow(
        "select id, person, capacity, requester from party where id = $1 and matter_id = $2"
        " and left_at is null",
        ask.party,
        matter,
    )
    if party is None:
        raise Refusal("party.unknown", party=str(ask.party))
    hands = await conn.fetch(
        "select id, role, person, requester, valid_to from representative where party = $1"
        " and ended_at is null",
        ask.party,
    )
    if by.hand == "requester" and UUID(by.id) not in {
        party["requester"], *(one["requester"] for one in hands),
    }:  # fmt: skip
        raise Refusal("party.unknown", party=str(ask.party))
    chosen = next((one for one in hands if one["id"] == ask.representative), None)
    if ask.representative is not None and chosen is None:
        raise Refusal("representative.unknown", representative=str(ask.representative))
    if party["capacity"] != "full" and (chosen is None or chosen["role"] != "guardian"):
        raise Refusal("signature.guardian_needed", basis="民法典 19、20")
    if chosen is None:
        return _Signer(party["id"], party["person"], speaks_for=False)
    if chosen["valid_to"] is not None and chosen["valid_to"] < today:
        raise Refusal("agent.over", valid_to=chosen["valid_to"].isoformat())
    return _Signer(party["id"], chosen["person"], speaks_for=True)


async def _take_code(
    room: AgreementRoom, matter: UUID, id_: UUID, ask: NewSignature, by: Actor, now: datetime
) -> None:
    """Use up a code; a try is counted before it is looked at: five are five, however many come at once."""
    async with acquired(room.cases.pool) as conn:
        today = room.cases.office.calendar.day_of(now)
        signer = await _signer(conn, matter, ask, by, today)
        found = await conn.fetchval(
            "update signing_code set tries = tries + 1 where id = (select id from signing_code"
            " where agreement = $1 and party = $2 and person = $3 order by created_at desc, id desc limit 1)"
            " and expires_at > $4 and used_at is null and tries < $5 returning id",
            id_, signer.party, signer.person, now, TRIES,
        )  # fmt: skip
        fits = hmac.compare_digest(_code(room, found or UUID(int=0)).encode(), ask.code.strip().encode())
        if found is None or not fits:
            raise Refusal("signature.code_wrong")
        used = await conn.execute(
            "update signing_code set used_at = $2 where id = $1 and used_at is null", found, now
        )
    if used != "UPDATE 1":
        raise Refusal("signature.code_wrong")


async def _refuse_signed(conn: asyncpg.Connection, id_: UUID, party: UUID) -> None:
    if await conn.fetchval(
        "select true from signature where agreement = $1 and party = $2 and role = 'party'", id_, party
    ):
        raise Refusal("signature.twice")


async def _check_rate(conn: asyncpg.Connection, id_: UUID, party: UUID, now: datetime) -> None:
    rows = await conn.fetch(
        "select created_at from signing_code where agreement = $1 and party = $2 and created_at > $3"
        " order by created_at desc",
        id_,
        party,
        now - timedelta(days=1),
    )
    if rows and rows[0]["created_at"] > now - BETWEEN:
        left = rows[0]["created_at"] + BETWEEN - now
        raise Refusal("signing.wait", retry_after=max(1, round(left.total_seconds())))
    if len(rows) >= PER_DAY:
        raise Refusal("signing.wait", retry_after=3600)


def _code(room: AgreementRoom, id_: UUID) -> str:
    number = int.from_bytes(room.code_of(id_)[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}d}"
