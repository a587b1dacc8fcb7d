"""Places from words: by how names end and begin, with what a gazetteer knows, ranked with reasons."""

from dataclasses import dataclass

import pytest
from understanding_sentences import odd

from yuzhi.capabilities.understanding.places import find_places, marked_sentences, measure_places


@pytest.mark.parametrize("half", [0, 1])
def test_marked_places_are_found(half: int) -> None:
    sentences = [one for one in marked_sentences() if one.half == half]
    assert len(sentences) >= 150
    score = measure_places(sentences)
    assert score.precision >= 0.9
    assert score.recall >= 0.85


def test_the_measure_sees_nothing_found() -> None:
    assert measure_places(marked_sentences(), lambda _: ()).recall == 0


@pytest.mark.parametrize(
    ("text", "kind", "name", "number"),
    [
        ("我住在和平路128号", "road", "和平路", "128"),
        ("投诉春晓苑物业乱收费", "estate", "春晓苑", ""),
        ("翠竹街道垃圾没人收", "street", "翠竹街道", ""),
        ("实验小学门口太堵", "landmark", "实验小学", ""),
        ("沿月亮岛路架设高压线", "road", "月亮岛路", ""),
    ],
)
def test_a_place_is_named_with_its_reason(text: str, kind: str, name: str, number: str) -> None:
    place = find_places(text)[0]
    assert (place.kind, place.name, place.number) == (kind, name, number)
    assert name in place.reason


def test_a_crossing_has_both_roads() -> None:
    (place,) = find_places("解放街与人民大道交叉口没有红绿灯")
    assert (place.name, place.crosses) == ("解放街", "人民大道")


@pytest.mark.parametrize(
    "text", ["小区的路灯不亮", "小区路灯不亮", "这条路太窄", "学校作业太多", "请问怎么出路费", ""]
)
def test_words_that_name_no_place_give_none(text: str) -> None:
    assert find_places(text) == ()


@dataclass(frozen=True)
class Known:
    code: str
    name: str
    score: float
    start: int
    end: int
    lon: float | None = None
    lat: float | None = None


class OneName:
    def __init__(self, known: Known, word: str) -> None:
        self.known, self.word = known, word

    def find(self, text: str, within: str | None = None, *, limit: int = 5) -> tuple[Known, ...]:
        at = text.find(self.word)
        return (
            ()
            if at < 0
            else (
                Known(
                    self.known.code,
                    self.known.name,
                    0.9,
                    at,
                    at + len(self.word),
                    self.known.lon,
                    self.known.lat,
                ),
            )
        )


def test_a_known_name_brings_its_code_and_coordinates() -> None:
    street = OneName(Known("330203001000", "翠竹街道", 0, 0, 0), "翠竹")
    found = {place.kind: place for place in find_places("翠竹的春晓苑停水了", street)}
    assert found["territory"].code == found["estate"].code == "330203001000"
    park = OneName(Known("330203001000", "月湖公园", 0, 0, 0, 121.5, 29.9), "月湖公园")
    assert find_places("月湖公园的灯坏了", park)[0].lon == 121.5


def test_odd_texts_do_no_harm() -> None:
    for text in odd():
        assert len(find_places(text)) <= 8
