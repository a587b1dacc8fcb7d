"""Asks whether a pack that can be read also makes sense, and names each fault with its file and line.

A sound procedure leaves nobody stuck: every state can be reached and left by a person, the requester
or a clock; every clock stops; every end has an outcome; every name has a word in each language.
"""

from collections.abc import Iterator

from yuzhi.engine.check_agreements import check_agreements
from yuzhi.engine.check_clocks import check_clocks
from yuzhi.engine.check_fields import check_fields
from yuzhi.engine.check_hand_over import check_hand_over
from yuzhi.engine.check_routing import check_routing
from yuzhi.engine.check_sensors import check_sensors
from yuzhi.engine.check_states import check_states
from yuzhi.engine.check_steps import check_steps
from yuzhi.engine.check_words import check_words
from yuzhi.engine.definition import Pack
from yuzhi.engine.fault import Fault
from yuzhi.engine.problems import Problem
from yuzhi.engine.where import Where


def check_pack(pack: Pack, where: Where | None = None) -> tuple[Problem, ...]:
    """Return what is unsound in a pack, by file and line; `where` is what `read_pack` gave with it."""
    places = Where() if where is None else where
    found = {_told(fault, places) for fault in _faults(pack)}
    return tuple(sorted(found))


def _faults(pack: Pack) -> Iterator[Fault]:
    for procedure in pack.procedures:
        yield from check_states(procedure)
        yield from check_steps(procedure)
        yield from check_clocks(procedure, pack.basis)
        yield from check_hand_over(procedure)
        yield from check_agreements(pack, procedure)
        yield from check_fields(pack, procedure)
    yield from check_routing(pack)
    yield from check_sensors(pack)
    yield from check_words(pack)


def _told(fault: Fault, where: Where) -> Problem:
    file, line = where.find(*fault.at)
    return Problem(file, line, fault.code, fault.message, fault.nearest)
