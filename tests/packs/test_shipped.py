import csv
from functools import cache

import pytest

from fakes.packs import SHIPPED, noise, shipped, workdays
from yuzhi.engine.check import check_pack
from yuzhi.engine.definition import Pack
from yuzhi.engine.examples import parse_examples, run_example
from yuzhi.engine.explain import explain
from yuzhi.engine.parse import read_pack
from yuzhi.engine.routing import categorise
from yuzhi.engine.simulate import simulate

NAMES = sorted(folder.name for folder in SHIPPED.iterdir() if (folder / "pack.toml").is_file())


@cache
def pack(name: str) -> Pack:
    return read_pack(shipped(name))[0]


CATALOGUED = [name for name in NAMES if pack(name).categories]
PROCEDURES = [(name, procedure.name) for name in NAMES for procedure in pack(name).procedures]


def test_the_two_packs_ship() -> None:
    assert {"citizen-request", "grid-event"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_pack_is_sound(name: str) -> None:
    assert [str(problem) for problem in check_pack(*read_pack(shipped(name)))] == []


@pytest.mark.parametrize("name", NAMES)
def test_its_examples_come_out(name: str) -> None:
    examples = parse_examples(pack(name), shipped(name))
    results = [run_example(pack(name), example, workdays()) for example in examples]
    assert [(result.name, result.failures) for result in results if not result.is_passed] == []
    assert len(results) >= 12


@pytest.mark.parametrize(("name", "procedure"), PROCEDURES)
def test_hundreds_of_walks_get_nobody_stuck(name: str, procedure: str) -> None:
    defined = pack(name).procedure(procedure)
    assert defined is not None
    matters = 500 // len(pack(name).procedures)
    report = simulate(defined, matters=matters, seed=20260301, calendar=workdays())
    assert report.stuck == ()
    assert set(report.ends) == set(defined.ends)
    assert "none" not in report.outcomes
    assert len(report.never_taken) <= 2


@pytest.mark.parametrize("name", NAMES)
def test_no_clock_is_called_law_while_its_text_is_not_verified(name: str) -> None:
    # Today no limit of these packs is national law; calling one so must be a decision, not a slip.
    clocks = [clock for procedure in pack(name).procedures for clock in procedure.clocks]
    assert [clock.name for clock in clocks if clock.is_law] == []
    for procedure in pack(name).procedures:
        for language, denial in (("zh", "这不是法定时限"), ("en", "not a limit set by law")):
            chosen = explain(procedure, pack(name).words, "zh" if language == "zh" else "en")
            assert chosen.count(denial) == len(procedure.clocks)


@pytest.mark.parametrize("name", CATALOGUED)
def test_the_catalogue_has_three_levels_and_unit_kinds(name: str) -> None:
    codes = [category.code for category in pack(name).categories]
    leaves = [code for code in codes if not any(other.startswith(f"{code}/") for other in codes)]
    assert {code.count("/") for code in leaves} == {2}
    assert len(leaves) >= (120 if name == "citizen-request" else 40)
    assert all(category.unit_kind for category in pack(name).categories)


@pytest.mark.parametrize("name", CATALOGUED)
def test_no_word_stands_for_two_categories(name: str) -> None:
    rows = csv.DictReader(shipped(name)["catalogue/categories.csv"].splitlines())
    words = [word for row in rows for word in row["words"].split("|") if word]
    assert sorted({word for word in words if words.count(word) > 1}) == []


def test_all_packs_share_one_list_of_unit_kinds() -> None:
    def kinds(of: Pack, language: str) -> dict[str, str]:
        return {key: word for key, word in of.words[language].items() if key.startswith("unit_kind.")}

    for language in ("zh", "en"):
        assert len({tuple(sorted(kinds(pack(name), language).items())) for name in NAMES}) == 1


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("小区路灯坏了一个多月没人修", "urban/road/lamp"),
        ("昨晚下雨后门口严重内涝，车都淹了", "urban/drain/flooding"),
        ("我家从早上停水到现在", "utilities/water/outage"),
        ("楼上餐馆油烟直排，熏得开不了窗", "environment/air/fumes"),
        ("工地夜间施工吵得睡不着", "environment/noise/construction"),
        ("老板拖欠工资不给", "labour/pay/arrears"),
        ("孩子入学的学区怎么划分", "education/school/admission"),
        ("健身房跑路，会员卡退不了", "commerce/consumer/prepaid"),
        ("公交车半小时不来一班", "transport/bus/route"),
        ("医生误诊耽误了治疗", "health/care/dispute"),
        ("村里的低保名单不公开", "civil/relief/minimum"),
        ("隔壁养猪场臭气熏天", "environment/water/livestock"),
        ("物业公司乱涨物业费", "property/management/fees"),
        ("部门互相踢皮球", "government/conduct/inaction"),
        ("你好", ""),
    ],
)
def test_plain_words_find_their_category(text: str, category: str) -> None:
    assert categorise(pack("citizen-request"), text) == category


def test_reports_of_wrongdoing_are_never_published() -> None:
    procedure = pack("citizen-request").procedures[0]
    assert "report" not in procedure.public.kinds
    assert procedure.public.kinds
    assert not {"subject", "reply"} & set(procedure.public.fields)


def test_who_handled_a_grid_event_never_verifies_it() -> None:
    for procedure in pack("grid-event").procedures:
        for name in ("verify", "rework", "recheck"):
            step = procedure.step(name)
            assert step is not None
            assert "not_own_work" in step.guards


def test_the_documented_pack_is_not_like_the_shipped_ones() -> None:
    files = noise()
    assert files["pack.toml"].startswith('name = "noise"')
    assert "noise" not in NAMES
