import pytest

from fakes.packs import a_noise_pack, noise, problems, shipped, workdays
from yuzhi.base.refusal import Refusal
from yuzhi.engine.examples import ExampleResult, parse_examples, run_examples
from yuzhi.engine.parse import parse_pack

FILE = "examples/noise.yaml"
OFFICE = "office of environment@district"


def ran(*lines: str, then: str = "{}", given: str = "text: 楼下噪声") -> ExampleResult:
    """Run one example of the documented pack with these entries of `when`."""
    body = "".join(f"      - {{{line}}}\n" for line in lines)
    text = (
        "examples:\n"
        "  - example: x\n"
        f"    given: {{at: 2026-03-02 09:00, by: requester, kind: complaint, channel: web, {given}}}\n"
        + (f"    when:\n{body}" if body else "")
        + f"    then: {then}\n"
    )
    pack = a_noise_pack()
    return run_examples(pack, parse_examples(pack, {FILE: text}), workdays())[0]


SIGN = f"at: 2026-03-02 10:00, by: {OFFICE}, step: sign"
ANSWER = f"at: 2026-03-03 10:00, by: {OFFICE}, step: answer, outcome: solved"


def test_the_documented_example_comes_out() -> None:
    pack = a_noise_pack()
    results = run_examples(pack, parse_examples(pack, noise()), workdays())
    assert [result.failures for result in results] == [()]


@pytest.mark.parametrize(
    "then",
    [
        "{state: answered, outcome: solved, lead: '', reopen_until: 2026-03-18}",
        "{clocks: {reply: met, verdict: running, wait: none}}",
        "{due: {reply: 2026-03-09, verdict: 2026-03-18 24:00}}",
        "{letters: [answered to requester, received to requester]}",
        "{assignments: {environment@district: answered}}",
        "{may: {requester: [accept, dispute]}, may_not: {requester: [hear], office: [answer]}}",
        "{counts: {urged: 0, reopened: 0}, route: all, category: noise}",
    ],
)
def test_what_stands_is_found_to_stand(then: str) -> None:
    expected = then.replace("lead: ''", "lead: environment@district")
    assert ran(SIGN, ANSWER, then=expected).failures == ()


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("{state: closed}", 'state: expected "closed", but it is "answered"'),
        ("{outcome: none}", 'outcome: expected "none", but it is "solved"'),
        ("{due: {reply: 2026-03-10}}", 'due of clock reply: expected "2026-03-10", but it is "2026-03-09"'),
        ("{due: {wait: 2026-03-10}}", 'due of clock wait: expected "2026-03-10", but it is "none"'),
        ("{clocks: {reply: breached}}", 'clock reply: expected "breached", but it is "stopped, met"'),
        ("{no_letters: [answered to requester]}", "letter answered to requester was written"),
        (
            "{letters: [answered to lead]}",
            "no letter answered to lead was written, but answered to requester",
        ),
        ("{lead: roads}", 'lead: expected "roads", but it is "environment@district"'),
        ("{counts: {reopened: 1}}", "reopened: expected 1, but it is 0"),
        ("{may: {requester: [hear]}}", 'requester may not take step "hear"'),
        ("{may_not: {requester: [accept]}}", 'requester may take step "accept"'),
        ("{solved: true}", "solved: expected True, but it is None"),
        ("{assignments: {roads: given}}", 'assignment of roads: expected "given", but it is "none"'),
        ("{reopen_until: 2026-03-17}", 'reopen_until: expected "2026-03-17", but it is "2026-03-18"'),
    ],
)
def test_what_does_not_stand_is_told(then: str, told: str) -> None:
    nothing_written = "at: 2026-03-03 09:59, then: {state: assigned}"
    failures = ran(SIGN, nothing_written, ANSWER, then=then).failures
    assert [failure.partition(": ")[2] for failure in failures] == [told]


def test_a_refusal_that_was_expected_is_no_failure() -> None:
    assert ran(SIGN, f"{ANSWER}, without: reply, refused: text.missing").failures == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"{ANSWER}, without: photo", 'step "answer" was refused: evidence.missing'),
        (
            f"{ANSWER}, without: photo, refused: text.missing",
            "was refused with evidence.missing, not text.missing",
        ),
        (f"{ANSWER}, refused: text.missing", "was taken, but text.missing was expected"),
    ],
)
def test_a_step_that_comes_out_otherwise_is_a_failure(line: str, told: str) -> None:
    failures = ran(SIGN, line).failures
    assert len(failures) == 1
    assert told in failures[0]


def test_time_going_by_lets_clocks_speak_each_in_its_moment() -> None:
    result = ran(
        SIGN,
        ANSWER,
        "at: 2026-03-18 23:59, then: {state: answered}",
        "at: 2026-03-19 00:00, then: {state: closed}",
    )
    assert result.failures == ()


def test_what_the_engine_refuses_at_the_opening_is_a_failure_and_no_error() -> None:
    failures = ran(given="urgency: normal, is_anonymous: true", then="{state: received}").failures
    assert failures == ()
    failures = ran(f"at: 2026-03-02 08:00, by: {OFFICE}, step: sign", given="text: 噪声").failures
    assert len(failures) == 1
    assert "step.before_last_entry" in failures[0]


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [
        ("step: sign", "step: sing", "sign"),
        ("state: answered", "state: answerd", "answered"),
        ("by: requester, kind", "by: requestor, kind", "requester"),
        ("kind: complaint", "kind: complain", "complaint"),
        ("clocks: {reply: met}", "clocks: {reply: meet}", "met"),
        ("due: {reply: 2026-02-27}", "due: {replay: 2026-02-27}", "reply"),
        ("letters: [answered to", "letters: [answer to", "answered"),
        ("    given:", "    givn:", "given"),
        ("outcome: solved, without", "outcome: solvd, without", "solved"),
    ],
)
def test_an_unknown_word_in_an_example_is_told_with_its_line(old: str, new: str, nearest: str) -> None:
    files = noise((FILE, old, new))
    with pytest.raises(Refusal) as refused:
        parse_examples(parse_pack(files), files)
    found = refused.value.facts["problems"]
    assert isinstance(found, tuple)
    line = files[FILE].count("\n", 0, files[FILE].index(new)) + 1
    assert (line, nearest) in {(one.line, one.nearest) for one in found}


@pytest.mark.parametrize("time", ["2026-02-30 10:00", "2026-02-13 25:00", "tomorrow", "10:00", "2026-2-1"])
def test_a_time_nobody_can_tell_is_refused(time: str) -> None:
    files = noise((FILE, "2026-02-13 10:00", time))
    with pytest.raises(Refusal) as refused:
        parse_examples(parse_pack(files), files)
    assert "time.bad" in str(refused.value.facts["problems"])


def test_an_example_of_a_pack_with_several_procedures_names_one() -> None:
    files = shipped("grid-event")
    key = "examples/limits.yaml"
    files[key] = files[key].replace("    procedure: grid-event\n", "", 1)
    with pytest.raises(Refusal) as refused:
        parse_examples(parse_pack(files), files)
    assert "key.missing" in str(refused.value.facts["problems"])


def test_two_examples_of_one_name_are_refused() -> None:
    text = noise()[FILE].replace("examples:\n", "")
    files = {**noise(), FILE: f"examples:\n{text}{text}"}
    assert problems(files) == ()
    with pytest.raises(Refusal, match=r"pack\.unsound"):
        parse_examples(parse_pack(files), files)
