"""Reading agreements: as those in the case see them, and the text that is signed, names and all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from yuzhi.base.actor import CLOCK, Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters, parties, vault
from yuzhi.capabilities.agreements._hands import signed, to_sign
from yuzhi.capabilities.agreements._room import AgreementRoom
from yuzhi.capabilities.agreements._text import filled, yuan
from yuzhi.capabilities.agreements._views import AgreementView, InstalmentView, SignatureView
from yuzhi.capabilities.parties import DisputeView, PartyView, PresidingView
from yuzhi.capabilities.typesetting import Document
from yuzhi.engine.limits import due_at, last_day, parse_limit
from yuzhi.store.postgres.pool import acquired

CONFIRM_WITHIN = parse_limit("30 days")
"""民事诉讼法 205: both parties together, within thirty days of its taking effect."""

_SAID = {
    "zh": {
        "side": "第{side}方当事人", "number": "证件号码", "guardian": "法定代理人", "agent": "委托代理人",
        "draft": "（草稿）", "none": "各方已当场履行完毕。",
        "pay": "{name}于{day}前{what}，金额人民币{amount}元。", "do": "{name}于{day}前{what}。",
    },
    "en": {
        "side": "Party on side {side}", "number": "Number", "guardian": "Guardian", "agent": "Agent",
        "draft": " (draft)",
        "none": "Everything was performed on the spot.",
        "pay": "{name}: {what}, by {day}, {amount} yuan.", "do": "{name}: {what}, by {day}.",
    },
}  # fmt: skip


class _Mediator(NamedTuple):
    name: str
    unit: str


async def agreements(room: AgreementRoom, matter: UUID, by: Actor) -> tuple[AgreementView, ...]:
    """Return a case's agreements, oldest first; raises as `parties.check_inside`."""
    await parties.check_inside(room.cases, matter, by)
    async with parties.inside(room.cases, by) as conn:
        rows = await conn.fetch(
            "select * from agreement where matter_id = $1 order by drafted_at, id", matter
        )
        signatures = await conn.fetch(
            "select * from signature where matter_id = $1 order by signed_at, id", matter
        )
        instalments = await conn.fetch(
            "select * from instalment where matter_id = $1 order by agreement, no", matter
        )
        needed = await _needed(conn, matter)
    return tuple(
        _view(
            room, row,
            [one for one in signatures if one["agreement"] == row["id"]],
            [one for one in instalments if one["agreement"] == row["id"]],
            needed,
        )
        for row in rows
    )  # fmt: skip


async def agreement(room: AgreementRoom, matter: UUID, id_: UUID, by: Actor) -> AgreementView:
    """Return one agreement; raises Refusal `agreement.unknown` and as `parties.check_inside`."""
    found = next((one for one in await agreements(room, matter, by) if one.id == id_), None)
    if found is None:
        raise Refusal("agreement.unknown", agreement=str(id_))
    return found


async def document(
    room: AgreementRoom, matter: UUID, id_: UUID, by: Actor, now: datetime, *, tells_hands: bool = False
) -> Document:
    """Return the text of an agreement with everybody's name in clear; reading them leaves a trace.

    It is the text to sign, whose digest is signed. With `tells_hands` it is a copy to read: a draft is marked
    as one, and who has signed, how and when stands in place of the lines to sign on.
    """
    found = await agreement(room, matter, id_, by)
    case = await parties.view(room.cases, matter, by)
    seen = await matters.view(room.cases.office, matter, by, lets_parties_in=True)
    said = _SAID[found.language]
    hands = {one.person for one in found.signatures if one.person is not None}
    names = await _names(room, case, hands, matter, by, now)
    presiding = [one for one in case.mediators if one.ended_at is None]
    mediators = await _mediators(
        room,
        [*(one.mediator for one in presiding), *(one.mediator for one in found.signatures if one.mediator)],
    )
    organisation = room.unit_name(_organisation(presiding, mediators) or case.unit)
    if tells_hands:
        called = {id_: one.name for id_, one in mediators.items()}
        lines = signed(_present(case), found, names, called, organisation, room.cases.office.calendar.zone)
    else:
        lines = to_sign(_present(case), len(presiding), names, found.language)
    written = filled(
        room.template(seen, found.language),
        found.language,
        found.drafted_at,
        {
            "number": seen.number,
            "parties": "\n".join(_told(one, names, said) for one in _present(case)),
            "facts": found.facts,
            "issues": found.issues,
            "terms": found.terms,
            "performance": _performance(case, found, names, said),
            "organisation": organisation,
            "signatures": "\n".join(lines),
            "drafted_on": room.cases.office.calendar.day_of(found.drafted_at).isoformat(),
        },
    )
    return _as_draft(written) if tells_hands and found.state == "draft" else written


async def phone_for_letter(
    room: AgreementRoom, conn: asyncpg.Connection, row: asyncpg.Record, now: datetime
) -> str:
    """Return the telephone of a row's `person`, for a message about its `matter_id`; it leaves a trace."""
    found = await vault.reveal(
        conn, row["person"], ["phone"], purpose="letter", actor=CLOCK, matter=row["matter_id"], now=now,
        keys=room.cases.keys,
    )  # fmt: skip
    return found.get("phone", "")


def _as_draft(written: Document) -> Document:
    """Return a text with the mark that it is not yet the one to sign."""
    title = written.title + _SAID[written.language]["draft"]
    return msgspec.structs.replace(written, title=title)


async def _needed(conn: asyncpg.Connection, matter: UUID) -> list[tuple[str, str]]:
    """Return the signatures a written agreement of this case needs, as role and whose."""
    rows = await conn.fetch(
        "select id from party where matter_id = $1 and left_at is null order by side, joined_at, id", matter
    )
    chief = await conn.fetch(
        "select mediator from presiding where matter_id = $1 and ended_at is null order by mediator", matter
    )
    return [
        *(("party", str(row["id"])) for row in rows),
        *(("mediator", row["mediator"]) for row in chief),
        ("seal", ""),
    ]


def _view(
    room: AgreementRoom, row: asyncpg.Record, signatures: Sequence[asyncpg.Record],
    instalments: Sequence[asyncpg.Record], needed: Sequence[tuple[str, str]],
) -> AgreementView:  # fmt: skip
    there = {(one["role"], str(one["party"] or one["mediator"] or "")) for one in signatures}
    is_open = row["form"] == "written" and row["state"] in {"draft", "signing"}
    content = msgspec.json.decode(row["content"])
    return AgreementView(
        id=row["id"], matter=row["matter_id"], form=row["form"], state=row["state"], version=row["version"],
        facts=content["facts"], issues=content["issues"], terms=content["terms"],
        language=content["language"], digest=row["digest"], drafted_at=row["drafted_at"],
        effective_at=row["effective_at"],
        confirm_until=confirm_until(room, row["effective_at"]) if row["effective_at"] else None,
        signatures=tuple(
            SignatureView(
                role=one["role"], party=one["party"], mediator=one["mediator"], means=one["means"],
                is_for=one["person"] is not None, person=one["person"], file=one["file"],
                signed_at=one["signed_at"],
            )
            for one in signatures
        ),
        lacking=tuple(f"{role}:{whose}".rstrip(":") for role, whose in needed if (role, whose) not in there)
        if is_open else (),
        instalments=tuple(
            InstalmentView(
                no=one["no"], party=one["party"], due_on=one["due_on"], what=one["what"],
                amount_fen=one["amount_fen"], paid_fen=one["paid_fen"], performed_on=one["performed_on"],
                is_missed=one["is_missed"],
            )
            for one in instalments
        ),
    )  # fmt: skip


def confirm_until(room: AgreementRoom, effective_at: datetime) -> date:
    """Return the last day on which a court may be asked to confirm an agreement (民事诉讼法 205, 85)."""
    calendar = room.cases.office.calendar
    return last_day(due_at(effective_at, CONFIRM_WITHIN, calendar), calendar)


async def _names(
    room: AgreementRoom, case: DisputeView, hands: Collection[UUID], matter: UUID, by: Actor, now: datetime
) -> Mapping[UUID, str]:
    """Return everybody's name in clear, also of those who signed for somebody and speak for them no more.

    What a party reads of the others stands in the agreement itself.
    """
    reader = by if by.hand == "post" else CLOCK
    people = [
        person
        for party in _present(case)
        for person in (
            party.person,
            *(one.person for one in party.representatives if one.ended_at is None or one.person.id in hands),
        )
    ]
    names = {}
    async with acquired(room.cases.pool) as conn:
        for person in people:
            found = await vault.reveal(
                conn, person.id, ["name"], purpose="letter", actor=reader, matter=matter, now=now,
                keys=room.cases.keys,
            )  # fmt: skip
            names[person.id] = found.get("name", "")
    return names


def _present(case: DisputeView) -> list[PartyView]:
    return [one for one in case.parties if one.left_at is None]


def _speaking(party: PartyView) -> list[parties.RepresentativeView]:
    return [one for one in party.representatives if one.ended_at is None]


def _told(party: PartyView, names: Mapping[UUID, str], said: Mapping[str, str]) -> str:
    told = f"{said['side'].format(side=party.side)}：{names[party.person.id]}"
    if party.person.id_number:
        told += f"，{said['number']}：{party.person.id_number}"
    for one in _speaking(party):
        told += f"；{said[one.role]}：{names[one.person.id]}"
    return told


def _organisation(presiding: Sequence[PresidingView], mediators: Mapping[str, _Mediator]) -> str:
    """Return the unit whose seal it is: the mediators' (人民调解法 29), not that which took the case up."""
    known = [one for one in presiding if mediators[one.mediator].unit]
    first = min(known, key=lambda one: (not one.is_chief, one.mediator), default=None)
    return mediators[first.mediator].unit if first is not None else ""


async def _mediators(room: AgreementRoom, ids: Sequence[str]) -> Mapping[str, _Mediator]:
    """Return mediators in order, each once: their directory is open to everybody."""
    async with acquired(room.cases.pool) as conn:
        rows = await conn.fetch("select id, name, unit from mediator where id = any($1)", list(ids))
    known = {row["id"]: _Mediator(row["name"], row["unit"]) for row in rows}
    return {one: known.get(one, _Mediator(one, "")) for one in ids}


def _performance(
    case: DisputeView, found: AgreementView, names: Mapping[UUID, str], said: Mapping[str, str]
) -> str:
    whose = {one.id: names.get(one.person.id, "") for one in case.parties}
    lines = [
        said["pay" if one.amount_fen else "do"].format(
            name=whose.get(one.party, ""), day=one.due_on.isoformat(), what=one.what,
            amount=yuan(one.amount_fen),
        )
        for one in found.instalments
    ]  # fmt: skip
    return "\n".join(lines) or said["none"]
