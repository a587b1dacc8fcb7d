"""What `check` finds in hand-overs, dates, fields and conditions, each with its file and line."""

import pytest

from fakes.packs import PROCEDURE, codes, in_procedure, line_of, noise, problems

STEP = "{name: decline, from: received"
OPENING = "  by: [requester, desk]"


def with_step(step: str) -> dict[str, str]:
    return in_procedure("steps:\n", f"steps:\n  - {step}\n")


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("{name: give, from: received, to: waiting, by: desk, does: hand_over}", "step.half_said"),
        ("{name: give, from: received, to: waiting, by: desk, opens: court}", "step.half_said"),
        ("{name: give, from: received, by: desk, carries: photo}", "step.half_said"),
        (
            "{name: give, from: received, to: waiting, by: desk, does: hand_over, opens: court}",
            "hand_over.unheard",
        ),
        ("{name: back, from: waiting, to: received, by: receiver}", "step.half_said"),
        ("{name: back, from: waiting, to: received, by: receiver, upon: refused}", "hand_over.never"),
        (
            "{name: back, from: waiting, to: received, by: receiver, upon: refused, texts: reply}",
            "hand_over.asks",
        ),
        ("{name: settle, from: received, to: waiting, by: agreement}", "step.half_said"),
        ("{name: settle, from: received, to: waiting, by: agreement, upon: signed}", "agreement.never_said"),
        (
            "{name: settle, from: received, to: waiting, by: agreement, upon: oral, texts: reply}",
            "agreement.asks",
        ),
        (
            "{name: settle, from: received, to: waiting, by: agreement, upon: oral, needs: photo}",
            "agreement.asks",
        ),
        (
            "{name: settle, from: received, to: waiting, by: [receiver, agreement], upon: refused}",
            "agreement.by_both",
        ),
        ("{name: take, from: received, by: desk, does: accept_hand_over}", "hand_over.undecided"),
        ("{name: again, from: received, by: desk, does: restart}", "step.half_said"),
        ("{name: tie, from: received, by: desk, target: closed}", "step.half_said"),
        ("{name: odd, from: received, by: desk, when: {field: {loud: yes-so}}}", "field.not_asked"),
        ("{name: odd, from: received, by: desk, when: {words: [noise]}}", "when.words"),
        ("{name: odd, from: received, by: desk, basis: Nothing 7}", "basis.unknown"),
    ],
)
def test_half_a_hand_over_is_found_where_it_stands(step: str, code: str) -> None:
    files = with_step(step)
    found = [one for one in problems(files) if one.code == code]
    assert found
    if code not in {"hand_over.undecided"}:
        assert {(one.file, one.line) for one in found} == {(PROCEDURE, line_of(files, PROCEDURE, step))}


def test_who_may_be_handed_something_must_be_able_to_take_and_refuse_it() -> None:
    assert "hand_over.undecided" in codes(in_procedure(OPENING, "  by: [requester, desk, hand_over]"))
    assert "hand_over.channel" in codes(in_procedure(OPENING, "  by: [requester, desk, hand_over]"))


def test_a_clock_can_only_continue_where_something_is_handed_over() -> None:
    changed = in_procedure("    limit: 5 workdays\n", "    limit: 5 workdays\n    continues: talk\n")
    assert "clock.continues_nothing" in codes(changed)


def test_dates_are_known_asked_for_and_kept() -> None:
    assert "date.not_asked" in codes(
        in_procedure("leading_clock: reply\n", "leading_clock: reply\ndates: {heard_on: {}}\n")
    )
    files = in_procedure(
        "leading_clock: reply\n", "leading_clock: reply\ndates: {since: {not_before: opened}}\n"
    )
    assert codes(files) == set()
    files[PROCEDURE] = files[PROCEDURE].replace(
        "    limit: 5 workdays\n", "    limit: 5 workdays\n    since: sinse\n"
    )
    (found,) = problems(files)
    assert (found.nearest, found.line) == ("since", line_of(files, PROCEDURE, "since: sinse"))


def test_a_date_is_not_bound_by_itself_and_ahead_is_said() -> None:
    assert "date.itself" in codes(
        in_procedure("leading_clock: reply\n", "leading_clock: reply\ndates: {since: {not_before: since}}\n")
    )


def test_routing_cannot_hang_on_forms() -> None:
    files = noise(("routing.yaml", "{name: all, lead", "{name: all, when: {field: {since: x}}, lead"))
    assert "when.field" in codes(files)


def test_a_value_a_field_never_has() -> None:
    files = with_step("{name: odd, from: received, by: desk, scope: any, when: {field: {loud: maybe}}}")
    kept = '"x-journal": true}'
    form = files["forms/noise.json"]
    files["forms/noise.json"] = form.replace(kept, kept + ', "loud": {"type": "boolean", ' + kept)
    assert "field.never" in codes(files)
