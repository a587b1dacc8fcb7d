"""What a story writes: its journal entry, and the rows of every table that follow from it."""

from collections.abc import Sequence
from uuid import UUID

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid7
from yuzhi.capabilities.matters._encoding import encode
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._projection import changed_rows
from yuzhi.capabilities.matters._tables import DELIVERY, TEXT
from yuzhi.engine.definition import Procedure
from yuzhi.engine.facts import Fact, LetterDue
from yuzhi.engine.matter import Matter
from yuzhi.engine.story import Story
from yuzhi.store.unit import Change, Row


def changed(
    office: Office, before: Matter, story: Story, step: str, by: Actor, texts: list[Row]
) -> tuple[Change, Matter]:
    """Return what a story writes, with the words of its ask, and where the matter then stands."""
    after = story.after
    rows = consequences(office, story.procedure, before, after, story.facts, texts)
    entry = encode(after.id, after.seq, story.now, step, by, story.facts)
    return Change(entry=entry, rows=rows), after


def consequences(
    office: Office, procedure: Procedure, before: Matter | None, matter: Matter, facts: Sequence[Fact],
    texts: list[Row],
) -> dict[str, list[Row]]:  # fmt: skip
    """Return the rows that follow from the facts of one entry, with the words of its ask."""
    rows = changed_rows(procedure, before, matter)
    rows[TEXT.name] = texts
    now = matter.updated_at
    rows[DELIVERY.name] = [
        (
            uuid7(now, office.chance(10)), matter.id, matter.seq, fact.letter, fact.to, fact.unit,
            UUID(matter.requester) if fact.to == "requester" else None, "queued", now, now,
        )
        for fact in facts
        if isinstance(fact, LetterDue)
    ]  # fmt: skip
    return rows
