"""What holds for any procedure and any asks: the matter stands where it may, replay equals live."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.imagined import ENDS, STATES, WHO, Turn, asked, openings, procedures, turns
from fakes.people import WATER, resident
from fakes.walk import MATTER, MONDAY, NUMBER, china, words
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._encoding import decode, encode
from yuzhi.engine import decide
from yuzhi.engine import facts as f
from yuzhi.engine.asks import AssignTo, OpenMatter, Routed, TakeStep
from yuzhi.engine.definition import Procedure
from yuzhi.engine.evolve import evolve
from yuzhi.engine.matter import Matter
from yuzhi.engine.options import allowed, options
from yuzhi.engine.story import Story
from yuzhi.store.journal import StoredEntry

WHO_OR_WHERE = {
    "step.wrong_state", "step.not_your_duty", "step.not_your_matter", "step.out_of_scope", "guard.not_met",
    "assignment.wrong_state", "assignment.none_of_yours", "assignment.no_return_asked", "clock.too_late",
    "clock.not_running", "clock.extended_already", "clock.not_extendable",
}  # fmt: skip


def above(unit: str, _duty: str) -> str:
    return {WATER: "town", "town": "district"}.get(unit, "")


class Life:
    """A matter living through turns, with the entries its acts would leave in a journal."""

    def __init__(self, procedure: Procedure, opening: dict[str, Any], routed: Routed | None) -> None:
        self.procedure = procedure
        self.now = MONDAY
        self.entries: list[StoredEntry] = []
        self.facts: list[f.Fact] = []
        given_: dict[str, Any] = {
            "id": MATTER, "number": NUMBER, "kind": "help", "channel": "web", "by": resident(),
            "texts": words("subject"), "territory": "330212001001", "requester": resident().id,
            "routed": routed, **opening,
        }  # fmt: skip
        given_["fields"] = {"d0": "2026-02-27", "d1": "2026-02-27", **given_.get("fields", {})}
        story = decide.opening(procedure, OpenMatter(**given_), self.now, china())
        self.matter = story.after
        self._write(story.facts)

    def live(self, turn: Turn) -> None:
        self.now += turn.wait
        if turn.ticks:
            self.tick()
        else:
            self.ask(asked(turn, self.procedure, self.matter, self.now))

    def tick(self) -> None:
        story = decide.ticking(self.procedure, self.matter, self.now, china(), above)
        self.matter = story.after if story.facts else self.matter
        self._write(story.facts)
        assert not decide.tick(self.procedure, self.matter, self.now, china(), above), (
            "a clock says it all at once"
        )
        assert all(clock.next_at is None or clock.next_at > self.now for clock in self.matter.clocks)

    def ask(self, ask: TakeStep) -> None:
        offered = {one.step: one for one in options(self.procedure, self.matter, ask.by, self.now)}
        may = [one for one in offered.values() if one.is_allowed]
        assert list(allowed(self.procedure, self.matter, ask.by, self.now)) == may
        option = offered.get(ask.step)
        story, code = self._decided(ask)
        if option is not None:
            assert option.is_allowed is not (code in WHO_OR_WHERE), (code, option)
            assert option.is_allowed or option.why_not == code, (code, option)
        if story is not None:
            self.matter = story.after
            self._write(story.facts)

    def _decided(self, ask: TakeStep) -> tuple[Story | None, str]:
        self.facts = []
        try:
            return decide.stepping(self.procedure, self.matter, ask, self.now, china()), ""
        except Refusal as refusal:
            return None, refusal.code

    def _write(self, facts: list[f.Fact]) -> None:
        self.facts = facts
        if facts:
            self.entries.append(encode(MATTER, len(self.entries) + 1, self.now, "step", WHO[0], facts))


def stands_where_it_may(life: Life, matter: Matter) -> None:
    assert matter.state in (*STATES, *ENDS)
    assert (matter.ended_at is not None) == (matter.state in ENDS)
    if matter.state in ENDS:
        assert not matter.live_assignments
        assert not any(clock.is_live for clock in matter.clocks)
    assert [one.no for one in matter.assignments] == list(range(1, len(matter.assignments) + 1))
    assert sum(one.role == "lead" for one in matter.live_assignments) <= 1
    live = [one.unit for one in matter.live_assignments]
    assert len(live) == len(set(live)), "no unit has two parts at once"
    assert matter.seq == len(life.entries)


def clocks_go_forward(matter: Matter, before: Matter, facts: list[f.Fact], now: datetime) -> None:
    for clock in matter.clocks:
        assert clock.started_at < clock.due_at
        assert clock.amber_at <= clock.due_at
        spans = [moment for span in clock.pauses for moment in (span.since, span.until)]
        passed = [clock.started_at, *spans, *(at for at in (clock.paused_at, clock.stopped_at) if at)]
        assert passed == sorted(passed)
        assert passed[-1] <= now
        assert (
            sum(1 for one in matter.clocks if (one.name, one.no) == (clock.name, clock.no) and one.is_live)
            <= 1
        )
        was = before.clock(clock.name, clock.no)
        is_reset = any(isinstance(fact, f.ClockReset) and fact.clock == clock.name for fact in facts)
        if was is not None and was.run == clock.run and not is_reset:
            assert clock.due_at >= was.due_at
            assert len(clock.extended) <= len(was.extended) + 1
    assert matter.updated_at >= before.updated_at


routes = st.sampled_from(
    [None, Routed(rule="r"), Routed(rule="r", passed=("q",), assign=AssignTo(WATER, ("roads",)))]
)


@settings(max_examples=150, deadline=None)
@given(procedures(), openings, routes, st.lists(turns, min_size=3, max_size=16))
def test_a_life(
    procedure: Procedure, opening: dict[str, Any], routed: Routed | None, lived: list[Turn]
) -> None:
    life = Life(procedure, opening, routed)
    stands_where_it_may(life, life.matter)
    for turn in lived:
        before = life.matter
        life.live(turn)
        stands_where_it_may(life, life.matter)
        clocks_go_forward(life.matter, before, life.facts, life.now)
    replays(life)
    for entry in life.entries:
        is_canonical(entry)


def replays(life: Life) -> None:
    again: Matter | None = None
    for stored in life.entries:
        entry = decode(stored)
        again = evolve(again, entry.facts, id=entry.matter, at=entry.at)
    assert again == life.matter


def is_canonical(stored: StoredEntry) -> None:
    entry = decode(stored)
    told = encode(entry.matter, entry.seq, entry.at, entry.step, WHO[0], entry.facts)
    assert told == stored
    said = json.loads(stored.body)
    plain = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    assert plain.encode() == stored.body
    assert said["matter"] == str(UUID(int=1))
