"""Who was merged is answered with the lead matter: found in what changed, told by a step of their own.

Nothing is remembered but how far the journal has been read. Whether an answer was passed on stands in the
journal of the merged matter itself, so that it happens once, however often it is looked at and by whom.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import LEAD_MATTER
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._changes import NOWHERE, changes_since
from yuzhi.capabilities.matters._encoding import decode
from yuzhi.capabilities.matters._handlers import TRIES
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._readers import advance, reached
from yuzhi.capabilities.matters._standing import chain_above, standing
from yuzhi.capabilities.matters._words import Words
from yuzhi.capabilities.matters._writing import changed
from yuzhi.engine import decide
from yuzhi.engine.asks import LeadAnswer, TakeStep
from yuzhi.engine.definition import Procedure, StepDef
from yuzhi.engine.facts import StepTaken
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.pool import acquired

READER = "followers"

Scrub = Callable[[str], str]
"""Strikes out what is personal in words that somebody else was written."""


class PassedOn(Struct, frozen=True):
    """What one round did: changes read, matters told, and those that could not be, with the code why."""

    read: int
    told: int
    stuck: dict[UUID, str]


async def pass_answers_on(
    office: Office, pool: asyncpg.Pool, now: datetime, scrub: Scrub, *, most: int = 500
) -> PassedOn:
    """Read what changed since the last round and let every merged matter follow its lead matter.

    Any number of workers may do this at once. A round that breaks off is done again from its beginning.
    """
    point = await reached(pool, READER)
    changes = await changes_since(pool, point or NOWHERE, most)
    if not changes:
        return PassedOn(read=0, told=0, stuck={})
    told, stuck = 0, {}
    for follower in await _followers(pool, list({change.matter for change in changes})):
        try:
            told += await follow(office, follower, now, scrub)
        except Refusal as refusal:
            if refusal.code.startswith("store."):
                raise
            stuck[follower] = refusal.code
    await advance(pool, READER, point, changes[-1].point)
    return PassedOn(read=len(changes), told=told, stuck=stuck)


async def follow(office: Office, follower: UUID, now: datetime, scrub: Scrub) -> bool:
    """Let one merged matter follow its lead matter, if something became of that; say whether it did."""
    for _ in range(TRIES):
        matter = await standing(office, follower)
        procedure = office.shelf.procedure(matter.procedure, matter.version)
        found = await _due(office, procedure, matter)
        if found is None:
            return False
        step, answer = found
        words = Words(matter.id, office.chance)
        if "follow" in step.does:
            words.keep("reply", scrub(await _said(office, answer)))
        ask = TakeStep(step=step.name, by=LEAD_MATTER, texts=words.refs, passes_on=answer)
        story = decide.stepping(procedure, matter, ask, max(now, matter.updated_at), office.calendar)
        change, _after = changed(office, matter, story, step.name, LEAD_MATTER, words.rows)
        try:
            await office.gathering.save(change)
        except Refusal as refusal:
            if refusal.code != "matter.stale":
                raise
        else:
            return True
    raise Refusal("store.busy", retry_after=1)


async def _due(office: Office, procedure: Procedure, matter: Matter) -> tuple[StepDef, LeadAnswer] | None:
    """Return the step a merged matter must take now and the answer it passes on, None if there is none."""
    if matter.lead_matter is None:
        return None
    above = await chain_above(office, matter.lead_matter)
    lead = above[0]
    if any(one.id == matter.id for one in above):
        return _out_of_circle(procedure, matter, above)
    before = matter.followed
    if not lead.answered or (before and (before.lead, before.entry) == (lead.id, lead.answered)):
        return None
    answer = LeadAnswer(
        matter=lead.id, entry=lead.answered, outcome=lead.followed.outcome if lead.followed else lead.outcome
    )
    may = [one for one in procedure.steps_from(matter.state) if "lead_matter" in one.duties]
    named = [one for one in may if answer.outcome in one.outcomes]
    return next(((one, answer) for one in (*named, *(one for one in may if not one.outcomes))), None)


def _out_of_circle(
    procedure: Procedure, matter: Matter, circle: Sequence[Matter]
) -> tuple[StepDef, LeadAnswer] | None:
    """Return the step that frees the newest of matters merged into each other at the same moment."""
    if matter.id != max(one.id for one in circle):
        return None
    nothing = LeadAnswer(matter=matter.id, entry=0, outcome="")
    freeing = (
        one
        for one in procedure.steps_from(matter.state)
        if "lead_matter" in one.duties and "unlink" in one.does
    )
    return next(((one, nothing) for one in freeing), None)


async def _said(office: Office, answer: LeadAnswer) -> str:
    """Return the words with which the lead matter was answered, empty if there are none."""
    entries = (await office.journal.entries([answer.matter]))[answer.matter]
    steps = [fact for fact in decode(entries[answer.entry - 1]).facts if isinstance(fact, StepTaken)]
    texts = {
        name: ref
        for step in steps
        for name, ref in step.texts.items()
        if name != "reason" and not name.startswith("form.")
    }
    ref = texts.get("reply") or next(iter(texts.values()), None)
    return "" if ref is None else (await office.unit.texts([ref.id])).get(ref.id) or ""


async def _followers(pool: asyncpg.Pool, changed_matters: list[UUID]) -> list[UUID]:
    """Return the merged matters among some, and those merged into one of them, the oldest first."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select distinct matter_id from link where kind = 'duplicate_of' and is_live"
            " and (target = any($1) or matter_id = any($1)) order by matter_id",
            changed_matters,
        )
    return [row["matter_id"] for row in rows]
