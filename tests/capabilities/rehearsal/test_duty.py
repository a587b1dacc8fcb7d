from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from yuzhi.capabilities.registry import Post
from yuzhi.capabilities.rehearsal._duty import shifts

NOW = datetime(2026, 3, 2, 15, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
POSTS = (
    Post("b-1", "x", "b", ("handler",), "330212"),
    Post("a-1", "p", "a", ("handler",), "330212001"),
    Post("a-2", "q", "a", ("handler",), "330212001"),
    Post("c-1", "r", "c", ("grid_worker",), "330212001001"),
)


def test_at_any_hour_one_post_of_each_unit_that_watches_is_on_duty() -> None:
    made = shifts(POSTS, NOW, days=5)
    for hours in range(72):
        at = NOW + timedelta(hours=hours)
        assert Counter(one.unit for one in made if one.starts_at <= at < one.ends_at) == {"a": 1, "b": 1}
    assert len({one.id for one in made}) == len(made)


def test_the_posts_of_a_unit_take_turns_by_day_and_night() -> None:
    made = [one for one in shifts(POSTS, NOW, days=4) if one.unit == "a"]
    assert Counter(one.post for one in made) == {"a-1": 4, "a-2": 4}
    assert {one.starts_at.hour for one in made} == {8, 20}
