"""The small pack that docs/packs.md shows, as files in memory, and ways to spoil it."""

import re
from functools import cache
from pathlib import Path

from yuzhi.base.refusal import Refusal
from yuzhi.engine.calendar import Calendar, parse_calendar
from yuzhi.engine.check import check_pack
from yuzhi.engine.definition import Pack
from yuzhi.engine.parse import read_pack
from yuzhi.engine.problems import Problem

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "packs.md"
SHIPPED = ROOT / "packs"
PROCEDURE = "procedures/noise.yaml"

_BLOCK = re.compile(r"^`([^`\n]+)`\n\n```[a-z]+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def _shown() -> tuple[tuple[str, str], ...]:
    return tuple(_BLOCK.findall(DOCS.read_text(encoding="utf-8")))


def noise(*changes: tuple[str, str, str]) -> dict[str, str]:
    """Return the files of the documented pack; each change is (file, old text, new text)."""
    files = dict(_shown())
    for file, old, new in changes:
        assert old in files[file], f"{old!r} is not in {file}"
        files[file] = files[file].replace(old, new, 1)
    return files


def in_procedure(old: str, new: str) -> dict[str, str]:
    """Return the documented pack with one change to its procedure."""
    return noise((PROCEDURE, old, new))


def problems(files: dict[str, str]) -> tuple[Problem, ...]:
    """Return all that is wrong with a pack: what cannot be read, or else what is unsound."""
    try:
        pack, where = read_pack(files)
    except Refusal as refusal:
        found = refusal.facts.get("problems")
        if not isinstance(found, tuple):
            raise
        return found
    return check_pack(pack, where)


def codes(files: dict[str, str]) -> set[str]:
    """Return the codes of all that is wrong with a pack."""
    return {problem.code for problem in problems(files)}


def line_of(files: dict[str, str], file: str, text: str) -> int:
    """Return the line on which a text first stands in a file."""
    return files[file].count("\n", 0, files[file].index(text)) + 1


def shipped(name: str) -> dict[str, str]:
    """Return the files of a pack that ships."""
    folder = SHIPPED / name
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }


@cache
def a_noise_pack() -> Pack:
    """Return the documented pack."""
    return read_pack(noise())[0]


@cache
def workdays() -> Calendar:
    """Return the calendar that ships."""
    file = ROOT / "src/yuzhi/data/calendar/cn.csv"
    return parse_calendar(file.read_text(encoding="utf-8"), source=file.name)
