"""From where a matter stands, the rows of the read tables. Pure: the same matter gives the same rows."""

from collections.abc import Sequence
from uuid import UUID

from yuzhi.capabilities.matters._tables import ASSIGNMENT, CLOCK, LINK, MATTER
from yuzhi.engine.definition import Procedure
from yuzhi.engine.matter import Clock, Matter
from yuzhi.store.unit import Row

Rows = dict[str, list[Row]]


def rows(procedure: Procedure, matter: Matter) -> Rows:
    """Return every row a matter has in the read tables."""
    return changed_rows(procedure, None, matter)


def changed_rows(procedure: Procedure, before: Matter | None, matter: Matter) -> Rows:
    """Return the rows that are new or different since `before`."""
    found: Rows = {MATTER.name: [_matter_row(procedure, matter)]}
    leading = _leading(procedure, matter)
    due_at = leading.due_at if leading is not None and leading.is_live else None
    moved = before is None or _due_of(procedure, before) != due_at
    old_assignments = () if before is None or moved else before.assignments
    found[ASSIGNMENT.name] = [
        (
            matter.id, one.no, one.unit, one.role, one.state, one.given_at, one.by_unit, one.signed_at,
            one.ended_at, one.returns_refused, one.is_live, matter.opened_at, due_at,
        )
        for place, one in enumerate(matter.assignments)
        if _is_new(old_assignments, place, one)
    ]  # fmt: skip
    found[CLOCK.name] = [
        (
            matter.id, one.name, one.no, one.run, one.state, one.limit, one.started_at, one.due_at,
            one.amber_at, one.next_at, one.paused_at, one.stopped_at, one.breached_at,
        )
        for place, one in enumerate(matter.clocks)
        if before is None or _is_new(before.clocks, place, one)
    ]  # fmt: skip
    found[LINK.name] = [
        (matter.id, no, link.kind, link.target, link.is_live)
        for no, link in enumerate(matter.links, start=1)
        if before is None or _is_new(before.links, no - 1, link)
    ]
    return found


def _is_new(old: Sequence[object], place: int, one: object) -> bool:
    return place >= len(old) or old[place] is not one


def _leading(procedure: Procedure, matter: Matter) -> Clock | None:
    return matter.clock(procedure.leading_clock) if procedure.leading_clock else None


def _due_of(procedure: Procedure, matter: Matter) -> object:
    leading = _leading(procedure, matter)
    return leading.due_at if leading is not None and leading.is_live else None


def _matter_row(procedure: Procedure, matter: Matter) -> Row:
    leading = _leading(procedure, matter)
    is_live = leading is not None and leading.is_live
    lead = matter.lead
    subject = matter.texts.get("subject")
    return (
        matter.id, matter.number, matter.pack, matter.version, matter.procedure, matter.state, matter.since,
        matter.kind, matter.channel, matter.urgency, matter.category, matter.territory,
        matter.place.lon_e6 if matter.place else None, matter.place.lat_e6 if matter.place else None,
        UUID(matter.requester) if matter.requester else None, subject.id if subject else None,
        matter.opened_at, matter.updated_at, matter.seq, lead.unit if lead else "", matter.route,
        matter.outcome, matter.resolved_at, matter.reopen_until, matter.ended_at, matter.satisfaction,
        matter.is_solved, matter.reopened, matter.urged, matter.supervised, matter.escalated,
        leading.due_at if leading and is_live else None, leading.amber_at if leading and is_live else None,
        leading.paused_at if leading and is_live else None,
        any(one.breached_at is not None for one in matter.clocks if one.name == procedure.leading_clock),
        leading.was_met if leading else None,
    )  # fmt: skip
