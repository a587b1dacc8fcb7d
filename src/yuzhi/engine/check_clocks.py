"""Asks of each clock: does it always stop, may it pause only for reasons, is its law really law."""

from collections.abc import Iterator

from yuzhi.engine.conditions import covers
from yuzhi.engine.definition import ClockDef, LegalBasis, Procedure
from yuzhi.engine.fault import Fault
from yuzhi.engine.graph import is_for_people, running_in, way
from yuzhi.engine.vocabulary import LEFT_STATES


def check_clocks(procedure: Procedure, basis: tuple[LegalBasis, ...]) -> Iterator[Fault]:
    """Yield the faults of clocks.

    The engine stops every clock when a matter ends. A pack must say so all the same: on every way from
    its start to an end a clock must meet one of its own stops, of which `ends` may be one.
    """
    for clock in procedure.clocks:
        found = [*_limits(clock), *_basis(clock, basis), *_pauses(procedure, clock)]
        found += (
            [*_assignment(procedure, clock)] if clock.each == "assignment" else [*_matter(procedure, clock)]
        )
        if clock.extension and not any(
            "extend" in step.does and step.clock == clock.name for step in procedure.steps
        ):
            found.append(("extension.no_step", "may be extended, but no step extends it"))
        if (
            clock.extension
            and clock.limits
            and clock.extension.up_to.unit not in {rule.limit.unit for rule in clock.limits}
        ):
            found.append(("extension.unit", "is extended in a unit that none of its limits is counted in"))
        for code, message in found:
            yield Fault((procedure.name, "clock", clock.name), code, f'clock "{clock.name}" {message}')
    leading = procedure.clock(procedure.leading_clock)
    if leading is not None and leading.each == "assignment":
        message = f'leading_clock "{leading.name}" must be a clock of the matter, not of each assignment'
        yield Fault((procedure.name, "leading_clock"), "clock.not_leading", message)


def _limits(clock: ClockDef) -> Iterator[tuple[str, str]]:
    if not (clock.starts and clock.stops and (clock.limits or clock.continues)):
        yield "clock.empty", "must say from, until and limit"
    for index, rule in enumerate(clock.limits):
        if any(covers(earlier.when, rule.when) for earlier in clock.limits[:index]):
            yield (
                "limit.never_reached",
                f"never comes to its row {index + 1} ({rule.limit}): a row before it takes all",
            )


def _basis(clock: ClockDef, basis: tuple[LegalBasis, ...]) -> Iterator[tuple[str, str]]:
    if not clock.basis:
        yield "clock.no_basis", "names no basis: the article, or the local rule it rests on"
    stands_on = [one for one in basis if clock.basis.startswith(one.title)]
    if clock.is_law and not any(one.status == "verified" for one in stands_on):
        yield "law.not_verified", "is called law, but its basis is not verified; leave `law` out"


def _matter(procedure: Procedure, clock: ClockDef) -> Iterator[tuple[str, str]]:
    if both := sorted(set(clock.starts) & set(clock.stops)):
        yield "clock.starts_where_it_stops", f"starts and stops on entering {', '.join(both)}"
    live = running_in(procedure, clock.starts, clock.stops)
    for end in procedure.ends:
        if end in live:
            path = " → ".join(way(live, end))
            yield "clock.never_stops", f"meets none of its stops on the way {path}"
    for automatic in clock.automatic:
        step = procedure.step(automatic.step)
        if step is not None and not set(step.sources) & set(live):
            yield (
                "automatic.never",
                f'can never take "{automatic.step}": it does not run where that step starts',
            )


def _assignment(procedure: Procedure, clock: ClockDef) -> Iterator[tuple[str, str]]:
    if missing := [state for state in LEFT_STATES if state not in clock.stops]:
        yield "clock.never_stops", f"does not stop when an assignment is {', '.join(missing)}"
    if not any({"assign", "take"} & set(step.does) for step in procedure.steps):
        yield "clock.never_starts", "runs for each assignment, but no step assigns"
    if not set(clock.starts) - set(clock.stops):
        yield "clock.starts_where_it_stops", f"starts and stops on {', '.join(clock.starts)}"


def _pauses(procedure: Procedure, clock: ClockDef) -> Iterator[tuple[str, str]]:
    live = running_in(procedure, clock.starts, clock.stops) if clock.each == "matter" else {}
    for pause in clock.pauses:
        if clock.each == "matter" and (pause.state in clock.stops or pause.state not in live):
            yield "pause.never", f'never runs in state "{pause.state}", so it cannot pause there'
        for step in procedure.steps:
            if step.to != pause.state:
                continue
            if not is_for_people(step):
                yield "pause.by_clock", f'is paused by step "{step.name}", which nobody gives a reason for'
            elif not step.reasons or not set(step.reasons) <= set(pause.reasons):
                declared = ", ".join(pause.reasons)
                yield (
                    "pause.reasons",
                    f'is paused by step "{step.name}", whose `reasons` must be among: {declared}',
                )
