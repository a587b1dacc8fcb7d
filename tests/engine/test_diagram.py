import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from fakes.packs import a_noise_pack, noise, shipped
from yuzhi.engine.diagram import mermaid, svg
from yuzhi.engine.layout import Box, columns_of
from yuzhi.engine.parse import parse_pack

SVG = "{http://www.w3.org/2000/svg}"


def drawn(language: str = "zh") -> ET.Element:
    pack = a_noise_pack()
    return ET.fromstring(svg(pack.procedures[0], pack.words, "zh" if language == "zh" else "en"))


def test_mermaid_names_every_state_and_step() -> None:
    pack = a_noise_pack()
    lines = mermaid(pack.procedures[0], pack.words, "zh").split("\n")
    assert lines[0] == "stateDiagram-v2"
    assert '    state "等待补充" as s_waiting' in lines
    assert "    [*] --> s_received" in lines
    assert "    s_waiting --> s_assigned : 补充情况 / 继续办理" in lines
    assert "    s_declined --> [*]" in lines


def test_what_means_something_to_mermaid_is_kept_out_of_labels() -> None:
    pack = parse_pack(noise(("words/en.yaml", "received: Received,", 'received: "Re:ceived; \\"x\\" {y}",')))
    first = mermaid(pack.procedures[0], pack.words, "en").split("\n")[2]
    assert first == '    state "Re·ceived· ·x· ·y·" as s_received'


def test_the_drawing_shows_every_state_and_every_step_once_a_line() -> None:
    pack = a_noise_pack()
    told = [text.text for text in drawn().iter(f"{SVG}text") if text.text]
    labels = [span.text for span in drawn().iter(f"{SVG}tspan")]
    assert sorted(told) == sorted(
        pack.words["zh"][f"state.{state}"] for state in pack.procedures[0].all_states
    )
    moves = [step for step in pack.procedures[0].steps if step.to]
    assert set(labels) == {pack.words["zh"][f"step.{step.name}"] for step in moves}
    assert drawn().findtext(f"{SVG}title") == "噪声投诉"


def test_steps_only_a_clock_takes_are_dashed() -> None:
    kinds = [path.get("class") for path in drawn().iter(f"{SVG}path") if path.get("class")]
    assert len(kinds) == 7
    assert not any("clock" in (kind or "") for kind in kinds)  # each is a way people can go too
    by_clock_only = ("procedures/noise.yaml", "to: closed, by: requester, does", "by: requester, does")
    pack = parse_pack(noise(by_clock_only))
    assert svg(pack.procedures[0], pack.words, "zh").count('class="step exit clock"') == 1


def test_words_cannot_break_out_of_the_drawing() -> None:
    evil = 'received: "<script>alert(1)</script>&",'
    pack = parse_pack(noise(("words/zh.yaml", "received: 已受理,", evil)))
    root = ET.fromstring(svg(pack.procedures[0], pack.words, "zh"))
    assert not list(root.iter(f"{SVG}script"))


def _box(rect: ET.Element) -> Box:
    x, y, width, height = (float(rect.get(name, 0)) for name in ("x", "y", "width", "height"))
    return Box(x + width / 2, y + height / 2, width, height)


@pytest.mark.parametrize("name", ["citizen-request", "grid-event"])
def test_no_state_covers_another(name: str) -> None:
    pack = parse_pack(shipped(name))
    for procedure in pack.procedures:
        root = ET.fromstring(svg(procedure, pack.words, "zh"))
        boxes = [_box(one) for one in root.iter(f"{SVG}rect") if one.get("rx")]
        assert len(boxes) == len(procedure.all_states)
        assert not any(one.meets(other) for one, other in combinations(boxes, 2))
        x, y, width, height = map(float, re.findall(r"-?\d+", root.get("viewBox", "")))
        assert all(x < box.x < x + width and y < box.y < y + height for box in boxes)


def test_columns_run_from_the_start_to_the_ends() -> None:
    columns = columns_of(a_noise_pack().procedures[0])
    assert columns[0] == ("received",)
    assert set(columns[-1]) == {"closed", "declined"}
    assert sorted(state for column in columns for state in column) == sorted(
        a_noise_pack().procedures[0].all_states
    )


def test_boxes_that_only_touch_do_not_meet() -> None:
    assert Box(0, 0, 10, 10).meets(Box(9, 0, 10, 10))
    assert not Box(0, 0, 10, 10).meets(Box(10, 0, 10, 10))
    assert not Box(0, 0, 10, 10).meets(Box(0, 11, 10, 10))
