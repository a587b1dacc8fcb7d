"""Contents that are meant to hurt whoever reads them: XML bombs, patterns that never end, long inputs."""

import io
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.xml import DEFUSEDXML

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import EMPTY, read_units
from yuzhi.engine.parse_forms import compile_form

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><workbook>&a9;</workbook>"
)


def bombed(path: Path, part: str) -> Path:
    """Write a workbook with one of its parts a bomb (“billion laughs”)."""
    whole = io.BytesIO()
    Workbook().save(whole)
    with zipfile.ZipFile(whole) as read, zipfile.ZipFile(path, "w") as out:
        for name in read.namelist():
            out.writestr(name, BOMB if name == part else read.read(name))
    return path


def test_workbooks_are_read_with_entities_refused() -> None:
    assert DEFUSEDXML


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_a_bomb_in_a_workbook_does_not_go_off(tmp_path: Path, part: str) -> None:
    began = time.process_time()
    with pytest.raises(Refusal) as caught:
        read_units(bombed(tmp_path / "bomb.xlsx", part), EMPTY)
    assert caught.value.code == "registry.file_refused"
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(a+)+$", "a" * 40 + "!"),
        ("^(a|a)*$", "a" * 40 + "!"),
        ("^(.*)*x$", "a" * 5000),
        (r"^(\w+\s?)*$", "word " * 2000 + "!"),
    ],
)
def test_no_pattern_of_a_pack_runs_on(pattern: str, text: str) -> None:
    began = time.process_time()
    try:
        form = compile_form({"type": "object", "properties": {"x": {"type": "string", "pattern": pattern}}})
        list(form.iter_errors({"x": text}))
    except (Refusal, ValueError):
        pass  # a pattern that is not taken does no harm either
    assert time.process_time() - began < 1
