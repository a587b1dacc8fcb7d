"""Words to places: what is found, what is not, and the reason given."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhi.capabilities.territory import (
    Atlas,
    Change,
    Gazetteer,
    Landmark,
    Territory,
    ancestors,
    level_of,
    reorganised,
)

TODAY = date(2024, 1, 1)

NAMES = {
    "3302": "宁波市",
    "330203": "海曙区",
    "330203005": "鼓楼街道",
    "330203005005": "中山社区",
    "330212": "鄞州区",
    "330212001": "下应街道",
    "330212006": "首南街道",
    "330212006002": "陈婆渡社区居委会",
    "330212006003": "花园社区居委会",
    "330212008": "东胜街道",
    "330212008002": "中山社区",
    "330212100": "大隐镇",
    "330225": "象山县",
    "330225100": "石浦镇",
    "330225100001": "石浦社区居委会",
    "330225100200": "河头村村委会",
    "330283": "奉化市",
}


def atlas() -> Atlas:
    return Atlas(
        Territory(
            code,
            name,
            level_of(code),
            next(iter(ancestors(code)), None),
            aliases=("甬城",) if code == "3302" else (),
        )
        for code, name in NAMES.items()
    )


LANDMARKS = [Landmark("万达广场", "330212006", "商场", ("鄞州万达",), 121.54, 29.81)]
GAZETTEER = Gazetteer(atlas(), LANDMARKS, on=TODAY)


def found(text: str, within: str | None = None) -> list[str]:
    return [guess.code for guess in GAZETTEER.find(text, within)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("宁波市鄞州区首南街道陈婆渡社区路灯坏了", "330212006002"),
        ("鄞州区首南街道的路灯坏了", "330212006"),
        ("家住首南附近，噪音很大", "330212006"),
        ("我们村是象山的，河头村的路断了", "330225100200"),
        ("河头村村委会不公开账目", "330225100200"),
        ("石浦那边台风过后断电", "330225100"),
        ("甬城的公交太少", "3302"),
        ("首南街道万达广场门口占道", "330212006"),
        ("鄞州万达停车难", "330212006"),
        ("从海曙区搬到鄞州区中山社区", "330212008002"),
        ("鄞州首南这一带", "330212006"),
    ],
)
def test_the_place_meant_comes_first(text: str, code: str) -> None:
    assert found(text)[0] == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "路灯坏了",
        "以下应当尽快处理",  # hides 下应
        "重大隐患没有排查",  # hides 大隐
        "鄞州大道每天拥堵",  # a road
        "象山港上有油污",  # a bay
        "小区的花园没人管",  # an ordinary word
        "花园里种菜",
        "宁",
    ],
)
def test_what_is_no_place_is_not_found(text: str) -> None:
    assert found(text) == []


def test_an_ordinary_word_is_not_heeded_for_a_district_but_for_its_town() -> None:
    assert found("鄞州区的花园很多") == ["330212"]
    assert "330212006003" in found("首南街道花园那边")


def test_namesakes_are_told_apart_by_what_else_is_said() -> None:
    assert found("鄞州区中山社区")[0] == "330212008002"
    assert found("海曙鼓楼那边的中山社区")[0] == "330203005005"
    assert found("中山社区", within="330203") == ["330203005005"]
    alone = GAZETTEER.find("中山社区垃圾成堆")
    assert {guess.code for guess in alone} == {"330203005005", "330212008002"}
    assert alone[0].score == alone[1].score < 0.65
    assert "同名共2处" in alone[0].why.zh
    assert "one of 2 places so named" in alone[0].why.en


def test_within_lets_nothing_else_through() -> None:
    assert found("海曙区鼓楼街道", within="330212") == []
    assert found("宁波市鄞州区", within="330212") == ["330212"]


def test_the_reason_is_given_in_both_languages() -> None:
    (guess,) = GAZETTEER.find("鄞州区首南街道的路灯坏了")
    assert (guess.start, guess.end, guess.name) == (3, 7, "首南街道")
    assert guess.why.zh == "文中“首南街道”（第4至7字）是辖区名称，属于“鄞州区”"
    assert guess.why.en == 'matched "首南街道" at 3–7 within "鄞州区"'


def test_a_landmark_has_a_point() -> None:
    guess = GAZETTEER.find("万达广场门口占道")[0]
    assert (guess.name, guess.lon, guess.lat) == ("万达广场", 121.54, 29.81)
    assert "地标" in guess.why.zh


def test_full_names_score_above_stems_and_context_raises_both() -> None:
    def score(text: str) -> float:
        return GAZETTEER.find(text)[0].score

    assert score("首南街道") > score("首南那边")
    assert score("鄞州区首南街道") > score("首南街道")
    assert score("鄞州区首南那边") > score("首南那边")
    assert score("首南那边的花园") == score("首南那边")  # an ordinary word is no witness


def test_what_speaks_against_a_place_lowers_its_score() -> None:
    def score(text: str, code: str) -> float:
        return next(guess.score for guess in GAZETTEER.find(text) if guess.code == code)

    # The text names another district outright; the name may be the tail of a longer one.
    assert score("海曙区的下应街道", "330212001") < score("这里的下应街道", "330212001")
    assert score("新陈婆渡社区", "330212006002") < score("在陈婆渡社区", "330212006002")


def test_a_town_goes_before_the_community_that_bears_its_name() -> None:
    town, community = GAZETTEER.find("象山石浦那边")
    assert (town.code, community.code) == ("330225100", "330225100001")
    assert town.score > 0.6 > community.score
    assert found("石浦社区")[0] == "330225100001"


def test_former_names_lead_to_their_heirs() -> None:
    act = [
        Change("rename", date(2016, 10, 1), ("330283",), ("330213",), names={"330213": "奉化区"}),
        Change("merge", date(2016, 10, 1), ("330203", "330212"), ("330203",)),
    ]
    ground = atlas()
    moved = [
        Change("transfer", date(2016, 10, 1), (town,), (f"3302031{town[-2:]}",))
        for town in ("330212001", "330212006", "330212008", "330212100")
    ]
    after = Gazetteer(reorganised(ground, [*moved, *act]), on=TODAY)
    assert after.find("奉化市溪边")[0].code == "330213"
    heir = after.find("鄞州区的旧城")[0]
    assert (heir.code, heir.name) == ("330203", "海曙区")
    assert "旧名" in heir.why.zh
    assert "former name" in heir.why.en


def test_full_width_letters_are_read_as_plain_ones() -> None:
    gazetteer = Gazetteer(Atlas([Territory("330212", "Ａ3区", "district")]), on=TODAY)
    assert gazetteer.find("住在A３区的人")[0].code == "330212"


def test_a_single_character_is_never_a_place() -> None:
    lone = Gazetteer(Atlas([Territory("330212", "郫县", "district", aliases=("郫",))]), on=TODAY)
    assert lone.find("郫的事") == ()
    assert lone.find("郫县的事")[0].code == "330212"


@given(st.text(st.sampled_from("宁波市鄞州区首南街道中山社花园石浦河头村，的大道路A１"), max_size=60))
@settings(deadline=None)
def test_whatever_the_text_the_guesses_are_sound(text: str) -> None:
    guesses = GAZETTEER.find(text)
    assert len(guesses) <= 5
    assert all(0 < guess.score <= 1 and guess.code in NAMES for guess in guesses)
    assert [guess.score for guess in guesses] == sorted((guess.score for guess in guesses), reverse=True)
    assert all(0 <= guess.start < guess.end <= len(text) for guess in guesses)
    assert GAZETTEER.find(text) == guesses


def test_a_very_long_text_is_still_answered() -> None:
    text = "首南街道中山社区" * 5_000
    assert GAZETTEER.find(text)[0].code == "330212006"
    assert len(GAZETTEER._mentions(text, None)) == 64
