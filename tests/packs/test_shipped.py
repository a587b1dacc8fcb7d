import csv
from collections.abc import Mapping
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
from yuzhi.engine.where import Where

NAMES = sorted(folder.name for folder in SHIPPED.iterdir() if (folder / "pack.toml").is_file())


@cache
def read(name: str) -> tuple[Pack, Where]:
    return read_pack(shipped(name))


def pack(name: str) -> Pack:
    return read(name)[0]


CATALOGUED = [name for name in NAMES if pack(name).categories]
PROCEDURES = [(name, procedure.name) for name in NAMES for procedure in pack(name).procedures]


DISPUTES = (
    "people-mediation", "judicial-confirmation", "police-mediation", "labour-dispute",
    "administrative-reconsideration", "litigation-follow", "petition", "petition-backlog",
)  # fmt: skip
LOCAL = [name for name in NAMES if name not in DISPUTES]


def test_the_packs_ship() -> None:
    assert {"citizen-request", "grid-event", *DISPUTES} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_pack_is_sound(name: str) -> None:
    assert [str(problem) for problem in check_pack(*read(name))] == []


@pytest.mark.parametrize("name", NAMES)
def test_its_examples_come_out(name: str) -> None:
    examples = parse_examples(pack(name), shipped(name))
    results = [run_example(pack(name), example, workdays()) for example in examples]
    assert [(result.name, result.failures) for result in results if not result.is_passed] == []
    assert len(results) >= (4 if name in DISPUTES else 12)


def test_the_packs_for_disputes_tell_many_corners() -> None:
    told = [example for name in DISPUTES for example in parse_examples(pack(name), shipped(name))]
    assert len(told) >= 60
    assert len({example.name for example in told}) == len(told)


@pytest.mark.parametrize(("name", "procedure"), PROCEDURES)
def test_hundreds_of_walks_get_nobody_stuck(name: str, procedure: str) -> None:
    defined = pack(name).procedure(procedure)
    assert defined is not None
    matters = (300 if name in DISPUTES else 500) // len(pack(name).procedures)
    report = simulate(defined, matters=matters, seed=20260301, calendar=workdays())
    assert report.stuck == ()
    assert set(report.ends) == set(defined.ends)
    assert "none" not in report.outcomes
    assert len(report.never_taken) <= 2


@pytest.mark.parametrize("name", LOCAL)
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


@pytest.mark.parametrize("name", [*DISPUTES, "dispute-centre"])
def test_every_step_and_clock_names_what_it_rests_on_and_only_verified_text_is_law(name: str) -> None:
    status = {one.title: one.status for one in pack(name).basis}
    for procedure in pack(name).procedures:
        assert [step.name for step in procedure.steps if not step.basis] == []
        for clock in procedure.clocks:
            titles = [_title(part, status) for part in clock.basis.split("；")]
            assert clock.is_law is all(status[title] == "verified" for title in titles), clock.name


def _title(part: str, titles: Mapping[str, str]) -> str:
    return max((title for title in titles if part.startswith(title)), key=len)


def test_whoever_may_be_handed_a_matter_is_there_to_take_it() -> None:
    procedures = {one.name: one for name in NAMES for one in pack(name).procedures}
    for giver in procedures.values():
        for step in giver.steps:
            for name in step.opens:
                receiver = procedures[name]
                assert "hand_over" in receiver.opening.duties
                assert receiver.opening.dispatch, f"{name} would not know who received it"
                heard = {
                    word
                    for state in ([step.to] if step.to else step.sources)
                    for one in giver.steps_from(state)
                    for word in one.upon
                }
                assert "refused" in heard
    outcomes = {outcome for one in procedures.values() for outcome in one.outcomes}
    named = {
        word
        for one in procedures.values()
        for step in one.steps
        for word in step.upon
        if "receiver" in step.duties
    }
    assert named - {"accepted", "refused", "ended"} <= outcomes


def test_a_limit_that_goes_on_goes_on_from_one_there_is() -> None:
    clocks = {clock.name for name in NAMES for one in pack(name).procedures for clock in one.clocks}
    continued = {c.continues for name in NAMES for one in pack(name).procedures for c in one.clocks}
    assert continued - {""} <= clocks


def test_what_mediators_heard_is_carried_to_no_one() -> None:
    mediation = pack("people-mediation").procedures[0]
    carried = {kind for step in mediation.steps for kind in step.carries}
    assert carried == {"agreement", "organisation_proof", "identity", "proof_of_performance"}
    assert mediation.public.fields == ()


def test_no_step_passes_an_accusation_to_a_unit() -> None:
    petition = pack("petition").procedures[0]
    giving = [step for step in petition.steps if {"assign", "hand_over"} & set(step.does)]
    free = [step.name for step in giving if "accusation" in (step.when.kind or ("accusation",))]
    assert free == []
