"""Dates that forms tell: limits count from them, and those that cannot be are refused."""

from typing import Any

import pytest

from fakes.people import post
from fakes.tracks import AWARD
from fakes.walk import Walk, china
from yuzhi.base.refusal import Refusal
from yuzhi.engine.limits import last_day

CLERK = post("desk")


def award(**fields: Any) -> Walk:
    return Walk(AWARD, fields=fields)


def last(walk: Walk) -> str:
    clock = walk.matter.clock("set-aside")
    assert clock is not None
    return last_day(clock.due_at, china()).isoformat()


def refused(**fields: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        award(**fields)
    return caught.value


def test_a_limit_counts_from_the_day_told_and_not_from_the_opening() -> None:
    assert last(award(agreed_on="2026-03-01")) == "2026-06-01"


def test_which_limit_may_hang_on_the_day() -> None:
    assert last(award(agreed_on="2026-02-28")) == "2026-08-28"


def test_without_its_day_the_limit_is_refused_with_the_article() -> None:
    refusal = refused()
    assert refusal.code == "clock.start_missing"
    assert (refusal.facts["dates"], refusal.facts["basis"]) == (["agreed_on"], "Law 72")


def test_a_day_that_has_not_come_is_refused() -> None:
    assert refused(agreed_on="2026-03-03").code == "date.in_future"
    assert refused(agreed_on="tomorrow").code == "date.bad"


def test_a_day_before_the_event_is_refused_whichever_is_told_last() -> None:
    assert refused(agreed_on="2026-02-01", arose_on="2026-02-02").code == "date.before"
    walk = award(agreed_on="2026-02-01")
    with pytest.raises(Refusal) as caught:
        walk.take("serve", by=CLERK, fields={"arose_on": "2026-02-02"})
    assert caught.value.code == "date.before"


def test_a_limit_that_restarts_counts_from_the_new_day_and_is_kept_once() -> None:
    walk = award(agreed_on="2026-02-01").later(days=1)
    walk.take("serve", by=CLERK, fields={"agreed_on": "2026-03-02"})
    assert last(walk) == "2026-06-02"
    assert [clock.state for clock in walk.matter.clocks] == ["stopped", "running"]


def test_a_limit_long_over_forbids_what_must_be_done_within_it_and_names_the_article() -> None:
    walk = award(agreed_on="2025-01-10")
    with pytest.raises(Refusal) as caught:
        walk.take("apply")
    assert (caught.value.code, caught.value.facts["basis"]) == ("clock.too_late", "Law 72")


def test_a_step_for_some_matters_only() -> None:
    with pytest.raises(Refusal) as caught:
        award(agreed_on="2026-03-01").take("for-minors", by=CLERK)
    assert caught.value.code == "step.not_for_this"
    award(agreed_on="2026-03-01", minor=True).take("for-minors", by=CLERK)
