"""`yuzhi mediators` and `yuzhi disputes` as they are typed: a list taken in, figures told."""

from pathlib import Path

import pytest

from fakes.disputes import taken_up
from fakes.served import served
from fakes.typed import Typed

LIST = "工号,姓名,类别,单位,辖区\nm-1,陈调解,人民调解员,near,330212001\nm-2,林志愿,志愿者,hotline,330212\n"


@pytest.fixture
def mediators(fresh_database: str, tmp_path: Path) -> Typed:
    return Typed(fresh_database, tmp_path, "mediators")


@pytest.fixture
def disputes(fresh_database: str, tmp_path: Path) -> Typed:
    return Typed(fresh_database, tmp_path, "disputes")


async def test_a_list_is_taken_in_and_shown(mediators: Typed, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    assert (await mediators("import", str(file), "--dry-run"))[1] == {"read": 2, "saved": 0}
    assert (await mediators("list"))[1] == []
    assert (await mediators("import", str(file)))[1] == {"read": 2, "saved": 2}
    shown = (await mediators("list", "--territory", "330212001"))[1]
    assert [(one["id"], one["cases"], one["most_cases"]) for one in shown] == [("m-1", 0, 10), ("m-2", 0, 10)]
    file.write_text(LIST.replace("志愿者", "法官"), encoding="utf-8")
    code, told = await mediators("import", str(file))
    assert (code, told["code"]) == (1, "registry.file_refused")


async def test_figures_are_told_with_their_denominators(disputes: Typed, tmp_path: Path) -> None:
    async with served(disputes.dsn, tmp_path) as city:
        await taken_up(city)
    told = (await disputes("figures", "--by", "kind"))[1]
    (group,) = told["groups"]
    assert (told["by"], group["group"], group["accepted"]) == ("kind", "complaint", 1)
    assert group["agreed"] == {"count": 0, "of": 0, "share": None}
    assert group["to_court"] == {"count": 0, "of": 1, "share": 0.0}
    spread = (await disputes("screening", "--by", "kind", "--procedure", "citizen-request"))[1]
    assert [(one["group"], one["noted"]) for one in spread["groups"]] == [("complaint", 1)]
