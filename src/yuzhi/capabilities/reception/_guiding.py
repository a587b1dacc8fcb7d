"""One visit, one registration, one guide: the roads that are open and why, and the person's own choice."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import replace

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import parties
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.capabilities.reception._asks import NewChoice, NewRegistration
from yuzhi.capabilities.reception._views import (
    GuideView,
    QuestionView,
    ReasonView,
    RegistrationView,
    RoadView,
)
from yuzhi.engine.definition import Pack
from yuzhi.engine.guide import Guide, GuideRule, offers
from yuzhi.store.postgres.pool import acquired

MOST_ROWS = 100
WEAKER = ("verified", "second_hand", "local")


def guide_of(shelf: Shelf, name: str = "", version: str | None = None) -> tuple[Pack, Guide]:
    """Return a pack and its guide: the one named, else the first in force; raises Refusal `guide.none`."""
    names = [name] if name else list(dict.fromkeys(one.name for one in shelf.packs if one.guide))
    for one in names:
        pack = shelf.pack(one, version)
        if pack.guide is not None:
            return pack, pack.guide
    raise Refusal("guide.none", given=name)


def questions(shelf: Shelf, language: str, name: str = "") -> GuideView:
    """Return the questions of a guide in a language."""
    pack, guide = guide_of(shelf, name)
    return GuideView(
        guide=pack.name, version=pack.version,
        questions=tuple(
            QuestionView(
                question=one.name, says=one.words[language],
                choices={choice.name: choice.words[language] for choice in one.choices},
            )
            for one in guide.questions
        ),
    )  # fmt: skip


def roads(
    shelf: Shelf, pack: Pack, rules: tuple[GuideRule, ...], answers: dict[str, str], language: str
) -> tuple[RoadView, ...]:
    """Return the roads that rules of a pack's guide speak of for these answers, in a language.

    Raises Refusal `guide.none`, `guide.bad_answer` and `guide.answer_missing`.
    """
    if pack.guide is None:
        raise Refusal("guide.none", given=pack.name)
    known = {one.name for one in shelf.procedures}
    return tuple(
        RoadView(
            road=one.road.name, name=one.road.words[language], procedure=one.road.procedure,
            is_open=one.is_open, is_here=one.road.procedure in known,
            because=tuple(
                ReasonView(
                    rule=rule.name, says=rule.words[language], basis=rule.basis,
                    status=standing(pack, rule.basis),
                )
                for rule in one.because
            ),
        )
        for one in offers(pack.guide, rules, answers)
    )  # fmt: skip


def standing(pack: Pack, basis: str) -> str:
    """Return how well what a rule rests on is known, by its weakest part: titles stand in the pack's head."""
    found: list[str] = []
    for part in basis.split("；"):
        named = [one for one in pack.basis if part.strip().startswith(one.title)]
        found += [max(named, key=lambda one: len(one.title)).status] if named else ["local"]
    return max(found, key=WEAKER.index)


async def register(
    room: CaseRoom, shelf: Shelf, ask: NewRegistration, by: Actor, now: datetime, language: str
) -> RegistrationView:
    """Register a visit and return the roads that are open, each with its reasons.

    Raises Refusal `guide.bad_answer`, `guide.answer_missing`, `dispute.posts_only`, and
    `agent.consent_missing` where an agent point acts without the person's consent.
    """
    if by.hand != "post":
        raise Refusal("dispute.posts_only")
    if ask.at_agent_point and not ask.consent:
        raise Refusal("agent.consent_missing", basis="民法典 165")
    pack, guide = guide_of(shelf, ask.guide)
    found = roads(shelf, pack, guide.rules, ask.answers, language)
    id_ = uuid7(now, room.office.chance(10))
    async with acquired(room.pool) as conn, conn.transaction():
        await conn.execute(
            "insert into registration (id, unit, post, at, pack, pack_version, answers, offered,"
            " is_by_agent_point, consent) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            id_, by.unit, by.id, now, pack.name, pack.version, _json(ask.answers), _json(found),
            ask.at_agent_point, ask.consent,
        )  # fmt: skip
        if ask.ticket is not None:
            await conn.execute(
                "update queue_ticket set registration = $2 where id = $1 and unit = $3",
                ask.ticket,
                id_,
                by.unit,
            )
    return await registration(room, id_, by)


async def choose(
    room: CaseRoom, shelf: Shelf, id_: UUID, choice: NewChoice, by: Actor, now: datetime
) -> RegistrationView:
    """Record the person's own choice; with a dispute its case is opened by the chosen road.

    Raises Refusal `guide.road_unknown`, `guide.road_closed` (with the law), `guide.chosen_already`,
    `guide.not_here` for a road without a procedure here, and as `parties.register`.
    """
    found = await registration(room, id_, by)
    road = next((one for one in found.roads if one.road == choice.road), None)
    if road is None:
        raise Refusal("guide.road_unknown", road=choice.road, known=[one.road for one in found.roads])
    if not road.is_open:
        first = road.because[0]
        raise Refusal("guide.road_closed", road=road.name, says=first.says, basis=first.basis)
    if choice.dispute is not None and road.procedure not in {one.name for one in shelf.procedures}:
        raise Refusal("guide.not_here", road=road.name)
    async with acquired(room.pool) as conn:
        done = await conn.execute(
            "update registration set chosen = $2, chosen_at = $3, because = $4"
            " where id = $1 and chosen is null",
            id_,
            choice.road,
            now,
            choice.because.strip(),
        )
    if done != "UPDATE 1":
        raise Refusal("guide.chosen_already", road=found.chosen or "")
    if choice.dispute is not None:
        await _open(room, id_, road.procedure, choice, by, now)
    return await registration(room, id_, by)


async def _open(
    room: CaseRoom, id_: UUID, procedure: str, choice: NewChoice, by: Actor, now: datetime
) -> None:
    assert choice.dispute is not None, "only a choice that opens a case is here"
    dispute = replace(choice.dispute, matter=replace(choice.dispute.matter, procedure=procedure))
    try:
        opened = await parties.register(room, dispute, by, now)
    except Refusal:
        async with acquired(room.pool) as conn:  # the choice stands open again: nothing came of it
            await conn.execute(
                "update registration set chosen = null, chosen_at = null, because = '' where id = $1", id_
            )
        raise
    async with acquired(room.pool) as conn:
        await conn.execute("update registration set matter_id = $2 where id = $1", id_, opened.id)


async def registration(room: CaseRoom, id_: UUID, by: Actor) -> RegistrationView:
    """Return a registration of one's own centre; raises Refusal `registration.unknown`."""
    async with acquired(room.pool) as conn:
        row = await conn.fetchrow("select * from registration where id = $1 and unit = $2", id_, by.unit)
    if row is None or by.hand != "post":
        raise Refusal("registration.unknown", registration=str(id_))
    return _view(row)


async def registrations(
    room: CaseRoom, by: Actor, *, before: UUID | None = None, most: int = 50
) -> tuple[RegistrationView, ...]:
    """Return one's own centre's registrations, newest first, those before one of them."""
    if by.hand != "post":
        raise Refusal("dispute.posts_only")
    async with acquired(room.pool) as conn:
        rows = await conn.fetch(
            "select * from registration where unit = $1 and ($2::uuid is null or id < $2)"
            " order by id desc limit $3",
            by.unit,
            before,
            max(1, min(most, MOST_ROWS)),
        )
    return tuple(_view(row) for row in rows)


def _view(row: asyncpg.Record) -> RegistrationView:
    return RegistrationView(
        id=row["id"], unit=row["unit"], at=row["at"], guide=row["pack"], version=row["pack_version"],
        answers=msgspec.json.decode(row["answers"], type=dict[str, str]),
        roads=msgspec.json.decode(row["offered"], type=tuple[RoadView, ...]),
        chosen=row["chosen"], because=row["because"], matter=row["matter_id"],
        at_agent_point=row["is_by_agent_point"],
    )  # fmt: skip


def _json(told: object) -> str:
    return msgspec.json.encode(told).decode()
