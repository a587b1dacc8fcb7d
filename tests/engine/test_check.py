import pytest

from fakes.packs import PROCEDURE, codes, in_procedure, line_of, noise, problems
from fakes.procedures import a_clock, a_pack, a_procedure, a_step
from yuzhi.engine.check import check_pack
from yuzhi.engine.check_states import check_states
from yuzhi.engine.conditions import covers
from yuzhi.engine.definition import Automatic, When


def test_the_documented_pack_is_sound() -> None:
    assert problems(noise()) == ()


LINES = {
    "a state nobody reaches": (
        "states: [received, assigned,",
        "states: [received, lost, assigned,",
        "state.unreachable",
        "states: [received, lost",
    ),
    "a dead end": (
        "  - {name: accept, from: answered, to: closed, by: requester, does: verdict}",
        (
            "  - {name: stray, from: received, to: limbo, by: desk}\n"
            "  - {name: accept, from: answered, to: closed, by: requester, does: verdict}"
        ),
        "state.dead_end",
        "states: [received",
    ),
    "a circle without a way out": (
        "  - {name: accept, from: answered, to: closed, by: requester, does: verdict}",
        (
            "  - {name: go, from: received, to: limbo, by: desk}\n"
            "  - {name: there, from: limbo, to: limbo2, by: desk}\n"
            "  - {name: back, from: limbo2, to: limbo, by: desk}\n"
            "  - {name: accept, from: answered, to: closed, by: requester, does: verdict}"
        ),
        "cycle.no_way_out",
        "states: [received",
    ),
    "a step nobody takes": (
        "by: [desk, routing], does: assign}",
        "by: [desk, routing], does: assign}\n  - {name: never, from: received, by: clock}",
        "step.never_taken",
        "{name: never",
    ),
    "an end without an outcome": (
        "does: resolve, outcomes: declined, reasons: [no_noise]}",
        "reasons: [no_noise]}",
        "end.without_outcome",
        "{name: decline",
    ),
    "an end left but not to be reopened": (
        "{name: hear, from: waiting,",
        "{name: hear, from: [waiting, closed],",
        "end.left",
        "{name: hear",
    ),
    "an automatic step not open to the clock": (
        "by: [office, clock], scope: lead}",
        "by: office, scope: lead}",
        "automatic.not_open",
        "{name: go-on",
    ),
    "an automatic step that asks for a text": (
        "{name: let-lie, from: answered, to: closed, by: clock}",
        "{name: let-lie, from: answered, to: closed, by: clock, texts: reply}",
        "automatic.asks",
        "{name: let-lie",
    ),
    "a clock that does not stop on some way": (
        "    until: [answered, ends]",
        "    until: [answered, closed]",
        "clock.never_stops",
        "- name: reply",
    ),
    "a clock that stops where it starts": (
        "from: waiting, until: [assigned, ends]",
        "from: waiting, until: [waiting, assigned, ends]",
        "clock.starts_where_it_stops",
        "{name: wait",
    ),
    "a pause where the clock does not run": (
        "    pauses: {waiting: missing_facts}",
        "    pauses: {waiting: missing_facts, answered: no_noise}",
        "pause.never",
        "- name: reply",
    ),
    "a pause for a reason not declared": (
        "scope: lead, reasons: [missing_facts]}",
        "scope: lead, reasons: [missing_facts, no_noise]}",
        "pause.reasons",
        "- name: reply",
    ),
    "a pause without a reason": (
        "scope: lead, reasons: [missing_facts]}",
        "scope: lead}",
        "pause.reasons",
        "- name: reply",
    ),
    "an extension nobody gives": (
        "    limit: 5 workdays\n",
        "    limit: 5 workdays\n    extend: {up_to: 5 workdays}\n",
        "extension.no_step",
        "- name: reply",
    ),
    "law that was not verified": (
        "    basis: Local rule on noise 3\n",
        "    basis: Local rule on noise 3\n    law: true\n",
        "law.not_verified",
        "- name: reply",
    ),
    "a clock that rests on nothing": (
        "    basis: Local rule on noise 3\n",
        "",
        "clock.no_basis",
        "- name: reply",
    ),
    "a row of limits never come to": (
        "    limit: 5 workdays\n",
        "    limit: [{is: 5 workdays}, {when: {kind: complaint}, is: 1 workday}]\n",
        "limit.never_reached",
        "- name: reply",
    ),
    "a reopening that leads elsewhere": (
        "reopens_to: assigned}",
        "reopens_to: received}",
        "verdict.elsewhere",
        "{name: dispute",
    ),
    "a reopening outside the window": (
        ", guards: in_reopen_window}",
        "}",
        "verdict.no_window",
        "{name: dispute",
    ),
    "a reopening without a verdict": (
        "verdict: {window: 15 days, reopens_to: assigned}\n",
        "",
        "verdict.missing",
        "{name: dispute",
    ),
    "an outcome no step gives": (
        "outcomes: [solved, explained, declined]",
        "outcomes: [solved, explained, declined, merged]",
        "outcome.unused",
        "outcomes: [solved, explained, declined, merged]",
    ),
    "a dispatch that routing may not take": (
        "by: [desk, routing], does: assign}",
        "by: desk, does: assign}",
        "opening.dispatch",
        "opening:",
    ),
    "a dispatch that asks for what routing cannot give": (
        "by: [desk, routing], does: assign}",
        "by: [desk, routing], does: assign, guards: has_place}",
        "opening.dispatch_asks",
        "opening:",
    ),
    "an extension in another unit": (
        "    limit: 5 workdays\n",
        "    limit: 5 workdays\n    extend: {up_to: 24 hours}\n",
        "extension.unit",
        "- name: reply",
    ),
    "a ladder without an escalation": (
        "{name: hear, from: waiting,",
        "{name: hear, ladder: office, from: waiting,",
        "step.half_said",
        "{name: hear",
    ),
    "a link without the effect": (
        "{name: accept, from: answered, to: closed, by: requester, does: verdict}",
        "{name: accept, from: answered, to: closed, by: requester, does: verdict, link: child_of}",
        "step.half_said",
        "{name: accept",
    ),
    "signing without belonging to a unit": (
        "{name: sign, from: assigned, by: office, scope: lead, does: sign}",
        "{name: sign, from: assigned, by: office, does: sign}",
        "step.scope",
        "{name: sign",
    ),
    "a return that nobody decides": (
        "{name: sign, from: assigned, by: office, scope: lead, does: sign}",
        "{name: sign, from: assigned, by: office, scope: lead, does: return}",
        "return.undecided",
        "{name: sign",
    ),
    "letters for what cannot happen": (
        "  opened: [{letter: received, to: requester}]",
        "  opened: [{letter: received, to: requester}]\n  extended: [{letter: received, to: requester}]",
        "letter.never",
        "letters:\n",
    ),
    "a unit that is given matters and told nothing": (
        "  assigned: [{letter: given, to: assignee}]",
        "  assigned: [{letter: given, to: requester}]",
        "letter.assignee_untold",
        "letters:\n",
    ),
}


@pytest.mark.parametrize("fault", LINES)
def test_a_fault_is_told_with_its_line(fault: str) -> None:
    old, new, code, stands = LINES[fault]
    files = in_procedure(old, new)
    if "limbo" in new:
        states = "limbo, limbo2, " if "limbo2" in new else "limbo, "
        files[PROCEDURE] = files[PROCEDURE].replace("states: [received, ", f"states: [received, {states}")
    found = [one for one in problems(files) if one.code == code]
    assert [(one.file, one.line) for one in found][:1] == [(PROCEDURE, line_of(files, PROCEDURE, stands))]


@pytest.mark.parametrize("audience", ["parties", "own_side"])
def test_what_somebody_said_is_told_to_no_party(audience: str) -> None:
    given = "letters: [{letter: answered, to: requester}]"
    files = in_procedure(given, given.replace("requester", audience))
    found = [one for one in problems(files) if one.code == "letter.confidential"]
    assert len(found) == 1
    assert "{reply}" in str(found[0])
    for language in ("zh", "en"):
        files[f"letters/answered.{language}.md"] = "# Answered ({number})\n\nUntil {reopen_until}.\n"
    assert problems(files) == ()


def test_who_opens_it_alone_sends_strangers_no_letter() -> None:
    given = "  opened: [{letter: received, to: requester}]"
    found = problems(in_procedure(given, given.replace("requester", "parties")))
    assert [one.code for one in found] == ["letter.unlooked"]


def test_clocks_alone_may_not_drive_a_matter_in_circles() -> None:
    steps = (
        a_step("go", "received", "there", duties=("clock", "desk")),
        a_step("tick", "there", "here", duties=("clock",)),
        a_step("tock", "here", "there", duties=("clock",)),
        a_step("end", "there", "closed", does=("resolve",), outcomes=("solved",)),
    )
    clocks = (
        a_clock("one", "there", ("here", "closed"), "1 day", automatic=(Automatic("tick"),)),
        a_clock("two", "here", ("there", "closed"), "1 day", automatic=(Automatic("tock"),)),
    )
    driven = {fault.code for fault in check_states(a_procedure(*steps, clocks=clocks))}
    halted = {fault.code for fault in check_states(a_procedure(*steps, clocks=clocks[:1]))}
    assert driven == {"cycle.automatic"}
    assert halted == {"state.dead_end"}


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("words/zh.yaml", "assign: 派单", "asign: 派单", "words.missing"),
        ("words/zh.yaml", "assign: 派单", "assign: 派单, idle: 空闲", "words.unused"),
        ("words/en.yaml", "  closed: It is closed.\n", "", "words.missing"),
        ("pack.toml", '"office"]', '"office", "nobody"]', "duty.unused"),
        ("routing.yaml", "rules:\n", "rules:\n  - {name: first}\n", "routing.never_reached"),
        (
            "routing.yaml",
            ", lead: {kind: environment, at: district}",
            ", co_handlers: [{kind: environment}]",
            "routing.no_lead",
        ),
        ("routing.yaml", "kind: environment", "kind: by_category", "category.no_unit"),
    ],
)
def test_faults_outside_the_procedure_are_told(file: str, old: str, new: str, code: str) -> None:
    files = noise((file, old, new))
    if code == "category.no_unit":
        files["catalogue/categories.csv"] = files["catalogue/categories.csv"].replace(
            "noise,environment", "noise,"
        )
    found = [one for one in problems(files) if one.code == code]
    assert found
    assert found[0].line > 0


def test_a_missing_word_is_told_with_the_idle_word_that_may_be_meant() -> None:
    found = problems(noise(("words/zh.yaml", "assign: 派单", "asign: 派单")))
    missing = [one for one in found if one.code == "words.missing"]
    assert [(one.file, one.nearest) for one in missing] == [("words/zh.yaml", "asign")]


@pytest.mark.parametrize("what", ["letters/spare.en.md", "forms/spare.json"])
def test_what_nothing_uses_is_told(what: str) -> None:
    files = noise()
    if what.startswith("letters"):
        files |= {"letters/spare.en.md": "# Spare\n\nWords", "letters/spare.zh.md": "# 备用\n\n文字"}
    else:
        files["forms/spare.json"] = files["forms/noise.json"]
    assert f"{what.partition('s/')[0]}.unused" in codes(files)


def test_a_pack_made_in_memory_can_be_checked_without_its_files() -> None:
    pack = a_pack(a_procedure(a_step("close", "received", "closed")))
    assert {"end.without_outcome", "words.missing"} <= {problem.code for problem in check_pack(pack)}


@pytest.mark.parametrize(
    ("wide", "narrow", "does_cover"),
    [
        (When(), When(kind=("help",)), True),
        (When(kind=("help",)), When(), False),
        (When(kind=("help", "report")), When(kind=("help",), urgency=("urgent",)), True),
        (When(kind=("help",)), When(kind=("help", "report")), False),
        (When(category=("water",)), When(category=("water/tap", "water")), True),
        (When(category=("water",)), When(category=("waterways",)), False),
        (When(territory=("33",)), When(territory=("3302",)), True),
        (When(words=("漏",)), When(words=("漏水", "滴漏")), True),
        (When(words=("漏水",)), When(words=("漏",)), False),
    ],
)
def test_one_condition_covers_another(wide: When, narrow: When, does_cover: bool) -> None:
    assert covers(wide, narrow) is does_cover
