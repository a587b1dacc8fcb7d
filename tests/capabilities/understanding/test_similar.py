"""Similar past matters are found by shared words; drafts say that they are drafts and invent nothing."""

import pytest
from understanding_sentences import odd

from yuzhi.capabilities.understanding.similar import HEAD, PastMatter, SimilarIndex, draft_reply

RULES = "根据《城市照明管理规定》，路灯故障应当在三日内修复。报修可以拨打城管热线。"
PAST = [
    PastMatter(
        "1",
        "路灯不亮",
        "小区门口路灯坏了好几天",
        f"您好，您的留言收悉。{RULES}张建国先生已于2024年3月5日到场。",
        0.9,
    ),
    PastMatter("2", "井盖松动", "车压过去井盖有响声", "井盖权属单位应当及时维修。", 0.9),
    PastMatter("3", "路灯太暗", "路灯亮度不够", "已转交有关部门。", 0.1),
    *(
        PastMatter(f"x{at}", "社保转移", f"养老保险转移办理第{at}次咨询", "请到窗口办理养老保险转移。", 0.8)
        for at in range(20)
    ),
]


def test_the_likest_come_first_with_the_words_shared() -> None:
    first, second, *_ = SimilarIndex(PAST).find("路灯坏了", "门口的路灯不亮")
    assert {first.matter.id, second.matter.id} == {"1", "3"}
    assert first.alike >= second.alike > 0
    assert "路灯" in first.words


def test_what_is_like_nothing_finds_nothing() -> None:
    assert SimilarIndex(PAST).find("宠物登记", "狗证怎么补办") == ()
    assert SimilarIndex().find("路灯", "路灯") == ()


def test_a_draft_is_marked_and_made_of_good_answers_only() -> None:
    draft = draft_reply(SimilarIndex(PAST).find("路灯坏了", "门口的路灯不亮"))
    assert draft is not None
    assert draft.text.startswith(HEAD)
    assert "城市照明管理规定" in draft.text
    assert {one.source for one in draft.sentences} == {"1"}
    for one in draft.sentences:
        assert one.text in PAST[0].answer
    for particular in ("张建国", "2024年", "转交"):
        assert particular not in draft.text


def test_without_a_good_answer_there_is_no_draft() -> None:
    assert draft_reply(SimilarIndex([PAST[2]]).find("路灯太暗", "路灯亮度不够")) is None
    assert draft_reply(()) is None


@pytest.mark.parametrize("text", odd())
def test_odd_texts_do_no_harm(text: str) -> None:
    index = SimilarIndex([*PAST, PastMatter("odd", text, text, text)])
    draft_reply(index.find(text, text))
