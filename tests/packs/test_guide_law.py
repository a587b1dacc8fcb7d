"""What the guide rests on: articles that stand in the pack's head, and that say what the rule says."""

import os
import re
from pathlib import Path

import pytest

from fakes.packs import shipped
from yuzhi.capabilities.reception import standing
from yuzhi.engine.definition import Pack
from yuzhi.engine.guide import GuideRule
from yuzhi.engine.parse import read_pack

LAWS = Path(os.environ.get("YUZHI_SHARED") or Path(__file__).parents[3] / "shared") / "data" / "laws"
TEXTS = {
    "信访工作条例": "信访工作条例_2022-02-25.txt",
    "宁波市人民调解条例": "宁波市人民调解条例_2015-04-13.txt",
    "宁波市医疗纠纷预防与处置条例": "宁波市医疗纠纷预防与处置条例.txt",
}
SAID = {
    "people-first": ("涉及民事权利义务争议的各类民间纠纷",),
    "medical-committee": ("向医疗纠纷人民调解委员会申请调解",),
    "trade-committee": (
        "一般由相应的行业性、专业性人民调解委员会受理",
        "可以依法设立行业性、专业性人民调解委员会",
    ),
    "authority-mediates": ("人民调解、行政调解、司法调解联动",),
    "court-may-entrust": ("可以委托有关人民调解委员会调解", "应当征得当事人和人民调解委员会的同意"),
    "no-mediation-against-decision": ("只能由专门机关管辖受理", "涉及民事权利义务争议"),
    "petition-rest": ("提出建议、意见或者投诉请求", "应当区分情况"),
    "petition-once": ("已经受理或者正在办理的", "不予受理"),
    "petition-over": ("以同一事实和理由提出投诉请求的", "不再受理"),
    "other-roads-first": ("导入相应程序处理",),
}
"""What the articles of a rule say, of those whose text we have."""
_ARTICLES = re.compile(r"\d+")
_DIGITS = "零一二三四五六七八九"


def the_pack() -> Pack:
    return read_pack(shipped("dispute-centre"))[0]


def rules(pack: Pack) -> tuple[GuideRule, ...]:
    assert pack.guide is not None
    return (*pack.guide.rules, *pack.guide.unperformed)


def parts(rule: GuideRule, pack: Pack) -> list[tuple[str, list[str]]]:
    """Return each title a rule cites, with the numbers of the articles."""
    found = []
    for part in rule.basis.split("；"):
        title = max((one.title for one in pack.basis if part.startswith(one.title)), key=len)
        found.append((title, _ARTICLES.findall(part.removeprefix(title))))
    return found


def in_chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def article(law: str, number: str) -> str:
    """Return the text of an article, its heading left out."""
    text = (LAWS / TEXTS[law]).read_text(encoding="utf-8")
    begin = re.search(rf"^第{in_chinese(int(number))}条", text, re.MULTILINE)
    assert begin is not None, (law, number)
    return re.split(r"^第[一二三四五六七八九十]+条", text[begin.end() :], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_article_a_rule_cites_is_in_the_head_of_the_pack() -> None:
    pack = the_pack()
    known: dict[str, set[str]] = {
        one.title: set(_ARTICLES.findall(_spelt_out(one.articles))) for one in pack.basis
    }
    cited: dict[str, set[str]] = {}
    for rule in rules(pack):
        for title, articles in parts(rule, pack):
            cited.setdefault(title, set()).update(articles)
    assert {title: some - known[title] for title, some in cited.items()} == {title: set() for title in cited}
    # Nothing stands in the head that nobody cites, so that it cannot grow old unseen.
    assert {title for title, articles in known.items() if articles} - set(cited) == set()


def test_what_nobody_read_is_not_told_as_law() -> None:
    pack = the_pack()
    for rule in rules(pack):
        known = standing(pack, rule.basis)
        told = "（转引）" in rule.basis or "约定" in rule.basis
        assert (known == "verified") is not told, rule.name
    assert standing(pack, "人民调解法 26；民事诉讼法（转引） 122") == "second_hand"
    assert standing(pack, "本市首站引导约定；人民调解法 26") == "local"
    assert "转引" in pack.parameters["second_hand"]


@pytest.mark.skipif(not LAWS.is_dir(), reason="the shared texts of laws are not at hand (YUZHI_SHARED)")
def test_articles_we_have_the_text_of_say_what_the_rule_says() -> None:
    pack = the_pack()
    seen = set()
    for rule in rules(pack):
        texts = [article(title, one) for title, some in parts(rule, pack) if title in TEXTS for one in some]
        if texts:
            seen.add(rule.name)
            assert all(phrase in "".join(texts) for phrase in SAID[rule.name]), rule.name
    assert seen == set(SAID)


def _spelt_out(articles: str) -> str:
    """Return `31-33` as `31 32 33`."""
    return re.sub(
        r"(\d+)-(\d+)", lambda one: " ".join(map(str, range(int(one[1]), int(one[2]) + 1))), articles
    )
