"""The states of a procedure as a graph: who can lead a matter from where to where. Guards are not asked."""

from collections.abc import Collection, Iterable

from msgspec import Struct

from yuzhi.engine.definition import Effect, Procedure, StepDef
from yuzhi.engine.vocabulary import OPENED


class Edge(Struct, frozen=True):
    """One way from a state to another. `by_people` when a post or the requester can take it.

    `by_clock` only when some clock really takes the step.
    """

    step: str
    source: str
    target: str
    does: tuple[Effect, ...]
    by_people: bool
    by_clock: bool
    by_routing: bool


def edges_of(procedure: Procedure) -> tuple[Edge, ...]:
    """Return every way between two different states."""
    taken = {automatic.step for clock in procedure.clocks for automatic in clock.automatic}
    return tuple(
        Edge(
            step=step.name,
            source=source,
            target=step.to,
            does=step.does,
            by_people=is_for_people(step),
            by_clock="clock" in step.duties and step.name in taken,
            by_routing="routing" in step.duties,
        )
        for step in procedure.steps
        if step.to
        for source in step.sources
        if source != step.to
    )


def is_for_people(step: StepDef) -> bool:
    """Say whether a post or the requester can take a step."""
    return bool(set(step.duties) - {"clock", "routing", "lead_matter", "sensor"})


def reached(
    start: Iterable[str], edges: Iterable[Edge], *, without: Collection[str] = ()
) -> dict[str, Edge | None]:
    """Return the states that can be reached, each with the edge that first led there.

    States in `without` are neither entered nor left.
    """
    ways: dict[str, Edge | None] = {state: None for state in start if state not in without}
    waiting = list(ways)
    outward: dict[str, list[Edge]] = {}
    for edge in edges:
        outward.setdefault(edge.source, []).append(edge)
    while waiting:
        for edge in outward.get(waiting.pop(0), ()):
            if edge.target not in ways and edge.target not in without:
                ways[edge.target] = edge
                waiting.append(edge.target)
    return ways


def leading_to(goals: Collection[str], edges: Iterable[Edge]) -> frozenset[str]:
    """Return the states from which one of the goals can be reached."""
    kept = list(edges)
    found = set(goals)
    while more := {edge.source for edge in kept if edge.target in found} - found:
        found |= more
    return frozenset(found)


def way(ways: dict[str, Edge | None], state: str) -> tuple[str, ...]:
    """Return the states on the way to a reached state, the start first."""
    back = [state]
    while (edge := ways[back[-1]]) is not None:
        back.append(edge.source)
    return tuple(reversed(back))


def rounds(states: Iterable[str], edges: Iterable[Edge]) -> tuple[frozenset[str], ...]:
    """Return the largest groups of states that lead round to each other (two states or more)."""
    inside = set(states)
    kept = [edge for edge in edges if edge.source in inside and edge.target in inside]
    forward = {state: set(reached([state], kept)) for state in inside}
    groups = {frozenset(other for other in forward[state] if state in forward[other]) for state in inside}
    return tuple(sorted((group for group in groups if len(group) > 1), key=sorted))


def running_in(procedure: Procedure, starts: Iterable[str], stops: Collection[str]) -> dict[str, Edge | None]:
    """Return the states in which a clock of the matter may be live, with the ways it got there."""
    begun = [procedure.starts if start == OPENED else start for start in starts]
    open_edges = [edge for edge in edges_of(procedure) if edge.source not in procedure.ends]
    return reached(begun, open_edges, without=stops)
