import pytest

from fakes.packs import a_noise_pack, noise, shipped
from yuzhi.engine.explain import explain
from yuzhi.engine.parse import parse_pack
from yuzhi.engine.phrases import PHRASES, Language
from yuzhi.engine.vocabulary import (
    ASSIGNMENT_STATES,
    AUDIENCES,
    EFFECTS,
    EVENTS,
    GUARDS,
    LINKS,
    PLACES,
    PUBLIC_FIELDS,
    SCOPES,
    STATUSES,
)


def told(language: str, *, files: dict[str, str] | None = None) -> list[str]:
    pack = parse_pack(files) if files else a_noise_pack()
    chosen: Language = "zh" if language == "zh" else "en"
    return explain(pack.procedures[0], pack.words, chosen, basis=pack.basis).split("\n")


def test_a_step_is_told_whole() -> None:
    assert (
        "7. Answer: by Office (whose unit is the lead), while “Assigned”. It reports one's own result, "
        "settles the outcome. The outcome must be one of: Solved, Explained. Then the matter is “Answered”. "
        "To be written: Reply. To be attached: Photograph. Letters: “Answered” to the requester."
    ) in told("en")
    assert (
        "7. 答复：承办人在“已派单”时可以办理，须由主办单位的人员办理。"
        "作用：报送本单位的办理结果、认定办理结果。"
        "结果限于：已解决、已解释。之后进入“已答复”。须写明：答复。须附：照片。发信：《答复通知》给诉求人。"
    ) in told("zh")


def test_a_clock_is_told_with_what_it_rests_on_and_that_it_is_not_law() -> None:
    assert (
        "1. 答复时限：自受理、进入“已派单”起算，至“已答复”、“已办结”、“不予受理”为止。时限：5 个工作日。"
        "在“等待补充”期间，因情况不全停止计时。用去 75% 时提醒。依据：Local rule on noise 3（本地约定）。"
        "这不是法定时限，可以由本地调整。"
    ) in told("zh")
    reply = next(line for line in told("en") if line.startswith("1. Limit for the reply"))
    assert reply.endswith(
        "Basis: Local rule on noise 3 (a local rule). "
        "This is not a limit set by law; it may be changed locally."
    )


def test_law_is_told_as_law_only_when_the_clock_says_so() -> None:
    files = noise(
        ("pack.toml", 'status = "local"', 'status = "verified"'),
        (
            "procedures/noise.yaml",
            "on noise 3\n  - {name: wait",
            "on noise 3\n    law: true\n  - {name: wait",
        ),
    )
    clocks = [line for line in told("en", files=files) if "Basis" in line]
    assert [line.endswith("This is a limit set by law.") for line in clocks] == [True, False, False]
    assert all("(text verified)" in line for line in clocks)


def test_each_part_of_a_basis_is_told_with_its_own_standing() -> None:
    pack = parse_pack(shipped("citizen-request"))
    text = explain(pack.procedures[0], pack.words, "zh", basis=pack.basis)
    handle = next(line for line in text.split("\n") if line.startswith("4. 办理时限"))
    assert "济南市热线条例（2018年） 24（条文已核对）" in handle
    assert "征求意见稿）（转引，条文未核对）" in handle
    assert "这不是法定时限" in handle
    assert "特急的，2 小时" in handle
    assert "任何终点" in handle


def test_names_without_words_are_told_as_they_are() -> None:
    text = explain(a_noise_pack().procedures[0], {}, "en")
    assert "1. assign: by desk, the routing rules" in text


def test_a_clock_that_does_not_always_run_is_told_so() -> None:
    row = "    limit: [{when: {kind: complaint}, is: 2 days}]\n"
    lines = told("en", files=noise(("procedures/noise.yaml", "    limit: 5 workdays\n", row)))
    reply = next(line for line in lines if line.startswith("1. Limit for the reply"))
    assert "if kind is Complaint: 2 days. In other cases it does not run." in reply
    assert "If the last day is a day off, it ends with the next workday." in reply


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_word_of_the_engine_has_a_phrase(language: str) -> None:
    phrases = PHRASES["zh" if language == "zh" else "en"]
    lists = {
        "effect": EFFECTS, "guard": GUARDS, "scope": SCOPES, "event": EVENTS, "audience": AUDIENCES,
        "link": LINKS, "assignment": ASSIGNMENT_STATES, "status": STATUSES, "place": PLACES,
        "public": PUBLIC_FIELDS, "duty": ("requester", "clock", "routing"),
    }  # fmt: skip
    needed = [f"{prefix}.{word}" for prefix, words in lists.items() for word in words]
    assert [key for key in needed if key not in phrases] == []


def test_both_languages_say_the_same_things() -> None:
    assert set(PHRASES["zh"]) == set(PHRASES["en"])


def test_the_basis_list_may_be_left_out() -> None:
    pack = a_noise_pack()
    assert "Basis: Local rule on noise 3." in explain(pack.procedures[0], pack.words, "en")
