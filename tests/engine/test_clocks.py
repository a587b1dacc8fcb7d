"""The ledger of a limit: when it starts, stands still, goes on, is lengthened, is set anew and stops."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from fakes.people import DESK, ROADS, WATER, post, resident
from fakes.procedures import a_clock, a_procedure, a_step
from fakes.request import REQUEST
from fakes.walk import MONDAY, SHANGHAI, Walk
from yuzhi.base.refusal import Refusal
from yuzhi.engine import facts as f
from yuzhi.engine.definition import ClockDef, Extension, Pause, When
from yuzhi.engine.limits import parse_limit

WAITING = (Pause("waiting", ("missing",)),)
STEPS = (
    a_step("wait", "received", "waiting", reasons=("missing",)),
    a_step("go-on", "waiting", "received"),
    a_step("close", ["received", "waiting"], "closed"),
    a_step("extend", ["received", "waiting"], does=("extend",), clock="all"),
    a_step("classify", ["received", "waiting"], does=("classify",)),
    a_step("again", "closed", "received"),
)


def having(*clocks: ClockDef) -> Walk:
    return Walk(a_procedure(*STEPS, clocks=clocks))


def all_(limit: str, **said: Any) -> ClockDef:
    return a_clock("all", said.pop("starts", "opened"), "closed", limit, **said)


def on(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant of March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


class TestStarting:
    def test_a_clock_knows_its_limit_its_deadline_and_when_it_turns_amber(self) -> None:
        clock = having(all_("4 hours", amber=50)).clock("all")
        assert (clock.state, clock.limit, clock.run) == ("running", "4 hours", 1)
        assert (clock.started_at, clock.due_at, clock.amber_at) == (MONDAY, on(2, 13), on(2, 11))

    def test_workdays_end_with_the_day(self) -> None:
        assert having(all_("5 workdays")).clock("all").due_at == on(10)

    def test_instants_are_told_in_utc(self) -> None:
        clock = having(all_("5 workdays")).clock("all")
        assert {clock.due_at.utcoffset(), clock.amber_at.utcoffset()} == {timedelta()}

    def test_the_first_row_that_holds_gives_the_limit(self) -> None:
        rows = (
            (When(urgency=("urgent",)), "1 hour"),
            (When(kind=("help",), category=("water",)), "2 hours"),
            (When(channel=("hotline",)), "3 hours"),
            (When(territory=("330203", "330204")), "4 hours"),
        )
        procedure = a_procedure(*STEPS, clocks=(all_("5 hours", rows=rows),))

        def limit(**opening: Any) -> str:
            return Walk(procedure, **opening).clock("all").limit

        assert limit(urgency="urgent", channel="hotline") == "1 hour"
        assert limit(category="water/tap") == "2 hours"
        assert limit(category="water") == "2 hours"
        assert limit(category="waterfall", channel="hotline") == "3 hours"
        assert limit(kind="complaint", category="water", territory="330204001") == "4 hours"
        assert limit() == "5 hours"

    def test_a_table_without_a_row_for_the_matter_starts_nothing(self) -> None:
        urgent = all_("1 hour")
        only = ClockDef(
            name="all", starts=urgent.starts, stops=urgent.stops,
            limits=(type(urgent.limits[0])(limit=parse_limit("1 hour"), when=When(urgency=("urgent",))),),
        )  # fmt: skip
        assert having(only).matter.clocks == ()

    def test_entering_a_state_starts_it_and_it_is_not_started_twice(self) -> None:
        walk = having(all_("4 hours", starts=("opened", "received")))
        assert len(walk.matter.clocks) == 1
        walk.later(hours=1).take("wait", reason="missing").take("go-on")
        assert [clock.started_at for clock in walk.matter.clocks] == [MONDAY]


class TestPausing:
    def test_a_pause_moves_the_deadline_by_the_time_it_took(self) -> None:
        walk = having(all_("4 hours", pauses=WAITING)).later(hours=1).take("wait", reason="missing")
        paused = walk.clock("all")
        assert (paused.state, paused.paused_at, paused.pause_reason) == ("paused", walk.now, "missing")
        assert paused.next_at is None
        walk.later(minutes=50).take("go-on")
        clock = walk.clock("all")
        assert (clock.state, clock.paused_at, clock.pause_reason) == ("running", None, "")
        assert clock.due_at == on(2, 13, 50)
        assert clock.amber_at == on(2, 12, 50)
        assert [(span.since, span.until) for span in clock.pauses] == [(on(2, 10), on(2, 10, 50))]

    def test_days_are_given_back_as_days(self) -> None:
        walk = having(all_("5 workdays", pauses=WAITING)).later(hours=1).take("wait", reason="missing")
        walk.later(hours=3).take("go-on")
        assert walk.clock("all").due_at == on(10)
        walk.take("wait", reason="missing").later(days=2).take("go-on")
        assert walk.clock("all").due_at == on(12)

    def test_several_pauses_add_up(self) -> None:
        walk = having(all_("4 hours", pauses=WAITING))
        for _ in range(3):
            walk.later(minutes=30).take("wait", reason="missing").later(minutes=10).take("go-on")
        assert walk.clock("all").due_at == on(2, 13, 30)
        assert len(walk.clock("all").pauses) == 3

    def test_a_pause_does_not_mend_a_limit_that_is_broken(self) -> None:
        walk = having(all_("4 hours", pauses=WAITING)).later(hours=4).take("wait", reason="missing")
        walk.later(hours=1).take("go-on")
        assert walk.clock("all").due_at == on(2, 13)
        assert walk.tick().clock("all").breached_at == walk.now

    def test_a_clock_without_that_pause_goes_on(self) -> None:
        walk = having(all_("4 hours")).take("wait", reason="missing")
        assert walk.clock("all").state == "running"

    def test_a_paused_clock_stops_without_running_again(self) -> None:
        walk = having(all_("4 hours", pauses=WAITING)).take("wait", reason="missing")
        walk.later(days=9).take("close")
        assert (walk.clock("all").state, walk.clock("all").was_met) == ("stopped", True)
        assert walk.happened(f.ClockResumed) == []

    def test_the_limit_of_an_assignment_pauses_with_the_matter(self) -> None:
        work = a_clock(
            "work",
            "given",
            ["answered", "returned", "recalled"],
            "4 hours",
            each="assignment",
            pauses=WAITING,
        )
        give = a_step("give", "received", does=("assign",))
        walk = Walk(a_procedure(*STEPS, give, clocks=(work,))).take("give", lead=WATER)
        walk.later(hours=1).take("wait", reason="missing").later(hours=5).take("go-on")
        assert walk.clock("work", 1).due_at == on(2, 18)


class TestExtending:
    EXTENSION = Extension(up_to=parse_limit("5 workdays"), times=2)

    def test_an_extension_runs_on_from_the_last_day(self) -> None:
        walk = having(all_("5 workdays", extension=self.EXTENSION)).later(days=1)
        walk.take("extend", amount="3 workdays")
        clock = walk.clock("all")
        assert (clock.limit, clock.due_at, clock.extended) == ("8 workdays", on(13), ("3 workdays",))
        assert walk.happened(f.ClockExtended)[0].amount == "3 workdays"
        assert walk.take("extend", amount="1 workday").clock("all").limit == "9 workdays"

    def test_a_clock_seen_amber_is_amber_again_later(self) -> None:
        walk = having(all_("5 workdays", extension=self.EXTENSION))
        walk.now = walk.clock("all").amber_at
        assert walk.tick().clock("all").amber_seen
        walk.take("extend", amount="5 workdays")
        assert not walk.clock("all").amber_seen
        assert walk.clock("all").amber_at > walk.now

    def test_a_paused_clock_is_extended_and_stays_paused(self) -> None:
        walk = having(all_("5 workdays", extension=self.EXTENSION, pauses=WAITING))
        walk.take("wait", reason="missing").later(days=2).take("extend", amount="1 workday")
        assert (walk.clock("all").state, walk.clock("all").limit) == ("paused", "6 workdays")
        walk.later(days=1).take("go-on")
        assert walk.clock("all").due_at == on(
            14
        )  # the 13th is the ninth: six of the limit, three stood still

    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            (None, "clock.amount_missing"),
            ("6 workdays", "clock.extension_too_long"),
            ("1 day", "clock.extension_too_long"),
            ("1 hour", "clock.extension_too_long"),
        ],
    )
    def test_how_far(self, amount: str | None, code: str) -> None:
        ask: dict[str, Any] = {} if amount is None else {"amount": amount}
        walk = having(all_("5 workdays", extension=self.EXTENSION))
        with pytest.raises(Refusal) as refused:
            walk.take("extend", **ask)
        assert refused.value.code == code

    def test_how_often(self) -> None:
        walk = having(all_("5 workdays", extension=self.EXTENSION))
        walk.take("extend", amount="1 workday").take("extend", amount="1 workday")
        with pytest.raises(Refusal) as refused:
            walk.take("extend", amount="1 workday")
        assert refused.value.code == "clock.extended_already"

    def test_a_limit_in_another_unit_is_refused_and_not_mixed(self) -> None:
        walk = having(all_("24 hours", extension=self.EXTENSION))
        with pytest.raises(Refusal) as refused:
            walk.take("extend", amount="1 workday")
        assert refused.value.code == "clock.not_extendable"

    def test_not_every_clock_may_be(self) -> None:
        with pytest.raises(Refusal) as refused:
            having(all_("5 workdays")).take("extend", amount="1 workday")
        assert refused.value.code == "clock.not_running"


class TestClassifyingAnew:
    ROWS = ((When(urgency=("urgent",)), "24 hours"), (When(kind=("complaint",)), "10 workdays"))

    def test_the_limit_of_the_new_row_counts_from_the_start(self) -> None:
        walk = having(all_("5 workdays", rows=self.ROWS)).later(hours=2).take("classify", urgency="urgent")
        assert (walk.clock("all").limit, walk.clock("all").due_at) == ("24 hours", on(3, 9))
        assert walk.clock("all").started_at == MONDAY
        walk.take("classify", urgency="normal", kind="complaint")
        assert walk.clock("all").limit == "10 workdays"

    def test_the_same_row_sets_nothing_anew(self) -> None:
        walk = having(all_("5 workdays", rows=self.ROWS)).take("classify", category="water")
        assert walk.happened(f.ClockReset) == []

    def test_extensions_in_the_same_unit_are_kept(self) -> None:
        extension = Extension(up_to=parse_limit("5 workdays"))
        walk = having(all_("5 workdays", rows=self.ROWS, extension=extension))
        walk.take("extend", amount="2 workdays").take("classify", kind="complaint")
        assert walk.clock("all").limit == "12 workdays"
        walk.take("classify", urgency="urgent")
        assert walk.clock("all").limit == "24 hours"

    def test_pauses_are_kept(self) -> None:
        walk = having(all_("48 hours", rows=self.ROWS, pauses=WAITING))
        walk.take("wait", reason="missing").later(hours=3).take("go-on").take("classify", urgency="urgent")
        assert walk.clock("all").due_at == on(3, 12)

    def test_a_limit_already_over_is_breached_at_the_next_look(self) -> None:
        walk = having(all_("5 workdays", rows=self.ROWS)).later(days=2).take("classify", urgency="urgent")
        assert walk.tick().clock("all").breached_at == walk.now

    def test_placing_may_change_the_row_too(self) -> None:
        rows = ((When(territory=("330203",)), "1 hour"),)
        place = a_step("place", "received", does=("place",))
        walk = Walk(a_procedure(*STEPS, place, clocks=(all_("2 hours", rows=rows),)))
        assert walk.take("place", territory="330203001").clock("all").limit == "1 hour"


class TestStopping:
    def test_stopping_in_time_meets_the_limit(self) -> None:
        walk = having(all_("1 hour")).later(minutes=59).take("close")
        assert (walk.clock("all").stopped_at, walk.clock("all").was_met) == (walk.now, True)
        assert walk.clock("all").next_at is None

    def test_the_due_instant_is_too_late(self) -> None:
        assert having(all_("1 hour")).later(hours=1).take("close").clock("all").was_met is False

    def test_a_breach_that_was_told_is_not_met(self) -> None:
        walk = having(all_("1 hour")).later(hours=1).tick().take("close")
        assert walk.clock("all").was_met is False

    def test_a_clock_that_runs_is_neither_met_nor_not(self) -> None:
        assert having(all_("1 hour")).clock("all").was_met is None

    def test_an_end_stops_what_has_no_stop_of_its_own(self) -> None:
        walk = having(a_clock("odd", "opened", "waiting", "1 hour")).take("close")
        assert walk.clock("odd").state == "stopped"

    def test_entering_the_state_it_starts_in_begins_a_new_run(self) -> None:
        walk = having(all_("1 hour", starts=("received",))).take("close").later(days=1).take("again")
        clock = walk.clock("all")
        assert (clock.run, clock.state, clock.started_at) == (2, "running", walk.now)
        assert walk.matter.clocks[0].state == "stopped"

    def test_unless_it_runs_only_once(self) -> None:
        walk = having(all_("1 hour", starts=("received",), restarts=False)).take("close").take("again")
        assert [clock.run for clock in walk.matter.clocks] == [1]


class TestOfAssignments:
    def test_each_assignment_has_its_own(self) -> None:
        walk = Walk(REQUEST).take("dispatch", post("dispatcher", unit=DESK), lead=WATER, co=[ROADS])
        assert [(clock.name, clock.no) for clock in walk.matter.clocks if clock.no] == [
            ("sign", 1),
            ("sign", 2),
        ]
        walk.take("co-sign", post("handler", unit=ROADS))
        assert (walk.clock("sign", 1).state, walk.clock("sign", 2).state) == ("running", "stopped")

    def test_some_are_for_one_role_only(self) -> None:
        sign = a_clock(
            "sign", "given", ["signed", "recalled"], "1 hour", each="assignment", role="co_handler"
        )
        walk = Walk(a_procedure(*STEPS, a_step("give", "received", does=("assign",)), clocks=(sign,)))
        walk.take("give", lead=WATER, co=[ROADS])
        assert [clock.no for clock in walk.matter.clocks] == [2]

    def test_it_ends_when_the_part_does(self) -> None:
        sign = a_clock("sign", "given", "signed", "1 hour", each="assignment")
        walk = Walk(a_procedure(*STEPS, a_step("give", "received", does=("assign",)), clocks=(sign,)))
        walk.take("give", lead=WATER).take("give", lead=ROADS)
        assert (walk.clock("sign", 1).state, walk.clock("sign", 2).state) == ("stopped", "running")

    def test_a_refused_return_has_to_be_signed_for_in_a_limit_of_its_own(self) -> None:
        dispatcher = post("dispatcher", unit=DESK)
        walk = Walk(REQUEST).take("dispatch", dispatcher, lead=WATER).take("object", reason="not_ours")
        assert walk.clock("sign", 1).state == "stopped"
        walk.later(days=1).take("refuse", dispatcher, texts=["reason"])
        assert (walk.clock("sign", 1).run, walk.clock("sign", 1).state) == (2, "running")


def test_a_disputed_answer_has_its_limit_again() -> None:
    walk = Walk(REQUEST).take("dispatch", post("dispatcher", unit=DESK), lead=WATER).take("sign")
    walk.later(hours=3).take("answer", texts=["reply"], outcome="solved")
    assert (walk.clock("handle").state, walk.clock("handle").was_met) == ("stopped", True)
    walk.later(days=2).take(
        "dispute", resident(), texts=["objection"], satisfaction="not_satisfied", solved=False
    )
    clock = walk.clock("handle")
    assert (clock.run, clock.state, clock.started_at) == (2, "running", walk.now)
    assert clock.due_at == on(12)
    assert walk.clock("verdict").state == "stopped"


def test_a_limit_beyond_the_loaded_years_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        Walk(a_procedure(*STEPS, clocks=(all_("5 workdays"),)), datetime(2026, 12, 30, 9, tzinfo=SHANGHAI))
    assert refused.value.code == "calendar.year_not_loaded"
