"""Every refusal there is has its words in both languages, and those words fit the refusal's facts."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.doors.wording import LANGUAGES, Language, causes, sentences, word

SOURCE = Path(__file__).parents[2] / "src" / "yuzhi"
CODE = re.compile(r"[a-z_]+(\.[a-z_-]+)+")
ADDED = {"file", "line", "source", "given", "detail", "retry_after"}
"""Facts that are added on the way up: a file's own, a calendar line's own, a fault's own, the store's own."""


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield (
                function.id if isinstance(function, ast.Name) else getattr(function, "attr", ""),
                node,
            )


def raised(text: str) -> Iterator[tuple[str, set[str] | None]]:
    """Yield each code a source names as a refusal, with the names of its facts (None: not to be seen)."""
    for name, call in calls(ast.parse(text)):
        said = [
            one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        if name in {"Refusal", "refused"} and said and CODE.fullmatch(said[0]):
            facts = {one.arg for one in call.keywords}
            yield said[0], None if None in facts else {fact for fact in facts if fact}
        elif (
            name == "add" and isinstance(call.func, ast.Attribute) and "aults" in ast.unparse(call.func.value)
        ):
            is_code = isinstance(call.args[0], ast.Constant)  # else it is a file, and the code comes later
            yield from ((code if is_code else f"fault.{code}", None) for code in said if CODE.fullmatch(code))


@cache
def source() -> str:
    """Return all of the source in one text."""
    return "\n".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))


@cache
def codes() -> dict[str, list[set[str] | None]]:
    found: dict[str, list[set[str] | None]] = defaultdict(list)
    for file in SOURCE.rglob("*.py"):
        for code, facts in raised(file.read_text(encoding="utf-8")):
            found[code].append(facts)
    return found


def named(code: str) -> bool:
    """Say whether a source names a code in any way: in a table, as a constant, by its beginning."""
    root, _, last = code.rpartition(".")
    stem = last.partition("_")[0]
    pattern = re.compile(rf'"{re.escape(code)}"|f"{re.escape(root)}\.{stem}_\{{|f"{re.escape(root)}\.\{{')
    return pattern.search(source()) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_its_words(language: Language) -> None:
    assert sorted(code for code in codes() if code not in sentences(language)) == []


def test_both_languages_say_the_same_things() -> None:
    zh, en = sentences("zh"), sentences("en")
    assert set(zh) == set(en)
    assert [code for code in zh if bool(zh[code].do) != bool(en[code].do)] == []
    assert [code for code in zh if placeholders(zh[code].says) != placeholders(en[code].says)] == []


def test_no_wording_outlives_its_refusal() -> None:
    known = codes()
    assert [code for code in sentences("en") if code not in known and not named(code)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_ask_only_for_facts_the_refusal_has(language: Language) -> None:
    wrong = {}
    for code, sites in codes().items():
        if code not in sentences(language) or code.startswith("fault."):
            continue
        asked = placeholders(sentences(language)[code].says) | placeholders(sentences(language)[code].do)
        if all(facts is not None and not asked <= facts | ADDED for facts in sites):
            wrong[code] = asked
    assert wrong == {}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_facts_are_filled_in() -> None:
    refusal = Refusal("evidence.missing", step="answer", kinds=["photo", "form"])
    assert word(refusal, "en").says == "“answer” needs evidence: photo, form."
    assert word(refusal, "zh").says == "办理“answer”缺少证明材料：photo, form。"


def test_a_fact_that_is_not_there_is_left_open() -> None:
    assert "…" in word(Refusal("evidence.missing", step="answer"), "en").says


def test_a_fact_is_never_taken_for_a_format() -> None:
    assert (
        word(Refusal("unit.unknown", units="{0.__class__}"), "en").says == "There is no unit {0.__class__}."
    )


def test_gathered_faults_of_any_shape_are_told() -> None:
    class Fault:
        file, line, code, detail = "a.csv", 7, "name.empty", ""

    one, two = causes(Refusal("x.y", errors=[Fault(), Refusal("unit.unknown", units="u"), "a mere word"]))
    assert (one.code, one.facts["line"]) == ("fault.name.empty", 7)
    assert two.code == "unit.unknown"
    assert causes(Refusal("x.y")) == ()


def test_the_check_sees_what_a_source_raises() -> None:
    found = dict(
        raised(
            'raise Refusal("a.b", x=1)\nraise line.refused("c.d", **more)\n'
            'self._faults.add(f, 1, "e.f")\nfaults.add("g.h", x=1)'
        )
    )
    assert found == {"a.b": {"x"}, "c.d": None, "fault.e.f": None, "g.h": None}
