"""Each guard of the closed list: what it lets through, and what it does not."""

from typing import Any

import pytest

from fakes.people import DESK, ROADS, WATER, post, resident
from fakes.request import REQUEST
from fakes.walk import Walk
from yuzhi.base.actor import Actor
from yuzhi.engine.definition import Guard
from yuzhi.engine.guards import GUARDS
from yuzhi.engine.vocabulary import GUARDS as NAMES

DISPATCHER = post("dispatcher", unit=DESK)
LEAD, HELPER = post("handler"), post("handler", unit=ROADS)


def begun(**opening: Any) -> Walk:
    return Walk(REQUEST, **opening).take("dispatch", DISPATCHER, lead=WATER, co=[ROADS])


def answered() -> Walk:
    walk = begun().take("sign").take("co-sign", HELPER).take("co-answer", HELPER, texts=["opinion"])
    return walk.take("answer", texts=["reply"], outcome="solved")


def reopened() -> Walk:
    return answered().take(
        "dispute", resident(), texts=["objection"], satisfaction="not_satisfied", solved=False
    )


def holds(guard: Guard, walk: Walk, by: Actor = LEAD) -> bool:
    return GUARDS[guard](walk.matter, by, walk.now)


def test_every_guard_a_pack_may_name_is_there() -> None:
    assert set(GUARDS) == set(NAMES)


def test_all_answered_asks_only_the_co_handlers() -> None:
    assert holds("all_answered", Walk(REQUEST))
    walk = begun()
    assert not holds("all_answered", walk)
    walk.take("co-sign", HELPER)
    assert not holds("all_answered", walk)
    walk.take("co-answer", HELPER, texts=["opinion"])
    assert holds("all_answered", walk)


def test_all_signed_and_lead_signed() -> None:
    walk = begun()
    assert (holds("all_signed", walk), holds("lead_signed", walk)) == (False, False)
    walk.take("sign")
    assert (holds("all_signed", walk), holds("lead_signed", walk)) == (False, True)
    walk.take("co-sign", HELPER)
    assert holds("all_signed", walk)
    assert not holds("lead_signed", Walk(REQUEST))


def test_a_lead_that_was_told_to_keep_it_has_to_sign_again() -> None:
    walk = Walk(REQUEST).take("dispatch", DISPATCHER, lead=WATER)
    walk.take("object", reason="not_ours").take("refuse", DISPATCHER, texts=["reason"])
    assert not holds("lead_signed", walk)


def test_not_returned_before_is_about_ones_own_unit() -> None:
    walk = begun()
    assert holds("not_returned_before", walk)
    walk.take("object", reason="not_ours").take("refuse", DISPATCHER, texts=["reason"])
    assert not holds("not_returned_before", walk)
    assert holds("not_returned_before", walk, HELPER)


def test_in_reopen_window_ends_with_the_instant_it_names() -> None:
    walk = answered()
    until = walk.matter.reopen_until
    assert until is not None
    assert holds("in_reopen_window", walk)
    walk.now = until
    assert not holds("in_reopen_window", walk)
    assert not holds("in_reopen_window", begun())


def test_not_own_work_means_four_eyes() -> None:
    walk = begun()
    assert not holds("not_own_work", walk, LEAD)
    assert not holds("not_own_work", walk, HELPER)
    assert holds("not_own_work", walk, DISPATCHER)
    assert not holds("not_own_work", answered(), LEAD)
    returned = Walk(REQUEST).take("dispatch", DISPATCHER, lead=WATER)
    returned.take("object", reason="not_ours").take("agree", DISPATCHER)
    assert holds("not_own_work", returned, LEAD)


@pytest.mark.parametrize(
    ("guard", "with_it", "without"),
    [
        ("has_place", {}, {"territory": ""}),
        ("has_requester", {}, {"requester": "", "by": post("desk")}),
    ],
)
def test_has(guard: Guard, with_it: dict[str, Any], without: dict[str, Any]) -> None:
    assert holds(guard, begun(**with_it))
    assert not holds(guard, Walk(REQUEST, **without))


def test_has_reply_and_was_reopened() -> None:
    assert (holds("has_reply", begun()), holds("has_reply", answered())) == (False, True)
    assert (holds("was_reopened", answered()), holds("was_reopened", reopened())) == (False, True)


def test_was_breached_does_not_wait_for_the_worker() -> None:
    walk = begun()
    due = walk.clock("sign", 1).due_at
    walk.now = due
    assert holds("was_breached", walk)
    walk.later(microseconds=-1)
    assert not holds("was_breached", walk)
    walk.now = due
    assert holds("was_breached", walk.tick())
    assert holds("was_breached", walk.take("sign"))


def test_a_clock_stopped_too_late_was_breached_even_if_nobody_said_so() -> None:
    walk = begun()
    walk.now = walk.clock("sign", 1).due_at
    assert holds("was_breached", walk.take("sign"))
