"""Guides: a table of law that answers every visitor, and is told where it is wrong."""

from itertools import product

import pytest

from fakes.packs import shipped
from yuzhi.base.refusal import Refusal
from yuzhi.engine.guide import Guide, offers
from yuzhi.engine.parse import read_pack

FILES = shipped("dispute-centre")


def the_guide(text: str = "") -> Guide:
    files = {**FILES, **({"guide.yaml": text} if text else {})}
    guide = read_pack(files)[0].guide
    assert guide is not None
    return guide


def test_nobody_leaves_without_an_open_road() -> None:
    """Whatever is answered, a road is open, each with its law, and none is both open and closed."""
    guide = the_guide()
    names = [one.name for one in guide.questions]
    count = 0
    for said in product(*([choice.name for choice in one.choices] for one in guide.questions)):
        found = offers(guide, guide.rules, dict(zip(names, said, strict=True)))
        count += 1
        assert any(one.is_open for one in found), said
        assert len({one.road.name for one in found}) == len(found)
        for one in found:
            assert one.because
            assert all(rule.is_offer == one.is_open and rule.basis for rule in one.because)
    assert count == 9 * 4 * 7 * 2 * 2


def test_open_roads_come_first_and_what_closes_a_road_wins() -> None:
    guide = the_guide()
    answers = {
        "field": "labour", "other_side": "employer", "stage": "new", "arbitration_clause": "without",
        "violence": "calm",
    }  # fmt: skip
    found = offers(guide, guide.rules, answers)
    assert [one.is_open for one in found] == sorted((one.is_open for one in found), reverse=True)
    litigation = next(one for one in found if one.road.name == "litigation")
    assert [rule.name for rule in litigation.because] == ["labour-not-to-court-yet"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [({"field": "weather"}, "guide.bad_answer"), ({"field": "labour"}, "guide.answer_missing")],
)
def test_answers_are_checked(answers: dict[str, str], code: str) -> None:
    guide = the_guide()
    with pytest.raises(Refusal) as refused:
        offers(guide, guide.rules, answers)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("offers: negotiation, basis", "offers: talking, basis", "word.unknown"),
        ("when: {field: suggestion}", "when: {field: sugestion}", "word.unknown"),
        ("basis: 本市首站引导约定, zh: 任何", "basis: 民间习惯, zh: 任何", "basis.unknown"),
        ("name: talk, offers: negotiation", "name: talk, offers: negotiation, when: {field: labour}",
         "guide.no_way"),
        ("name: talk, offers: negotiation", "name: talk", "key.missing"),
        ("name: petition-over", "name: petition-once", "name.twice"),
        ("  arbitration: {zh: 仲裁, en: Arbitration}", "  arbitration: {zh: 仲裁}", "words.missing"),
        ("  negotiation: {zh", "  walking: {zh: 走, en: Walk}\n  negotiation: {zh", "guide.never"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_guide_is_told(old: str, new: str, code: str) -> None:
    text = FILES["guide.yaml"]
    assert old in text
    with pytest.raises(Refusal) as refused:
        the_guide(text.replace(old, new, 1))
    problems = refused.value.facts["problems"]
    assert isinstance(problems, tuple)
    assert code in {one.code for one in problems}
    assert {one.file for one in problems} == {"guide.yaml"}


def test_a_pack_brings_the_text_of_its_agreements() -> None:
    text = "# 协议\n\n{parties}\n\n{terms}\n"
    assert read_pack({**FILES, "agreements/agreement.zh.md": text})[0].agreements == {"zh": text}
    for name, told in (("agreement.zh.md", "# 协议\n\n{partys}\n"), ("other.md", text)):
        with pytest.raises(Refusal):
            read_pack({**FILES, f"agreements/{name}": told})
