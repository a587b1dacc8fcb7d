from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.bulk import COLUMNS, MAPPING, SHANGHAI, a_mapping, a_row, shelf
from fakes.packs import ROOT
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.intake import Row, check_words, read_mapping
from yuzhi.capabilities.intake._reader import Reader
from yuzhi.capabilities.intake._times import read_time, spread
from yuzhi.capabilities.matters import NewMatter
from yuzhi.capabilities.vault import Person


def faults(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(Refusal) as caught:
        read_mapping(text, name="town.toml", zone=SHANGHAI)
    return told(caught.value)


def told(refusal: Refusal) -> list[tuple[str, str, str]]:
    assert refusal.code == "mapping.refused"
    errors = refusal.facts["errors"]
    assert isinstance(errors, tuple)
    return [(one.code, _about(one), str(one.facts.get("nearest", ""))) for one in errors]


def _about(fault: Refusal) -> str:
    return next(str(fault.facts[name]) for name in ("word", "column", "where") if name in fault.facts)


def ask(row: Sequence[str], *changes: tuple[str, str]) -> NewMatter:
    reader = Reader(a_mapping(*changes), COLUMNS)
    return reader.read(Row(2, tuple(row)), "1", b"").ask


def test_a_row_is_read_as_the_mapping_says() -> None:
    assert ask(a_row(1, text="", words="路灯 坏")) == NewMatter(
        procedure="citizen-request", subject="路灯不亮 1", kind="help", channel="import", detail="路灯 坏",
        category="urban/road/lamp", territory="330212", requester=Person(name="user1"),
    )  # fmt: skip


def test_values_may_be_joined_cut_and_told_by_words_in_them() -> None:
    joined = ('subject = "title"', 'subject = {join = ["field", "title"], with = "：", cut = 6}')
    assert ask(a_row(1), joined).subject == "路灯：路灯不"
    by_words = ('{column = "kind", values = {"求助" = "help", "投诉" = "complaint"}, else = "help"}',
                '{column = "title", contains = {"投诉" = "complaint"}, else = "help"}')  # fmt: skip
    assert ask(a_row(1, title="我要投诉物业"), by_words).kind == "complaint"
    assert ask(a_row(1, title="请修路灯"), by_words).kind == "help"


def test_numbers_are_read_where_they_belong() -> None:
    point = ('territory = {always = "330212"}', 'lon = "words"\nlat = "text"')
    assert (
        ask(a_row(1, words="121.5", text="29.8"), point, ('{first = ["text", "words"]}', '"title"')).lon
        == 121.5
    )
    with pytest.raises(Refusal, match=r"number\.unreadable"):
        ask(a_row(1, words="east", text="29.8"), point)


def test_another_territory_can_be_named_for_rows_that_tell_none() -> None:
    reader = Reader(a_mapping().with_territory("330205"), COLUMNS)
    assert reader.read(Row(2, a_row(1)), "1", b"").ask.territory == "330205"
    column = a_mapping(('territory = {always = "330212"}', 'territory = "who"')).with_territory("330205")
    reader = Reader(column, COLUMNS)
    assert reader.read(Row(2, a_row(1, who="330206")), "1", b"").ask.territory == "330206"
    assert reader.read(Row(2, a_row(1, who="")), "1", b"").ask.territory == "330205"


def test_a_column_the_file_has_not_is_told_with_the_nearest_one() -> None:
    with pytest.raises(Refusal) as caught:
        Reader(a_mapping(('"title"', '"titel"'), ('key = "no"', 'key = "number"')), COLUMNS, name="town.toml")
    assert told(caught.value) == [
        ("mapping.column_unknown", "number", "no"),
        ("mapping.column_unknown", "titel", "title"),
    ]


def test_words_the_pack_does_not_know_are_told_with_the_nearest_one() -> None:
    mapping = a_mapping(
        ('"urban/road/lamp"', '"urban/road/lamb"'), ('"投诉" = "complaint"', '"投诉" = "complain"')
    )
    pack = shelf().pack("citizen-request")
    procedure = shelf().procedure("citizen-request")
    check_words(a_mapping(), procedure, pack)
    with pytest.raises(Refusal) as caught:
        check_words(mapping, procedure, pack)
    assert sorted(told(caught.value)) == [
        ("mapping.word_unknown", "complain", "complaint"),
        ("mapping.word_unknown", "urban/road/lamb", "urban/road/lamp"),
    ]


def unknown(word: str, nearest: str) -> tuple[str, str, str]:
    return "mapping.word_unknown", word, nearest


def missing(word: str) -> tuple[str, str, str]:
    return "mapping.missing", word, ""


def wrong(where: str) -> tuple[str, str, str]:
    return "mapping.wrong", where, ""


SUBJECT = 'subject = "title"'
SUBJECT_WRONG = wrong("fields.subject")
KEY = 'key = "no"'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('source = "town"', 'sauce = "town"', [unknown("sauce", "source"), missing("source")]),
        (SUBJECT, 'subjekt = "title"', [unknown("subjekt", "subject"), missing("subject")]),
        (SUBJECT, "subject = 7", [SUBJECT_WRONG]),
        (SUBJECT, "subject = {}", [SUBJECT_WRONG]),
        (SUBJECT, 'subject = {column = "a", always = "b"}', [SUBJECT_WRONG]),
        (SUBJECT, 'subject = {column = "a", values = {}, contains = {}}', [SUBJECT_WRONG]),
        (SUBJECT, 'subject = {colum = "a"}', [unknown("colum", "column"), SUBJECT_WRONG]),
        (SUBJECT, 'subject = {column = "a", cut = 0}', [wrong("fields.subject.cut")]),
        ('name = "who"', 'phon = "who"', [unknown("phon", "phone")]),
        ("from = 2025-01-01", "from = 2026-01-01", [wrong("opened_at.missing")]),
        ('column = "at"', 'column = "at"\ntimezone = "Asia/Shangri-La"', [wrong("opened_at.timezone")]),
        (KEY, KEY + '\nletters = "yes"', [wrong("letters")]),
        (KEY, KEY + '\nfile = {delimiter = ",,"}', [wrong("file.delimiter")]),
    ],
)
def test_what_is_wrong_with_a_mapping_is_told(
    old: str, new: str, expected: list[tuple[str, str, str]]
) -> None:
    assert old in MAPPING
    assert faults(MAPPING.replace(old, new)) == expected


def test_text_that_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(Refusal) as caught:
        read_mapping("a = 1\nb = = 2\n", name="town.toml", zone=SHANGHAI)
    errors = caught.value.facts["errors"]
    assert isinstance(errors, tuple)
    assert [one.code for one in errors] == ["mapping.malformed"]
    assert "line 2" in str(errors[0].facts["trouble"])


def test_the_shipped_mappings_are_sound() -> None:
    for file in (ROOT / "src/yuzhi/data/mappings").glob("*.toml"):
        mapping = read_mapping(file.read_text(encoding="utf-8"), name=file.name, zone=SHANGHAI)
        procedure = shelf().procedure(mapping.procedure)
        check_words(mapping, procedure, shelf().pack(procedure.pack), name=file.name)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2020-01-06 12:09:38", "iso"),
        ("2020-01-06T04:09:38Z", "iso"),
        ("2020/1/6 12:09:38", "%Y/%m/%d %H:%M:%S"),
        ("2020年01月06日 12时09分38秒", "%Y年%m月%d日 %H时%M分%S秒"),
        ("43836.50668981481", "excel"),
        ("1578283778", "epoch"),
        ("1578283778000", "epoch"),
    ],
)
def test_times_are_read_in_many_forms(text: str, form: str) -> None:
    assert read_time(text, ("%d-%b", form), SHANGHAI) == datetime(2020, 1, 6, 4, 9, 38, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "2020-13-01", "2020-02-30", "99999-01-01", "0001-01-01", "1e99", "nan"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"time\.unreadable"):
        read_time(text, ("iso", "excel", "epoch"), SHANGHAI)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    with suppress(Refusal):
        assert read_time(text, ("iso", "%Y/%m/%d", "excel", "epoch"), SHANGHAI).tzinfo is UTC


@given(st.text(max_size=40))
def test_a_spread_instant_follows_from_the_key_and_lies_in_the_period(key: str) -> None:
    since, until = datetime(2025, 1, 1, tzinfo=SHANGHAI), datetime(2025, 2, 1, tzinfo=SHANGHAI)
    assert since <= spread(key, since, until) < until
    assert spread(key, since, until) == spread(key, since, until)
