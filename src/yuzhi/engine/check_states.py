"""Asks of the states of a procedure: is each reached, can each be left, does each end say how it ended."""

from collections.abc import Iterator

from yuzhi.engine.definition import Procedure
from yuzhi.engine.fault import Fault
from yuzhi.engine.graph import Edge, edges_of, leading_to, reached, rounds


def check_states(procedure: Procedure) -> Iterator[Fault]:
    """Yield the faults in how states hang together."""
    name = procedure.name
    if procedure.starts not in procedure.states:
        yield Fault((name, "starts"), "start.bad", f'a matter cannot begin in "{procedure.starts}"')
        return
    edges = edges_of(procedure)
    open_edges = tuple(edge for edge in edges if edge.source not in procedure.ends)
    ways = reached([procedure.starts], edges)
    for state in procedure.all_states:
        if state not in ways:
            message = f'state "{state}" is never reached from "{procedure.starts}"'
            yield Fault((name, "state", state), "state.unreachable", message)
    under_way = [state for state in procedure.states if state in ways]
    stuck: set[str] = set()
    for group in rounds(under_way, open_edges):
        leaving = [edge for edge in open_edges if edge.source in group and edge.target not in group]
        if not any(edge.by_people for edge in leaving):
            stuck |= group
            yield _round(name, group, "cycle.no_way_out", "no step of a person leads out")
    yield from _automatic_rounds(name, under_way, open_edges)
    onward = leading_to(procedure.ends, [edge for edge in open_edges if edge.by_people or edge.by_clock])
    for state in under_way:
        if state not in onward and state not in stuck:
            message = f'from state "{state}" no person and no clock can bring a matter to an end'
            yield Fault((name, "state", state), "state.dead_end", message)
    yield from _ends(procedure, edges)


def _automatic_rounds(name: str, under_way: list[str], edges: tuple[Edge, ...]) -> Iterator[Fault]:
    alone = [edge for edge in edges if edge.by_clock and not edge.by_people]
    for group in rounds(under_way, alone):
        yield _round(name, group, "cycle.automatic", "clocks alone drive a matter round and round")


def _round(name: str, group: frozenset[str], code: str, trouble: str) -> Fault:
    first = min(group)
    return Fault(
        (name, "state", first), code, f"states {', '.join(sorted(group))} lead in a circle: {trouble}"
    )


def _ends(procedure: Procedure, edges: tuple[Edge, ...]) -> Iterator[Fault]:
    """Yield the ends that are left but to be reopened, and those reached without an outcome."""
    for edge in edges:
        if edge.source in procedure.ends and not {"reopen", "unlink"} & set(edge.does):
            message = f'step "{edge.step}" leaves the end "{edge.source}" but does not reopen'
            yield Fault((procedure.name, "step", edge.step), "end.left", message)
    unresolved = {procedure.starts}
    waiting = [procedure.starts]
    told: set[tuple[str, str]] = set()
    while waiting:
        state = waiting.pop()
        for edge in (edge for edge in edges if edge.source == state):
            if "resolve" in edge.does:
                continue
            if edge.target in procedure.ends and (edge.step, edge.target) not in told:
                told.add((edge.step, edge.target))
                message = (
                    f'step "{edge.step}" may bring a matter to the end "{edge.target}" without an outcome'
                )
                yield Fault((procedure.name, "step", edge.step), "end.without_outcome", message)
            if edge.target not in unresolved:
                unresolved.add(edge.target)
                waiting.append(edge.target)
