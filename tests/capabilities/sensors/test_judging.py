"""One sensor under one rule: short peaks, values in between, and time passing without a reading."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yuzhi.capabilities.sensors._judging import Standing, judge, let_pass
from yuzhi.engine.sensing import Mark, SensorRule

BEGIN = datetime(2026, 7, 1, tzinfo=UTC)
RULE = SensorRule(
    name="water", quantity="depth", procedure="p", kind="k",
    raises=Mark(at_least=150, lasting=timedelta(minutes=2)),
    clears=Mark(at_most=50, lasting=timedelta(minutes=10)),
)  # fmt: skip
AT_ONCE = SensorRule(
    name="cover", quantity="tilt", procedure="p", kind="k", raises=Mark(at_least=20), clears=Mark(at_most=8)
)


def phases(rule: SensorRule, *told: tuple[float, float]) -> list[str]:
    """Return the phase after each reading: minutes from the beginning, and value."""
    standing = Standing("calm", BEGIN, BEGIN, 0.0)
    found: list[str] = []
    for minutes, value in told:
        judge(rule, standing, value, BEGIN + timedelta(minutes=minutes))
        found.append(standing.phase)
    return found


def test_a_short_peak_is_no_alarm() -> None:
    assert phases(RULE, (0, 200), (1, 200), (1.5, 100), (2, 200), (3, 200)) == [
        "rising", "rising", "calm", "rising", "rising",
    ]  # fmt: skip


def test_an_alarm_begins_when_it_has_lasted_and_ends_when_that_has_lasted() -> None:
    assert phases(RULE, (0, 150), (2, 180), (3, 100), (4, 49), (9, 50), (14, 20)) == [
        "rising", "alarmed", "alarmed", "falling", "falling", "calm",
    ]  # fmt: skip


def test_values_in_between_begin_the_ending_anew() -> None:
    assert phases(RULE, (0, 150), (2, 150), (3, 40), (8, 60), (9, 40), (18, 40), (19, 40)) == [
        "rising", "alarmed", "falling", "alarmed", "falling", "falling", "calm",
    ]  # fmt: skip


def test_without_a_time_one_reading_is_enough() -> None:
    assert phases(AT_ONCE, (0, 20), (1, 19), (2, 8), (2.1, 21)) == ["alarmed", "alarmed", "calm", "alarmed"]


def test_time_alone_begins_and_ends_an_alarm() -> None:
    standing = Standing("calm", BEGIN, BEGIN, 0.0)
    judge(RULE, standing, 200, BEGIN)
    assert not let_pass(RULE, standing, BEGIN + timedelta(seconds=119))
    assert let_pass(RULE, standing, BEGIN + timedelta(seconds=120))
    judge(RULE, standing, 10, BEGIN + timedelta(minutes=5))
    assert let_pass(RULE, standing, BEGIN + timedelta(minutes=15))
    assert standing.phase == "calm"


@given(
    st.lists(st.tuples(st.floats(0, 3), st.sampled_from([0.0, 50.0, 60.0, 149.0, 150.0, 300.0])), max_size=60)
)
def test_an_alarm_never_stands_on_values_that_clear_nor_calm_on_lasting_ones(
    steps: list[tuple[float, float]],
) -> None:
    standing = Standing("calm", BEGIN, BEGIN, 0.0)
    at, high_since, low_since = BEGIN, None, None
    for minutes, value in steps:
        at += timedelta(minutes=minutes)
        judge(RULE, standing, value, at)
        high_since = (high_since or at) if value >= 150 else None
        low_since = (low_since or at) if value <= 50 else None
        if high_since is not None and at - high_since >= RULE.raises.lasting:
            assert standing.phase == "alarmed"
        if low_since is not None and at - low_since >= RULE.clears.lasting:
            assert standing.phase == "calm"
