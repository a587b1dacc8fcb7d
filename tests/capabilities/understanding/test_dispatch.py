"""Routes: learnt in time order, from street to street, with reasons; sent only where they may be."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.dispatch import (
    Case,
    load_router,
    may_go,
    save_router,
    unit_names,
)
from yuzhi.capabilities.understanding.dispatch.training import learnt_router, replay

STREETS = {
    "南塘街道": ("春晓社区", "云湖社区"),
    "北山街道": ("松林社区", "石桥社区"),
    "东河街道": ("码头社区", "柳岸社区"),
}


def history(days: int = 40) -> tuple[list[Case], list[str]]:
    cases, units = [], []
    for day in range(days):
        for street, communities in STREETS.items():
            for at, community in enumerate(communities):
                base = street.removesuffix("街道")
                for sub, unit in (
                    ("占道经营", f"{base}街道执法队（{street}办事处）" if day > 20 else f"{base}街道执法队"),
                    ("垃圾清运", community),
                    ("水管爆裂", "自来水公司"),
                ):
                    cases.append(
                        Case(
                            ("市容", sub),
                            (street, community),
                            "热线",
                            "投诉",
                            date(2025, 1, 1) + timedelta(day),
                        )
                    )
                    units.append(unit)
                    assert at < 2
    return cases, units


def test_names_that_drift_are_one_unit_and_others_are_not() -> None:
    fold = unit_names(["甲执法队", "甲执法队（甲街道办事处）", "服务中心（甲街道）", "服务中心(乙街道)"])
    assert fold("甲执法队（甲街道办事处）") == fold("甲执法队") == "甲执法队"
    assert fold("服务中心(乙街道)") == "服务中心（乙街道）" != fold("服务中心（甲街道）")


def test_the_past_is_repeated_with_a_reason() -> None:
    router = learnt_router(*history())
    first, *_ = router.suggest(Case(("市容", "占道经营"), ("北山街道", "石桥社区"), "热线"))
    assert first.unit == "北山街道执法队"
    assert first.probability > 0.5
    assert (first.went.count, first.went.total) == (40, 40)
    assert "占道经营" in first.went.like


def test_a_street_learns_from_the_others() -> None:
    cases, units = history()
    kept = [
        at for at, case in enumerate(cases) if (case.places[1], case.category[1]) != ("柳岸社区", "垃圾清运")
    ]
    router = learnt_router([cases[at] for at in kept], [units[at] for at in kept])
    routes = router.suggest(Case(("市容", "垃圾清运"), ("东河街道", "柳岸社区"), "热线"))
    assert "柳岸社区" in [route.unit for route in routes]


def test_new_decisions_are_followed() -> None:
    router, case = learnt_router(*history()), Case(("市容", "水管爆裂"), ("北山街道", "石桥社区"), "热线")
    before = router.suggest(case)[0].probability
    for _ in range(60):
        router.learn(case, "抢修中心")
    routes = router.suggest(case)
    assert "抢修中心" in [route.unit for route in routes]
    assert routes[0].probability < before or routes[0].unit == "抢修中心"


def test_replay_scores_the_later_part_only() -> None:
    cases, units = history()
    found = replay(cases, units)
    assert (found.n_train, found.n_test) == (576, 144)
    assert found.static[0] >= 0.95
    assert found.daily[1] == found.top3 >= 0.95
    shuffled = units[:576] + ["无人知晓的单位"] * 144
    assert replay(cases, shuffled).static == (0.0, 0.0)


def test_matters_out_of_order_are_refused() -> None:
    cases, units = history(4)
    with pytest.raises(Refusal, match="not-in-order"):
        replay(cases[::-1], units)


@pytest.mark.parametrize(
    ("threshold", "forbidden", "code"),
    [
        (0.5, "", "advice.goes_by_itself"),
        (0.999, "", "advice.not_sure"),
        (0.5, "advice.category_open", "advice.category_open"),
    ],
)
def test_only_what_is_allowed_and_sure_goes_by_itself(threshold: float, forbidden: str, code: str) -> None:
    routes = learnt_router(*history()).suggest(Case(("市容", "水管爆裂"), ("北山街道", "石桥社区"), "热线"))
    verdict = may_go(routes, threshold=threshold, forbidden=forbidden)
    assert (verdict.goes_by_itself, verdict.code) == (code == "advice.goes_by_itself", code)
    assert routes[0].unit == "自来水公司"
    assert may_go((), threshold=0).code == "advice.no_unit"


def test_odd_cases_get_an_answer() -> None:
    router = learnt_router(*history())
    for case in (
        Case(()),
        Case(("",)),
        Case(("没见过", "没听过"), ("某地",)),
        Case(("a", "b", "c", "d"), ("x",) * 9),
    ):
        assert len(router.suggest(case)) == 3


def test_too_little_is_refused() -> None:
    with pytest.raises(Refusal, match="too-little"):
        learnt_router([Case(("a",))] * 3, ["x", "y", "z"])


def test_a_router_is_kept_and_read_again(tmp_path: Path) -> None:
    router, path = learnt_router(*history()), tmp_path / "router.npz"
    save_router(router, path)
    again = load_router(path)
    for case in history()[0][:12]:
        old, new = router.suggest(case), again.suggest(case)
        assert [(one.unit, one.went) for one in old] == [(one.unit, one.went) for one in new]
        assert [one.probability for one in old] == pytest.approx([one.probability for one in new], abs=0.01)
    again.learn(Case(("市容", "新事"), ("北山街道",)), "新单位")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\xff" * 100])
def test_a_damaged_router_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "router.npz").write_bytes(content)
    with pytest.raises(Refusal, match="model-damaged"):
        load_router(tmp_path / "router.npz")
    with pytest.raises(Refusal, match="model-missing"):
        load_router(tmp_path / "none.npz")


def test_no_byte_of_a_router_changes_unnoticed(tmp_path: Path) -> None:
    path = tmp_path / "router.npz"
    save_router(learnt_router(*history()), path)
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        harmed = bytearray(whole)
        harmed[at] ^= 0x40
        path.write_bytes(harmed)
        with pytest.raises(Refusal, match="model-damaged"):
            load_router(path)
