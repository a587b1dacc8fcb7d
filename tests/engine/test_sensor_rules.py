"""Sensor rules of packs: read, and every fault told with its file and line."""

from datetime import timedelta
from pathlib import Path

import pytest

from fakes.packs import SHIPPED
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.packs import read_folder
from yuzhi.engine.check import check_pack
from yuzhi.engine.parse import read_pack
from yuzhi.engine.problems import Problem

FILE = "sensors/road-water.yaml"


def files(*changes: tuple[str, str]) -> dict[str, str]:
    found = read_folder(Path(SHIPPED) / "grid-event")
    for old, new in changes:
        assert old in found[FILE], old
        found[FILE] = found[FILE].replace(old, new)
    return found


def problems(*changes: tuple[str, str]) -> list[tuple[str, int, str]]:
    try:
        pack, where = read_pack(files(*changes))
        found = check_pack(pack, where)
    except Refusal as refusal:
        found = refusal.facts["problems"]  # type: ignore[assignment]
    return [(one.file, one.line, one.code) for one in found if isinstance(one, Problem)]


def test_a_rule_is_read() -> None:
    pack, _ = read_pack(files())
    rule = next(one for one in pack.sensors if one.name == "road-water")
    assert (rule.quantity, rule.unit, rule.one_per) == ("water_depth", "mm", "territory")
    assert (rule.raises.at_least, rule.raises.lasting) == (150.0, timedelta(minutes=2))
    assert (rule.clears.at_most, rule.quiet_for) == (50.0, timedelta(minutes=30))
    assert rule.back == ("back-to-normal", "note-reading")
    assert problems() == []


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("quantity: water_depth\n", "", 2, "key.missing"),
        ("unit: mm", "unti: mm", 4, "word.unknown"),
        ("at_least: 150", "at_least: much", 5, "type.wrong"),
        ("for: 2 minutes", "for: 2 workdays", 5, "sensor.span"),
        ("for: 2 minutes", "for: 8 days", 5, "sensor.span"),
        ("at_most: 50, ", "", 6, "key.missing"),
        ("at_most: 50", "at_most: 150", 6, "sensor.no_gap"),
        ("one_per: territory", "one_per: street", 7, "word.unknown"),
        ("category: event/sudden/flood", "category: event/sudden/fload", 9, "word.unknown"),
        ("kind: event", "kind: nothing", 9, "word.unknown"),
        ("back-to-normal, note-reading", "back-to-normal, file", 10, "sensor.not_its_step"),
        ("back-to-normal, note-reading", "settle-on-the-spot", 10, "sensor.cannot_give"),
    ],
)
def test_faults_have_file_and_line(old: str, new: str, line: int, code: str) -> None:
    assert (FILE, line, code) in problems((old, new))


def test_a_name_without_a_word_is_told_in_the_words() -> None:
    found = problems(("rule: road-water", "rule: road-wet"))
    assert {(file, code) for file, _, code in found} == {
        (f"words/{language}.yaml", code)
        for language in ("zh", "en")
        for code in ("words.missing", "words.unused")
    }


def test_the_procedure_must_let_sensors_in() -> None:
    found = files()
    path = "procedures/grid-event.yaml"
    found[path] = (
        found[path].replace("requester, sensor]", "requester]").replace("patrol, sensor,", "patrol,")
    )
    pack, where = read_pack(found)
    told = {(one.file, one.line, one.code) for one in check_pack(pack, where)}
    assert {(FILE, 9, "sensor.may_not_open"), (FILE, 9, "sensor.no_channel")} <= told


def test_a_step_that_no_rule_names_is_told() -> None:
    found = files()
    del found[FILE]
    found["words/zh.yaml"] = found["words/zh.yaml"].replace("  road-water: 道路积水\n", "")
    found["words/en.yaml"] = found["words/en.yaml"].replace("  road-water: Water on the road\n", "")
    pack, where = read_pack(found)
    assert [(one.code, one.file) for one in check_pack(pack, where)] == [
        ("step.never_taken", "procedures/grid-event.yaml")
    ]
