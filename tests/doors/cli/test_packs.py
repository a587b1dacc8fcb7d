import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from fakes.packs import SHIPPED, noise, workdays
from yuzhi.base.refusal import Refusal
from yuzhi.doors.cli import Command, packs, run

TABLE = [Command("packs", "yuzhi.doors.cli.packs:app", "Packs.", needs="-")]

Ran = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put(tmp_path / "packs" / "noise", noise())


def put(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a pack into a folder."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str], folder: Path) -> Ran:
    """Run a command line and give its exit code and what it wrote to both streams."""

    def supply(kind: type[Any], /) -> Any:
        return kind(packs=(folder.parent, SHIPPED), calendar=workdays, language="zh")

    def go(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            run(TABLE, supply, words=["packs", *words])
        told = capsys.readouterr()
        code = left.value.code
        return (code if isinstance(code, int) else 0), told.out, told.err

    return go


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_sound_packs_are_told_to_be_sound(ran: Ran, folder: Path) -> None:
    code, out, err = ran("check", str(folder))
    assert (code, out) == (0, "")
    assert f"{folder}: sound" in err


def test_a_problem_is_told_by_file_and_line_with_the_nearest_word(ran: Ran, folder: Path) -> None:
    spoil(folder, "procedures/noise.yaml", "does: assign}", "does: asign}")
    code, out, _ = ran("check", str(folder))
    assert code == 1
    told = 'procedures/noise.yaml:16: step "assign": unknown effect "asign" — did you mean "assign"?'
    assert out.splitlines()[0] == told


def test_with_several_packs_the_folder_stands_before_the_file(ran: Ran, folder: Path) -> None:
    spoil(folder, "examples/noise.yaml", "step: sign", "step: sing")
    code, out, _ = ran("check")
    assert code == 1
    assert out.startswith(f"{folder}/examples/noise.yaml:5: ")
    assert len(out.splitlines()) == 1


def test_a_hand_over_to_nowhere_is_told_with_the_nearest_procedure(ran: Ran, folder: Path) -> None:
    given = (
        "{name: give, from: received, to: waiting, by: desk, scope: any, does: hand_over, opens: petitoin}"
    )
    back = "{name: back, from: waiting, to: received, by: receiver, upon: refused}"
    spoil(folder, "procedures/noise.yaml", "steps:\n", f"steps:\n  - {given}\n  - {back}\n")
    code, out, _ = ran("check", str(folder))
    assert code == 1
    assert 'step "give" hands over to "petitoin", which no pack has — did you mean "petition"?' in out
    spoil(folder, "procedures/noise.yaml", "petitoin", "petition")
    assert "takes nothing that is handed over" in ran("check", str(folder))[1]


def test_what_the_receiver_never_says_is_told(ran: Ran, folder: Path) -> None:
    does = "does: hand_over, opens: people-mediation"
    given = f"{{name: give, from: received, to: waiting, by: desk, scope: any, {does}}}"
    back = "{name: back, from: waiting, to: received, by: receiver, upon: [refused, preformed]}"
    spoil(folder, "procedures/noise.yaml", "steps:\n", f"steps:\n  - {given}\n  - {back}\n")
    assert 'did you mean "performed"?' in ran("check", str(folder))[1]


def test_problems_are_told_to_programs_too(ran: Ran, folder: Path) -> None:
    spoil(folder, "procedures/noise.yaml", "states: [received,", "states: [received, lost,")
    code, out, _ = ran("check", str(folder), "--json")
    told = json.loads(out)
    assert code == 1
    assert told["problems"] == len(told["packs"][0]["problems"])
    first = told["packs"][0]["problems"][0]
    assert (first["file"], first["line"], first["code"]) == ("procedures/noise.yaml", 3, "state.unreachable")


def test_an_empty_folder_holds_no_packs(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, err = ran("check", str(tmp_path / "empty"))
    assert code == 1
    assert "[pack.none_there]" in err


def test_packs_are_listed(ran: Ran) -> None:
    code, out, _ = ran("list", "--json")
    told = {row["pack"]: row for row in json.loads(out)}
    assert code == 0
    assert told["grid-event"]["procedures"] == "grid-event, illegal-building"
    assert told["noise"]["version"] == "1"


@pytest.mark.parametrize(
    ("more", "first"), [((), "《噪声投诉》"), (("--lang", "en"), "Procedure “Complaint of noise”")]
)
def test_a_procedure_is_explained_in_the_language_wanted(ran: Ran, more: tuple[str, ...], first: str) -> None:
    code, out, _ = ran("explain", "noise", *more)
    assert code == 0
    assert out.startswith(first)
    assert json.loads(ran("explain", "noise", "--json", *more)[1])["text"].startswith(first)


def test_a_procedure_is_drawn(ran: Ran) -> None:
    code, out, _ = ran("diagram", "noise")
    assert code == 0
    assert ET.fromstring(out).tag.endswith("svg")
    assert ran("diagram", "noise", "--mermaid")[1].startswith("stateDiagram-v2\n")
    assert "mermaid" in json.loads(ran("diagram", "noise", "--mermaid", "--json")[1])


def test_examples_are_run_by_name_folder_or_file(ran: Ran, folder: Path) -> None:
    for given in ("noise", str(folder), str(folder / "examples/noise.yaml")):
        code, out, err = ran("run", given)
        assert code == 0
        assert out.startswith("passed  examples/noise.yaml:2  answered in time")
        assert "1 passed, 0 failed" in err


def test_an_example_that_fails_is_told_and_the_command_fails(ran: Ran, folder: Path) -> None:
    spoil(folder, "examples/noise.yaml", "outcome: solved, letters", "outcome: explained, letters")
    code, out, _ = ran("run", "noise")
    assert code == 1
    assert 'outcome: expected "explained", but it is "solved"' in out
    code, out, _ = ran("run", "noise", "--json")
    assert (code, json.loads(out)["failed"]) == (1, 1)


def test_only_some_examples_are_run(ran: Ran) -> None:
    assert ran("run", "citizen-request", "--only", "停水", "--json")[1].count('"name"') == 2
    code, _, err = ran("run", "citizen-request", "--only", "no such thing")
    assert code == 1
    assert "[example.none_there]" in err


def test_a_procedure_is_simulated(ran: Ran) -> None:
    code, out, _ = ran("simulate", "noise", "--matters", "20", "--seed", "7", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["matters"], told["seed"], told["stuck"]) == (20, 7, [])
    assert sum(told["ends"].values()) == 20
    assert ran("simulate", "noise", "--matters", "20", "--seed", "7", "--json")[1] == out
    assert "closed" in ran("simulate", "noise", "--matters", "20")[1]


def test_a_procedure_that_gets_people_stuck_fails_the_command(ran: Ran, tmp_path: Path) -> None:
    # Nothing is wrong with the shape; only walking finds that nobody is ever reopened.
    files = noise(
        ("pack.toml", '"noise"', '"stuck"'),
        ("words/zh.yaml", "packs: {noise:", "packs: {stuck:"),
        ("words/en.yaml", "packs: {noise:", "packs: {stuck:"),
        ("words/zh.yaml", "procedures: {noise:", "procedures: {stuck:"),
        ("words/en.yaml", "procedures: {noise:", "procedures: {stuck:"),
        ("procedures/noise.yaml", "procedure: noise", "procedure: stuck"),
        (
            "procedures/noise.yaml",
            "scope: lead, does: sign}",
            "scope: lead, does: sign, guards: was_reopened}",
        ),
        ("procedures/noise.yaml", "to: declined, by: desk,", "to: declined, by: desk, guards: was_reopened,"),
    )
    put(tmp_path / "stuck", files)
    code, out, _ = ran("simulate", "stuck", "--matters", "3", "--in", str(tmp_path / "stuck"))
    assert code == 1
    assert "stuck: matter 0 in " in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("explain", "nose"), "procedure.unknown"),
        (("explain", "noise", "--version", "9"), "pack.version_unknown"),
        (("explain", "noise", "--lang", "fr"), "language.unknown"),
        (("diagram", "noise", "--in", "/no/such/folder"), "pack.folder_missing"),
        (("run", "nose"), "pack.unknown"),
    ],
)
def test_what_cannot_be_done_is_refused(ran: Ran, words: tuple[str, ...], code: str) -> None:
    left, _, err = ran(*words)
    assert left == 1
    assert f"[{code}]" in err


def test_what_is_needed_is_handed_in(folder: Path) -> None:
    needs = packs.Needs(packs=(folder,), calendar=workdays, language="en")
    assert [pack.name for pack in needs.shelf(None).packs] == ["noise"]
    with pytest.raises(Refusal):
        needs.shelf([Path("/no/such/folder")])
