"""Procedures and packs in a few words, for tests that need just one thing of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from yuzhi.engine.definition import (
    Category,
    ClockDef,
    LimitRule,
    Opening,
    Pack,
    Procedure,
    RoutingRule,
    StepDef,
    UnitAt,
    When,
)
from yuzhi.engine.limits import parse_limit

DUTIES = ("desk", "dispatcher", "handler", "approver", "supervisor")


CATEGORIES = (
    Category(code="water", unit_kind="water", words=("漏水", "水管")),
    Category(code="water/tap", words=("水龙头",)),
    Category(code="roads", unit_kind="roads", words=("路面", "坑"), words_against=("水坑",)),
)


def _words(said: str | Sequence[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def a_step(name: str, sources: str | Sequence[str], to: str = "", **said: Any) -> StepDef:
    """Return a step that handlers may take anywhere, unless told otherwise."""
    given: dict[str, Any] = {"duties": ("handler",), "scope": "any", **said}
    return StepDef(name=name, sources=_words(sources), to=to, **given)


def a_clock(
    name: str, starts: str | Sequence[str], stops: str | Sequence[str], limit: str, **said: Any
) -> ClockDef:
    """Return a clock with one limit, or with rows before it given as `rows`."""
    rows: Iterable[tuple[When, str]] = said.pop("rows", ())
    limits = [LimitRule(limit=parse_limit(row), when=when) for when, row in rows]
    return ClockDef(
        name=name,
        starts=_words(starts),
        stops=_words(stops),
        limits=(*limits, LimitRule(limit=parse_limit(limit))),
        **said,
    )


def a_procedure(*steps: StepDef, clocks: Sequence[ClockDef] = (), **said: Any) -> Procedure:
    """Return a procedure from `received` to `closed` with the states its steps name."""
    ends: tuple[str, ...] = said.pop("ends", ("closed",))
    named = ["received", *(state for one in steps for state in (*one.sources, one.to) if state)]
    given: dict[str, Any] = {
        "name": "request",
        "pack": "town",
        "version": "1",
        "starts": "received",
        "outcomes": ("solved", "explained"),
        "opening": an_opening(),
        **said,
    }
    return Procedure(
        states=tuple(state for state in dict.fromkeys(named) if state not in ends),
        ends=ends,
        steps=steps,
        clocks=tuple(clocks),
        **given,
    )


def an_opening(**said: Any) -> Opening:
    """Return an opening that the requester and desks may use."""
    given: dict[str, Any] = {
        "duties": ("requester", "desk"),
        "kinds": ("help", "complaint"),
        "channels": ("web", "hotline"),
        "urgencies": ("normal", "urgent"),
        **said,
    }
    return Opening(**given)


def a_pack(*procedures: Procedure, **said: Any) -> Pack:
    """Return a pack called `town` that sends everything to the water office, unless told otherwise."""
    given: dict[str, Any] = {
        "name": "town",
        "version": "1",
        "in_force_from": "2026-01-01",
        "duties": DUTIES,
        "basis": (),
        "categories": CATEGORIES,
        "routing": (RoutingRule(name="all", lead=UnitAt(kind="by_category")),),
        **said,
    }
    return Pack(procedures=procedures, **given)
