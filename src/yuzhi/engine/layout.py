"""Places the states of a procedure in columns, from its start on the left to its ends on the right.

A simple layered layout: states follow each other in the order the procedure lists them, each right of
those that lead to it; ends share the last column; within a column states are ordered by where their
neighbours stand, which keeps lines from crossing.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from yuzhi.engine.definition import Procedure
from yuzhi.engine.graph import Edge, edges_of

SWEEPS = 6


class Box(Struct, frozen=True):
    """A rectangle by its middle and size, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        """Say whether two rectangles overlap."""
        apart_x = abs(self.x - other.x) * 2 >= self.width + other.width
        apart_y = abs(self.y - other.y) * 2 >= self.height + other.height
        return not (apart_x or apart_y)


def columns_of(procedure: Procedure) -> tuple[tuple[str, ...], ...]:
    """Return the states column by column, each column from top to bottom."""
    edges = edges_of(procedure)
    column: dict[str, int] = {}
    for state in sorted(procedure.states, key=lambda one: one != procedure.starts):
        before = [edge.source for edge in edges if edge.target == state and edge.source in column]
        column[state] = 1 + max((column[source] for source in before), default=-1)
    last = max(column.values(), default=0) + 1
    column |= dict.fromkeys(procedure.ends, last)
    columns = [[state for state in procedure.all_states if column[state] == at] for at in range(last + 1)]
    for sweep in range(SWEEPS):
        order = range(1, len(columns)) if sweep % 2 == 0 else range(len(columns) - 2, -1, -1)
        for at in order:
            heights = {state: _height(columns, state, edges) for state in columns[at]}
            columns[at].sort(key=lambda state, heights=heights: heights[state])  # type: ignore[misc]
    return tuple(tuple(states) for states in columns if states)


def _height(columns: Sequence[Sequence[str]], state: str, edges: Sequence[Edge]) -> float:
    """Return the mean height (0 top, 1 bottom) of the states a state is tied to."""
    stands: Mapping[str, float] = {
        one: (row + 1) / (len(states) + 1) for states in columns for row, one in enumerate(states)
    }
    near = [stands[edge.target] for edge in edges if edge.source == state]
    near += [stands[edge.source] for edge in edges if edge.target == state]
    return sum(near) / len(near) if near else stands[state]
