"""`yuzhi admin` as it is typed, on a database of its own."""

from pathlib import Path

import asyncpg
import pytest
from openpyxl import load_workbook

from fakes.typed import Typed
from yuzhi.settings import shipped_packs


@pytest.fixture
def typed(fresh_database: str, tmp_path: Path) -> Typed:
    return Typed(fresh_database, tmp_path, "admin")


async def test_a_small_town_is_set_up(typed: Typed, tmp_path: Path) -> None:
    conn = await asyncpg.connect(typed.dsn)
    await conn.execute("insert into territory (code, name, level) values ('3302', '宁波', 'city')")
    assert (await typed("first-run"))[1]["code"].count("-") == 3
    unknown, told = await typed("unit", "hall", "Hall", "no_such_kind", "3302")
    assert (unknown, told["code"]) == (1, "registry.word_unknown")
    kind = told["facts"]["nearest"]
    for words in (
        ("unit", "hall", "Hall", kind, "3302"),
        ("person", "1", "Chen Yu"),
        ("person", "2", "Zhou Li"),
        ("post", "p1", "1", "hall", "handler,dispatcher", "3302"),
        ("hand-over", "p1", "2", "2099-01-01", "p2"),
        ("post", "p5", "2", "hall", "handler", "3302"),
        ("deputy", "d1", "p1", "p5", "2099-03-02", "2099-03-09", "--reason", "leave"),
        ("shift", "s1", "hall", "p5", "2099-03-02T08:00+0800", "2099-03-02T20:00+0800"),
        ("end-deputy", "d1"),
        ("end-shift", "s1"),
        ("account", "chen", "1"),
        ("account", "gauge", "2", "--service"),
        ("token", "gauge", "p5", "read:matters"),
        ("invite", "chen"),
        ("close", "chen"),
        ("permissions", str(tmp_path / "who.xlsx")),
    ):
        code, told = await typed(*words)
        assert code == 0, (words, told)
    wrong, told = await typed("post", "p3", "1", "hall", "handlr", "3302")
    assert (wrong, told["facts"]["nearest"]) == (1, "handler")
    over, told = await typed("first-run")
    assert (over, told["code"]) == (1, "first_run.over")
    sheet = load_workbook(tmp_path / "who.xlsx").worksheets[0]
    assert {row[5].value for row in sheet.iter_rows(min_row=2)} == {"handler", "dispatcher"}
    by = {row["actor"].partition(":")[0] for row in await conn.fetch("select actor from trace")}
    assert by == {"operator"}
    await conn.close()


async def test_an_operator_approves_nothing_of_their_own(typed: Typed) -> None:
    pack = shipped_packs()[0] / "grid-event"
    code, told = await typed("packs", "propose", str(pack), "--begins", "2099-01-01")
    assert code == 0 or told["code"] == "pack.version_twice"
    if code == 0:
        proposal = told["proposal"]["id"]
        own, refused = await typed("packs", "approve", proposal)
        assert (own, refused["code"]) == (1, "pack.own_proposal")
        back, view = await typed("packs", "reject", proposal)
        assert (back, view["decision"]) == (0, "rejected")
