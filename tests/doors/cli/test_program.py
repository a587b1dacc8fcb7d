import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pytest
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.doors.cli import Command, group, needed, run
from yuzhi.doors.cli.output import JsonFlag, Output
from yuzhi.wiring import COMMANDS, supply


@dataclass(frozen=True)
class Needs:
    """What the commands of this test are handed."""

    word: str


app = group("A group of commands.")


@app.command()
def greet(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Say the word."""
    Output(json=json).facts({"word": needed(ctx, Needs).word, "次": 1})


@app.command()
def fail(*, json: JsonFlag = False) -> None:
    """Refuse."""
    Output(json=json).say("going")
    errors = [Refusal("settings.unknown", file="a.csv", line=3, name="YUZHI_X", nearest="YUZHI_Y")]
    raise Refusal("settings.unknown", name="YUZHI_PROT", nearest="YUZHI_PORT", errors=errors)


@app.command()
def fail_unworded() -> None:
    """Refuse in a way nobody has put into words."""
    raise Refusal("no.such_wording", thing=7)


TABLE = [
    Command("words", f"{__name__}:app", "Words.", needs="-"),
    Command("broken", "yuzhi.no_such_module:app", "A module that cannot be loaded."),
]


def supplied(kind: type[Any], /) -> Any:
    return kind(word="域治")


def typed(*words: str, hand: Callable[[type[Any]], Any] = supplied, language: str = "en") -> int:
    with pytest.raises(SystemExit) as left:
        run(TABLE, hand, words=words, language="zh" if language == "zh" else "en")
    return int(left.value.code or 0)


def test_a_command_is_handed_its_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("words", "greet") == 0
    assert capsys.readouterr().out == "word  域治\n次     1\n"


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("words", "greet", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"word": "域治", "次": 1}


def test_help_loads_no_command_and_needs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def nothing(kind: type[Any]) -> Any:
        raise AssertionError(kind)

    assert typed("--help", hand=nothing) == 0  # the broken module is not looked at
    out = capsys.readouterr().out
    assert "A module that cannot be loaded." in out
    assert typed("words", "--help", hand=nothing) == 0
    assert "Say the word." in capsys.readouterr().out
    assert typed("words", "greet", "--help", hand=nothing) == 0


def test_what_is_misspelt_is_answered_with_the_nearest_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("wrds") == 2
    assert "words" in capsys.readouterr().err
    assert typed("words", "great") == 2
    assert "greet" in capsys.readouterr().err


def test_a_refusal_is_told_with_its_causes_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("words", "fail") == 1
    said = capsys.readouterr()
    assert said.out == "going\n"
    assert said.err.splitlines() == [
        "Refused: There is no setting YUZHI_PROT.",
        "  a.csv:3: There is no setting YUZHI_X. [settings.unknown]",
        "Next: Did you mean YUZHI_PORT? All settings are told in docs/settings.md.",
        "[settings.unknown]",
    ]


def test_a_refusal_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("words", "fail", language="zh") == 1
    assert "没有 YUZHI_PROT 这项设置" in capsys.readouterr().err


def test_a_refusal_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("words", "fail", "--json") == 1
    said = capsys.readouterr()
    assert said.out == ""
    told = json.loads(said.err)
    assert told["code"] == "settings.unknown"
    assert told["facts"] == {"name": "YUZHI_PROT", "nearest": "YUZHI_PORT"}
    assert told["errors"][0]["facts"]["line"] == 3


def test_a_refusal_without_wording_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("words", "fail-unworded") == 1
    assert "no.such_wording (thing=7)" in capsys.readouterr().err


def test_every_command_there_is_can_be_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as left:
            run(COMMANDS, supply, words=[command.name, "--help"])
        assert left.value.code == 0, command.name
        assert capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "utf-8", "latin-1"])
def test_any_text_can_be_printed_whatever_the_stream_takes(encoding: str) -> None:
    code = "from yuzhi.wiring import main; import sys; sys.argv = ['yuzhi', '--help']; main()"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONWARNINGS": "error"},
        capture_output=True,
        check=True,
    )
    assert "域治" in told.stdout.decode()


def test_help_is_quick() -> None:
    """Half a second at most of a processor, whatever else it has to do: the best of three is looked at."""
    code = "from yuzhi.wiring import main; import sys; sys.argv = ['yuzhi', '--help']; main()"
    times = []
    for _ in range(3):
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        after = getrusage(RUSAGE_CHILDREN)
        times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(times) < 0.5


def test_the_root_command_loads_nothing_heavy() -> None:
    code = "import sys, yuzhi.wiring; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    heavy = {"rich.console", "shapely", "sklearn", "numpy", "litestar", "sqlalchemy", "alembic", "asyncpg"}
    assert heavy.isdisjoint(told.stdout.split())


def test_server_and_worker_do_not_load_what_only_some_act_needs() -> None:
    """Training, upgrading a database and setting papers have processes of their own."""
    code = "import sys, yuzhi.wiring.running, yuzhi.wiring.commands; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    heavy = {"sklearn", "scipy.optimize", "scipy.stats", "sqlalchemy", "alembic", "docx", "typst"}
    assert not heavy.intersection(told.stdout.split())


def test_a_table_in_a_pipe_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("a", "b"), [("长" * 200, None), ("x", 1.5)])
    out = capsys.readouterr().out
    assert "长" * 200 in out
    assert "1.5" in out


def test_progress_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().progress("work", total=3) as advance:
        advance(3)
    assert capsys.readouterr() == ("", "")
