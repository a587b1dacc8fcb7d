from collections.abc import Callable
from datetime import date
from time import perf_counter

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import At, Person, Post, Roster, Unit

TODAY = date(2026, 11, 23)
CITY, DISTRICT, TOWN, COMMUNITY, GRID = "3302", "330212", "330212001", "330212001002", "330212001002001"


def unit(code: str, kind: str, territory: str, **more: object) -> Unit:
    return Unit(code=code, name=code, kind=kind, territory=territory, **more)  # type: ignore[arg-type]


def post(id: str, unit: str, territory: str, *duties: str, **more: object) -> Post:  # noqa: A002
    return Post(id=id, person=f"p-{id}", unit=unit, duties=duties, territory=territory, **more)  # type: ignore[arg-type]


ROSTER = Roster(
    units=[
        unit("city-police", "police", CITY),
        unit("city-hall", "government", CITY),
        unit("d-police", "police", DISTRICT),
        unit("d-hall", "government", DISTRICT),
        unit("d-old", "archive", DISTRICT, valid_to=date(2026, 1, 1)),
        unit("d-new", "archive", DISTRICT, valid_from=date(2026, 1, 1)),
        unit("t-office", "town_office", TOWN),
        unit("t-police", "police", TOWN),
        unit("c-committee", "community", COMMUNITY),
        unit("c-team", "volunteers", COMMUNITY, parent="c-committee"),
        unit("c-sub", "volunteers", COMMUNITY, parent="c-team"),
    ],
    people=[Person("p-1", "一"), Person("p-2", "二")],
    posts=[
        post("1", "c-committee", COMMUNITY, "handler", "supervisor"),
        post("2", "t-office", TOWN, "supervisor"),
        post("3", "t-police", TOWN, "supervisor"),
        post("4", "d-hall", DISTRICT, "dispatcher"),
        post("5", "city-hall", CITY, "supervisor"),
        post("6", "city-police", CITY, "supervisor"),
        post("7", "d-police", DISTRICT, "supervisor", valid_to=TODAY),
        post("8", "d-old", DISTRICT, "handler"),
        post("9", "t-office", TOWN, "handler", valid_from=date(2027, 1, 1)),
    ],
)


@pytest.mark.parametrize(
    ("kind", "at", "territory", "code"),
    [
        ("police", "city", GRID, "city-police"),
        ("police", "district", GRID, "d-police"),
        ("police", "town", GRID, "t-police"),
        ("police", "community", GRID, None),
        ("police", "nearest", GRID, "t-police"),
        ("police", "nearest", DISTRICT, "d-police"),
        ("police", "nearest", "330299001", "city-police"),
        ("police", "town", DISTRICT, None),
        ("community", "grid", GRID, None),
        ("community", "nearest", GRID, "c-committee"),
        ("community", "nearest", COMMUNITY, "c-committee"),
        ("community", "nearest", TOWN, None),
        ("archive", "nearest", TOWN, "d-new"),
        ("nobody", "nearest", GRID, None),
        ("police", "nearest", "", None),
        ("police", "city", "", None),
    ],
)
def test_the_unit_of_a_kind_for_a_territory(kind: str, at: At, territory: str, code: str | None) -> None:
    found = ROSTER.unit_of_kind(kind, territory, at, on=TODAY)
    assert (found.code if found else None) == code


def test_a_unit_answers_only_on_its_days() -> None:
    before = ROSTER.unit_of_kind("archive", TOWN, "district", on=date(2025, 12, 31))
    after = ROSTER.unit_of_kind("archive", TOWN, "district", on=date(2026, 1, 1))
    assert before is not None
    assert after is not None
    assert (before.code, after.code) == ("d-old", "d-new")
    assert ROSTER.knows_unit("d-old", on=date(2025, 12, 31))
    assert not ROSTER.knows_unit("d-old", on=date(2026, 1, 1))
    assert not ROSTER.knows_unit("nobody", on=TODAY)


@pytest.mark.parametrize(
    ("start", "on", "above"),
    [
        ("c-sub", TODAY, "c-committee"),  # by its parents, past one without the duty
        ("c-committee", TODAY, "t-office"),  # no kind of its own above: the lowest code
        ("t-office", TODAY, "city-hall"),  # the district has none today
        ("t-police", TODAY, "city-police"),  # its own kind first
        ("t-police", date(2026, 11, 22), "d-police"),  # yesterday that post was still held
        ("city-hall", TODAY, None),
        ("nobody", TODAY, None),
    ],
)
def test_up_the_ladder(start: str, on: date, above: str | None) -> None:
    found = ROSTER.up_the_ladder(start, "supervisor", on=on)
    assert (found.code if found else None) == above


def test_parents_in_a_circle_end_the_climb() -> None:
    roster = Roster(
        [unit("a", "x", TOWN, parent="b"), unit("b", "x", TOWN, parent="a"), unit("c", "x", CITY)]
    )
    assert roster.up_the_ladder("a", "supervisor", on=TODAY) is None


def test_an_actor_covers_the_codes_that_went_into_its_ground() -> None:
    actor = ROSTER.actor("1", TODAY, lambda code: (code, "330204009"))
    assert (actor.hand, actor.id, actor.unit) == ("post", "1", "c-committee")
    assert actor.duties == {"handler", "supervisor"}
    assert actor.covers == (COMMUNITY, "330204009")
    assert actor.covers_place("330204009123")
    assert not actor.covers_place(TOWN)


def own(code: str) -> tuple[str, ...]:
    return (code,)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda: ROSTER.actor("nobody", TODAY, own), "registry.post_unknown"),
        (lambda: ROSTER.actor("7", TODAY, own), "registry.post_not_held"),
        (lambda: ROSTER.actor("9", TODAY, own), "registry.post_not_held"),
        (lambda: ROSTER.actor("8", TODAY, own), "registry.unit_closed"),
        (lambda: ROSTER.unit("nobody"), "registry.unit_unknown"),
    ],
)
def test_who_may_not_act(ask: Callable[[], object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask()
    assert refused.value.code == code


def test_posts_by_person_and_by_unit() -> None:
    assert [one.id for one in ROSTER.posts_of("p-1", on=TODAY)] == ["1"]
    assert ROSTER.posts_of("p-7", on=TODAY) == ()
    assert [one.id for one in ROSTER.posts_in("t-office", on=TODAY)] == ["2"]
    assert ROSTER.posts_in("t-office", on=TODAY, duty="handler") == ()


def test_what_a_question_costs_does_not_grow_with_the_registry() -> None:
    """A look-up among 50,000 units and posts takes as long as one among fifty, give or take a cache."""

    def asked(size: int) -> float:
        towns = [f"3302{i // 100:02}{i % 100:03}" for i in range(size)]
        roster = Roster(
            (unit(f"u{i}", "office", town) for i, town in enumerate(towns)),
            (),
            (post(str(i), f"u{i}", town, "handler") for i, town in enumerate(towns)),
        )
        best = float("inf")
        for _ in range(5):
            began = perf_counter()
            for i in range(50):
                assert roster.unit_of_kind("office", towns[i] + "001", on=TODAY) is not None
                roster.actor(str(i), TODAY, own)
            best = min(best, perf_counter() - began)
        return best

    assert asked(50_000) < 10 * asked(50)
