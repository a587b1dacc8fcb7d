"""Reading one matter: as it stands, what may be done with it, and its history with the words filled in."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from msgspec.structs import replace

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters._encoding import Entry, decode
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._standing import acting, entries_seen, replay, seen
from yuzhi.capabilities.matters._thread import thread
from yuzhi.capabilities.matters._views import EntryView, MatterView, matter_view
from yuzhi.engine.asks import TextRef
from yuzhi.engine.matter import Matter
from yuzhi.engine.options import Option, options
from yuzhi.store.journal import StoredEntry

log = structlog.get_logger()


async def view(
    office: Office, matter: UUID | Matter, by: Actor, *, lets_parties_in: bool = False
) -> MatterView:
    """Return a matter as it is shown; raise Refusal `matter.not_found` if `by` may not see it.

    Of a matter whose words are kept from `by` neither words nor evidence are shown; nor are they to a party
    who did not ask for it: what one side said is not for the other.
    """
    found = (
        matter
        if isinstance(matter, Matter)
        else await seen(office, matter, by, lets_parties_in=lets_parties_in)
    )
    if acting(found, by).hand == "party" or await office.withheld(found.id, by):
        return replace(matter_view(found, {}, await thread(office, found, by)), evidence=())
    texts = await office.unit.texts([ref.id for ref in found.texts.values()])
    return matter_view(found, texts, await thread(office, found, by))


async def views(office: Office, ids: Sequence[UUID]) -> dict[UUID, MatterView]:
    """Return some matters as they are shown, whoever looks: for letters, which are told apart by whom they
    are for. Those that are not there, or cannot be read, are left out.
    """
    stored = (await office.journal.entries(list(ids))).values() if ids else ()
    found = [matter for entries in stored if (matter := _readable(entries)) is not None]
    texts = await office.unit.texts([ref.id for one in found for ref in one.texts.values()])
    return {one.id: matter_view(one, texts) for one in found}


def _readable(entries: Sequence[StoredEntry]) -> Matter | None:
    try:
        return replay(entries)
    except Exception:  # whatever is wrong with one matter must not hold up the others
        log.exception("a matter cannot be read", matter=str(entries[0].matter))
        return None


async def options_of(office: Office, matter: UUID, by: Actor, now: datetime) -> tuple[Option, ...]:
    """Return what `by` may do with a matter now, and why not the rest."""
    found = await seen(office, matter, by, lets_parties_in=True)
    return options(office.shelf.procedure(found.procedure, found.version), found, acting(found, by), now)


async def history(office: Office, matter: UUID, by: Actor) -> tuple[EntryView, ...]:
    """Return the journal of a matter, oldest first, with the words its facts refer to."""
    stored = await entries_seen(office, matter, by)
    entries = [decode(entry) for entry in stored]
    is_withheld = await office.withheld(matter, by)
    refs = [] if is_withheld else [ref.id for entry in entries for ref in _refs(entry)]
    texts = await office.unit.texts(refs)
    return tuple(
        EntryView(
            seq=entry.seq,
            at=entry.at,
            step=entry.step,
            by={"hand": entry.by.hand, "id": entry.by.id, "unit": entry.by.unit},
            facts=tuple(_shown(msgspec.to_builtins(fact), texts) for fact in entry.facts),
            leaf=one.leaf.hex(),
        )
        for entry, one in zip(entries, stored, strict=True)
    )


def _refs(entry: Entry) -> Iterator[TextRef]:
    for fact in entry.facts:
        yield from getattr(fact, "texts", {}).values()


def _shown(fact: dict[str, object], texts: Mapping[UUID, str | None]) -> dict[str, object]:
    refs = fact.get("texts")
    if isinstance(refs, dict):
        fact["texts"] = {name: texts.get(UUID(ref["id"])) for name, ref in refs.items()}
    return fact
