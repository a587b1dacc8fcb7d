import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.packs import PROCEDURE, a_noise_pack, codes, in_procedure, line_of, noise, problems
from yuzhi.base.refusal import Refusal
from yuzhi.engine.definition import Automatic, LearntDispatch, LegalBasis, Pause, UnitAt, When
from yuzhi.engine.form_shape import DEEPEST, all_fields
from yuzhi.engine.limits import parse_limit
from yuzhi.engine.parse import digest_of, parse_pack
from yuzhi.engine.problems import MOST


def test_the_documented_pack_is_read_whole() -> None:
    pack = a_noise_pack()
    procedure = pack.procedure("noise")
    assert procedure is not None
    assert (pack.name, pack.version, pack.in_force_from) == ("noise", "1", "2026-01-01")
    assert pack.duties == ("desk", "office")
    assert pack.basis == (LegalBasis("Local rule on noise", "3", "local"),)
    assert procedure.states == ("received", "assigned", "waiting", "answered")
    assert procedure.ends == ("closed", "declined")
    assert procedure.opening.kinds == ("complaint",)
    assert pack.words["zh"]["state.received"] == "已受理"
    assert pack.words["en"]["category.noise"] == "Noise"
    assert pack.letters["received"]["en"].startswith("# We have")
    assert pack.routing[0].lead == UnitAt("environment", "district")


@pytest.mark.parametrize(
    ("learnt", "is_automatic"),
    [
        ("{threshold: 90, after: [all]}", False),
        ("{threshold: 90, after: [all], automatic: false}", False),
        ("{threshold: 90, after: [all], automatic: true}", True),
    ],
)
def test_what_was_learnt_is_only_suggested_unless_the_pack_says_more(learnt: str, is_automatic: bool) -> None:
    files = noise(("routing.yaml", "rules:\n", f"learnt: {learnt}\nrules:\n"))
    pack = parse_pack(files)
    assert pack.learnt_dispatch == LearntDispatch(threshold=0.9, after=("all",), automatic=is_automatic)
    wrong = noise(
        ("routing.yaml", "rules:\n", "learnt: {threshold: 90, after: [all], automatic: 1}\nrules:\n")
    )
    assert "type.wrong" in codes(wrong)


def test_an_opening_says_how_many_sides_there_are_and_who_is_told() -> None:
    usual = a_noise_pack().procedures[0].opening
    assert (usual.sides, usual.receipts) == (2, "parties")
    files = in_procedure("  form: noise\n", "  form: noise\n  sides: 1\n  receipts: own_side\n")
    opening = parse_pack(files).procedures[0].opening
    assert (opening.sides, opening.receipts) == (1, "own_side")
    for wrong in ("sides: 0", "sides: 51", "receipts: everybody"):
        assert problems(in_procedure("  form: noise\n", f"  form: noise\n  {wrong}\n"))


def test_a_step_says_what_the_file_says() -> None:
    procedure = a_noise_pack().procedures[0]
    answer = procedure.step("answer")
    assert answer is not None
    assert (answer.sources, answer.to, answer.duties) == (("assigned",), "answered", ("office",))
    assert (answer.scope, answer.does) == ("lead", ("answer", "resolve"))
    assert (answer.needs, answer.texts, answer.outcomes) == (("photo",), ("reply",), ("solved", "explained"))
    ask = procedure.step("ask")
    assert ask is not None
    assert ask.reason
    assert ask.reasons == ("missing_facts",)


def test_a_clock_says_what_the_file_says() -> None:
    clock = a_noise_pack().procedures[0].clock("reply")
    assert clock is not None
    assert clock.starts == ("opened", "assigned")
    assert clock.stops == ("answered", "closed", "declined")
    assert [(rule.limit, rule.when) for rule in clock.limits] == [(parse_limit("5 workdays"), When())]
    assert clock.pauses == (Pause("waiting", ("missing_facts",)),)
    wait = a_noise_pack().procedures[0].clock("wait")
    assert wait is not None
    assert wait.automatic == (Automatic("go-on"),)


def test_any_stands_for_every_state_under_way_but_the_one_led_to() -> None:
    files = in_procedure("{name: decline, from: received,", "{name: decline, from: any,")
    decline = parse_pack(files).procedures[0].step("decline")
    assert decline is not None
    assert decline.sources == ("received", "assigned", "waiting", "answered")
    files[PROCEDURE] = files[PROCEDURE].replace(
        "{name: hear, from: waiting,", "{name: hear, from: [any, ends],"
    )
    hear = parse_pack(files).procedures[0].step("hear")
    assert hear is not None
    assert hear.sources == ("received", "waiting", "answered", "closed", "declined")


@pytest.mark.parametrize(
    ("old", "new", "what", "nearest"),
    [
        (
            "by: [desk, routing], does: assign}",
            "by: [desk, routing], does: asign}",
            "unknown effect",
            "assign",
        ),
        ("guards: in_reopen_window", "guards: in_reopen_windows", "unknown guard", "in_reopen_window"),
        ("scope: lead, does: sign", "scope: leed, does: sign", "unknown scope", "lead"),
        (
            "from: waiting, to: assigned, by: requester",
            "from: wating, to: assigned, by: requester",
            "state",
            "waiting",
        ),
        ("to: declined, by: desk", "to: declined, by: deck", "unknown duty", "desk"),
        (
            "{letter: answered, to: requester}",
            "{letter: answerd, to: requester}",
            "unknown letter",
            "answered",
        ),
        ("{letter: answered, to: requester}", "{letter: answered, to: requestor}", "audience", "requester"),
        ("limit: 5 workdays", "limit: 5 workday s", "limit", "5 workdays"),
        ("leading_clock: reply", "leading_clock: replay", "unknown clock", "reply"),
        ("  opened: [{letter", "  opend: [{letter", "unknown key in letters", "opened"),
        ("do: go-on", "do: goon", "unknown step", "go-on"),
        ("form: noise\n", "form: nose\n", "unknown form", "noise"),
        ("outcomes: [solved, explained]\n    needs", "outcomes: [solvd]\n    needs", "outcome", "solved"),
        ("pauses: {waiting:", "pauses: {wating:", "state in pauses", "waiting"),
        ("scope: lead, reasons", "scop: lead, reasons", "unknown key in a step", "scope"),
        ("place: community", "place: comunity", "unknown place", "community"),
        ("at: due, do: let-lie", "at: dew, do: let-lie", "unknown moment", "due"),
    ],
)
def test_an_unknown_word_is_told_with_its_line_and_the_nearest_known_one(
    old: str, new: str, what: str, nearest: str
) -> None:
    files = in_procedure(old, new)
    found = [one for one in problems(files) if one.nearest == nearest and what in one.message]
    assert [(one.file, one.line) for one in found] == [(PROCEDURE, line_of(files, PROCEDURE, new))]


def test_a_problem_reads_as_a_sentence() -> None:
    files = in_procedure("by: [desk, routing], does: assign}", "by: [desk, routing], does: asign}")
    line = line_of(files, PROCEDURE, "asign")
    expected = f'{PROCEDURE}:{line}: step "assign": unknown effect "asign" — did you mean "assign"?'
    assert expected in {str(problem) for problem in problems(files)}


def test_all_problems_are_told_at_once() -> None:
    files = noise(
        (PROCEDURE, "does: assign}", "does: asign}"),
        ("pack.toml", 'status = "local"', 'status = "locl"'),
        ("routing.yaml", "environment", "enviroment"),
        ("letters/received.en.md", "{due_on}", "{due_no}"),
        ("catalogue/categories.csv", "noise,environment", "noise,environmental"),
        ("words/zh.yaml", "outcomes:", "outcoms:"),
    )
    told = {(one.file, one.nearest) for one in problems(files)}
    assert told >= {
        (PROCEDURE, "assign"),
        ("pack.toml", "local"),
        ("routing.yaml", "environment"),
        ("letters/received.en.md", "due_on"),
        ("catalogue/categories.csv", "environment"),
        ("words/zh.yaml", "outcomes"),
    }


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("starts: received", "starts: received\nstarts: received", "yaml.twice"),
        ("starts: received", "starts: &a received", "yaml.alias"),
        ("starts: received", "starts: *a", "yaml.alias"),
        ("starts: received", "starts: !!str received", "yaml.tag"),
        ("starts: received", "starts:\treceived\n\tx: 1", "yaml.syntax"),
        ("starts: received", "---\nstarts: received", "yaml.second_document"),
        ("starts: received", "starts: [received", "yaml.syntax"),
        ("starts: received", "starts: {a: b}", "type.wrong"),
        ("starts: received", "starts: ~", "type.wrong"),
        ("starts: received", "starts: \x07", "file.encoding"),
        ("starts: received", "starts: \ud800", "file.encoding"),
        ("starts: received", "? [a]\n: b\nstarts: received", "yaml.key"),
        ("ends: [closed", "ends: [Closed!, closed", "name.bad"),
        ("kinds: complaint", "kinds: on", "yaml.truth"),
        ("kinds: complaint", "kinds: [complaint, complaint]", "word.twice"),
        ("steps:", "steps: x\nstops:", "type.wrong"),
        ("ends: [closed", "ends: [answered, closed", "state.twice"),
        ("states: [received", "states: [any, received", "state.reserved"),
        ("{name: accept,", "{name: assign,", "name.twice"),
        ("limit: 5 workdays", "limit: 5 workdays\n    amber: 500", "type.wrong"),
        ("limit: 5 workdays", "limit: 5 workdays\n    law: yes", "type.wrong"),
        ("basis: Local rule on noise 3\n  - {name: wait", "basis: Rule 3\n  - {name: wait", "basis.unknown"),
        ("limit: 5 workdays", "limit: 99999 workdays", "limit.out_of_range"),
        ("procedure: noise", "proc: noise", "key.missing"),
    ],
)
def test_what_yaml_can_do_to_a_jurist_is_refused(old: str, new: str, code: str) -> None:
    assert code in codes(in_procedure(old, new))


def test_deep_nesting_is_refused_and_does_not_overflow() -> None:
    files = noise()
    files["procedures/deep.yaml"] = "[" * 100_000
    assert "yaml.too_deep" in codes(files)


def test_a_file_full_of_mistakes_is_told_only_in_part() -> None:
    files = noise()
    files["procedures/many.yaml"] = "".join(f"key{number}: x\n" for number in range(20_000))
    assert 0 < len(problems(files)) <= MOST


@pytest.mark.parametrize("what", ["states", "steps"])
def test_a_procedure_nobody_can_read_is_refused(what: str) -> None:
    states = ", ".join(f"s{number}" for number in range(300))
    steps = "".join(f"  - {{name: x{number}, from: received, by: desk}}\n" for number in range(300))
    change = ("states: [", f"states: [{states}, ") if what == "states" else ("steps:\n", f"steps:\n{steps}")
    assert "procedure.too_large" in codes(in_procedure(*change))


def test_a_file_that_is_too_large_is_not_read() -> None:
    files = noise()
    files["routing.yaml"] = "#" * 1_000_001
    assert "file.too_large" in codes(files)


@pytest.mark.parametrize(
    ("path", "nearest"),
    [("procedure/x.yaml", "procedures"), ("routing.yml", "routing.yaml"), ("form/x.json", "forms")],
)
def test_a_stray_file_is_told_with_where_it_may_belong(path: str, nearest: str) -> None:
    found = problems({**noise(), path: "x: 1"})
    assert [(one.file, one.nearest) for one in found] == [(path, nearest)]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ('name = "noise\n', 1, "toml.syntax"),
        ('name = "noise"\nversion = [1\n', 2, "toml.syntax"),
        ('name = "noise"\nversion = "1"\nin_force_from = "soon"\n', 3, "date.bad"),
        (
            'name = "noise"\nversion = "1"\nin_force_from = 2026-01-01\nduties = ["clock"]\n',
            4,
            "duty.reserved",
        ),
        ('name = "noise"\nversion = "1 2"\n', 2, "name.bad"),
        ('name = "noise"\nversion = "1"\n\n[[basis]]\ntitle = "A"\nstatus = "law"\n', 6, "word.unknown"),
    ],
)
def test_pack_toml_is_told_by_line(text: str, line: int, code: str) -> None:
    found = [one for one in problems({**noise(), "pack.toml": text}) if one.file == "pack.toml"]
    assert (line, code) in {(one.line, one.code) for one in found}


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("code,zh\n", 1, "csv.header"),
        ("code,unit_kind,words,words_against,zh,en\nnoise,environment,a,b\n", 2, "csv.columns"),
        ("code,unit_kind,words,words_against,zh,en\na/b,environment,,,甲,A\n", 2, "category.no_parent"),
        ("code,unit_kind,words,words_against,zh,en\na,,,,甲,A\na,,,,甲,A\n", 3, "name.twice"),
        ("code,unit_kind,words,words_against,zh,en\nA b,,,,甲,A\n", 2, "name.bad"),
        ('code,unit_kind,words,words_against,zh,en\n"a"b,,,,甲,A\n', 2, "csv.syntax"),
        ("code,unit_kind,words,words_against,zh,en\na,,,,,A\n", 2, "words.missing"),
    ],
)
def test_the_catalogue_is_told_by_line(text: str, line: int, code: str) -> None:
    found = problems({**noise(), "catalogue/categories.csv": text})
    assert (("catalogue/categories.csv", line, code)) in {(one.file, one.line, one.code) for one in found}


def test_a_category_has_the_unit_kind_of_its_branch() -> None:
    more = "noise/night,,夜间,,夜间噪声,Noise at night\n"
    files = noise(("catalogue/categories.csv", "Noise\n", f"Noise\n{more}"))
    night = parse_pack(files).category("noise/night")
    assert night is not None
    assert night.unit_kind == "environment"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"object"', '"obj"', "form.schema"),
        ('"type": "object",', "", "form.shape"),
        ('"additionalProperties": false', '"additionalProperties": true', "form.open"),
        ('"format": "date", "x-journal": true', '"pattern": "(?=a)b"', "form.schema"),
        ('"format": "date", "x-journal": true', '"pattern": "(a+)\\\\1"', "form.schema"),
        ('"format": "date", "x-journal": true', '"$ref": "http://example.org/x"', "form.reference"),
        ('"format": "date", "x-journal": true', '"maxLength": 90, "x-journal": true', "form.journal"),
        ('"format": "date", "x-journal": true', '"minLength": 1', "form.endless"),
        ('"format": "date", "x-journal": true', '"format": "date", "x-jurnal": true', "word.unknown"),
        ('"type": "string", "format": "date", "x-journal": true', '"type": "array"', "form.nested"),
        ('"type": "string", "format": "date", "x-journal": true', '"type": "null"', "form.nested"),
        ('"format": "date", "x-journal": true', '"format": "date", "$ref": "#/properties"', "form.reference"),
        ('"format": "date", "x-journal": true', '"maxLenght": 9, "maxLength": 9', "form.undrawn"),
        ('{"type": "string", "format": "date", "x-journal": true}', "true", "form.undrawn"),
        ('{"since"', '{"since": {"type": "boolean"}, "since"', "json.syntax"),
        ('{"type": "string", "format": "date", "x-journal": true}', "NaN", "json.syntax"),
        ('"object"', '"object', "json.syntax"),
    ],
)
def test_an_unsound_form_is_refused(old: str, new: str, code: str) -> None:
    assert code in codes(noise(("forms/noise.json", old, new)))


NESTED = """{
  "type": "object",
  "additionalProperties": false,
  "required": ["since"],
  "properties": {
    "since": {"type": "string", "format": "date", "x-journal": true},
    "paid": {"type": "boolean"},
    "owner": {"type": "object", "additionalProperties": false, "properties": {
      "since": {"type": "string", "maxLength": 9}
    }},
    "seen": {"type": "array", "uniqueItems": true, "maxItems": 9, "items": {"type": "string", "enum": ["a"]}},
    "parts": {"type": "array", "maxItems": 9, "items": {
      "type": "object", "additionalProperties": false, "required": ["amount"],
      "properties": {
        "amount": {"type": "integer", "minimum": 1}
      }
    }}
  },
  "dependentRequired": {"owner": ["paid"]},
  "if": {"properties": {"paid": {"const": true}}, "required": ["paid"]},
  "then": {"required": ["parts"]},
  "else": {"properties": {"parts": false}}
}"""


def nested(old: str = "", new: str = "") -> dict[str, str]:
    """Return the pack with a form that has parts, lists and conditions, changed in one place."""
    assert old in NESTED
    return {**noise(), "forms/noise.json": NESTED.replace(old, new, 1)}


def test_parts_lists_and_conditions_are_read() -> None:
    form = parse_pack(nested()).forms["noise"]
    assert [name for name, _ in all_fields(form)] == [
        "since", "paid", "owner", "since", "seen", "parts", "amount",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ('"type": "object", "additionalProperties": false, "prop', '"type": "object", "prop', 8, "form.open"),
        ('"maxLength": 9', '"minLength": 9', 9, "form.endless"),
        ('"maxLength": 9', '"maxLength": 9, "x-journal": true', 9, "form.journal"),
        ('"minimum": 1', '"minimun": 1', 15, "form.undrawn"),
        ('"minimum": 1', '"x-journal": true', 15, "form.journal"),
        ('"array", "maxItems": 9, ', '"array", ', 12, "form.endless"),
        ('"uniqueItems": true, ', "", 11, "form.undrawn"),
        ('"type": "string", "enum": ["a"]', '"type": "string", "maxLength": 9', 11, "form.nested"),
        ('"type": "boolean"', '"type": "boolean", "anyOf": [true]', 7, "form.undrawn"),
        ('["since"]', '["sinse"]', 4, "form.condition"),
        ('["amount"]', '["since"]', 13, "form.condition"),
        ('["paid"]}', '["payed"]}', 19, "form.condition"),
        ('{"paid": {"const"', '{"payed": {"const"', 20, "form.condition"),
        ('{"parts": false}', '{"part": false}', 22, "form.condition"),
        ('"else": {', '"else": {"patternProperties": {}, ', 22, "form.undrawn"),
    ],
)
def test_what_cannot_be_drawn_or_filled_in_is_refused_by_line(
    old: str, new: str, line: int, code: str
) -> None:
    found = {(one.file, one.line, one.code) for one in problems(nested(old, new))}
    assert ("forms/noise.json", line, code) in found


def test_parts_lie_only_so_deep_within_each_other() -> None:
    part: dict[str, Any] = {"type": "boolean"}
    for _ in range(DEEPEST + 1):
        part = {"type": "object", "additionalProperties": False, "properties": {"since": part}}
    assert "form.deep" not in codes({**noise(), "forms/noise.json": json.dumps(part)})
    deeper = {"type": "object", "additionalProperties": False, "properties": {"since": part}}
    assert "form.deep" in codes({**noise(), "forms/noise.json": json.dumps(deeper)})


def test_a_form_is_told_by_line() -> None:
    files = noise(("forms/noise.json", '"format": "date", "x-journal": true', '"pattern": "["'))
    found = [one for one in problems(files) if one.code == "form.schema"]
    assert [(one.file, one.line) for one in found] == [("forms/noise.json", 4)]


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("letters/received.en.md", "No subject\n\nWords.", "letter.shape"),
        ("letters/received.en.md", "# Subject\n\n{number", "letter.brace"),
        ("letters/received.en.md", "# Subject\n\n{number.__class__}", "word.unknown"),
        ("letters/extra.fr.md", "# Sujet\n\nMots", "file.unknown"),
        ("letters/extra.en.md", "# Subject\n\nWords", "letter.missing"),
    ],
)
def test_an_unsound_letter_is_refused(file: str, text: str, code: str) -> None:
    assert code in codes({**noise(), file: text})


def test_the_digest_follows_every_byte_and_no_order() -> None:
    files = noise()
    backwards = dict(reversed(list(files.items())))
    assert digest_of(files) == digest_of(backwards) == parse_pack(files).digest
    assert digest_of({**files, "README.md": ""}) != digest_of(files)
    assert digest_of({"a": "bc"}) != digest_of({"ab": "c"})


def test_a_pack_without_anything_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        parse_pack({})
    assert refused.value.code == "pack.unsound"
    assert {"pack.toml", "words/zh.yaml"} <= {one.file for one in problems({})}


_Yaml: Any = st.recursive(
    st.text(max_size=8) | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(file=st.sampled_from([*noise()]), at=st.integers(0, 4000), put=st.text(max_size=6))
def test_whatever_is_written_into_a_file_is_read_or_refused(file: str, at: int, put: str) -> None:
    files = noise()
    files[file] = files[file][:at] + put + files[file][at:]
    problems(files)


@settings(max_examples=60, deadline=None)
@given(_Yaml)
def test_any_yaml_for_a_procedure_is_read_or_refused(tree: object) -> None:
    import_free = repr(tree).replace("None", "null").replace("True", "true").replace("False", "false")
    problems({**noise(), "procedures/any.yaml": import_free})
