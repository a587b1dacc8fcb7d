import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from yuzhi.doors.cli import Command, registry, run, territory

TABLE = [
    Command("registry", "yuzhi.doors.cli.registry:app", "Units and posts."),
    Command("territory", "yuzhi.doors.cli.territory:app", "Territories."),
]
NOW = datetime(2026, 11, 23, tzinfo=UTC)
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(fresh_database: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Typed:
    """The commands on a database of the test's own, with one town known."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(fresh_database)
        try:
            yield connection
        finally:
            await connection.close()

    zone = ZoneInfo("Asia/Shanghai")

    def supply(kind: type[object], /) -> object:
        if kind is territory.Needs:
            return territory.Needs(connect=connect, actor="operator:test", now=lambda: NOW, zone=zone)
        duties, kinds = frozenset({"handler", "supervisor"}), frozenset({"town_office"})
        return registry.Needs(
            connect=connect, actor="operator:test", now=lambda: NOW, zone=zone, kinds=kinds, duties=duties
        )

    def typed(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            run(TABLE, supply, words=words)  # type: ignore[arg-type]
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    ground = tmp_path / "ground.csv"
    ground.write_text("code,name\n3302,宁波市\n330212,鄞州区\n330212001,下应街道\n", encoding="utf-8")
    assert typed("territory", "import", str(ground))[0] == 0
    return typed


@pytest.fixture
def units(tmp_path: Path) -> Path:
    file = tmp_path / "units.csv"
    file.write_text("code,name,kind,territory\nt1,下应街道办,town_office,330212001\n", encoding="utf-8")
    return file


def test_lists_go_in_and_come_out(typed: Typed, units: Path, tmp_path: Path) -> None:
    code, out, _ = typed("registry", "import", "units", str(units), "--json")
    assert (code, json.loads(out)) == (0, {"added": 1, "changed": 0, "unchanged": 0})
    posts = tmp_path / "posts.csv"
    posts.write_text("id,person,name,unit,duties\n1,p1,张三,t1,handler|supervisor\n", encoding="utf-8")
    assert json.loads(typed("registry", "import", "posts", str(posts), "--json")[1])["added"] == 1
    (unit,) = json.loads(typed("registry", "list", "--json")[1])
    assert (unit["unit"], unit["name"], unit["territory"]) == ("t1", "下应街道办", "330212001")
    (post,) = json.loads(typed("registry", "list", "--posts", "--territory", "3302", "--json")[1])
    assert (post["person"], post["duties"]) == ("张三", "handler, supervisor")
    assert json.loads(typed("registry", "list", "--territory", "33", "--on", "2026-01-01", "--json")[1])
    assert "下应街道办" in typed("registry", "list")[1]


def test_a_dry_run_saves_nothing(typed: Typed, units: Path) -> None:
    assert typed("registry", "import", "units", str(units), "--dry-run")[0] == 0
    assert json.loads(typed("registry", "list", "--json")[1]) == []


def test_a_list_with_faults_is_told_line_by_line_and_not_saved(typed: Typed, units: Path) -> None:
    units.write_text(
        "code,name,kind,territory\nt1,一,town_office,330212001\nt2,二,town_ofice,330212001\n"
        "t3,三,town_office,330212999\n",
        encoding="utf-8",
    )
    code, _, err = typed("registry", "import", "units", str(units))
    assert code == 1
    assert f"{units}:3: " in err
    assert "town_office" in err
    assert f"{units}:4: " in err
    assert "registry.territory_unknown" in err
    assert json.loads(typed("registry", "list", "--json")[1]) == []


def test_kinds_that_no_pack_knows_are_taken_when_asked(typed: Typed, units: Path) -> None:
    units.write_text("code,name,kind,territory\nt1,一,archive,330212001\n", encoding="utf-8")
    assert typed("registry", "import", "units", str(units))[0] == 1
    assert typed("registry", "import", "units", str(units), "--any-kind")[0] == 0


def test_a_place_is_found_by_words_and_not_by_a_point_nobody_drew(typed: Typed) -> None:
    (guess,) = json.loads(typed("territory", "find", "下应街道的路灯坏了", "--json")[1])
    assert guess["code"] == "330212001"
    code, _, err = typed("territory", "locate", "121.5", "29.8")
    assert (code, "territory.nowhere" in err) == (1, True)


def test_a_reorganisation_is_read_from_a_file_and_recorded(typed: Typed, tmp_path: Path) -> None:
    act = tmp_path / "act.toml"
    act.write_text(
        '[[change]]\nkind = "rename"\non = 2026-12-01\nfrom = ["330212001"]\nto = ["330212009"]\n'
        'basis = "甬政发〔2026〕1号"\n',
        encoding="utf-8",
    )
    code, out, err = typed("territory", "reorganise", str(act), "--json")
    assert (code, json.loads(out)["opened"]) == (0, ["330212009"]), err
    act.write_text('[[change]]\nkind = "merge"\nform = ["x"]\n')
    code, _, err = typed("territory", "reorganise", str(act))
    assert (code, "territory.act_unreadable" in err) == (1, True)
