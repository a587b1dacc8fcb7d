"""`yuzhi understand ...` on small files: what each command answers, and how it refuses."""

import csv
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from yuzhi.base.refusal import Refusal
from yuzhi.doors.cli.understand import app

PHRASES = {
    "城建": ("路灯不亮", "井盖松动", "绿化带被毁", "人行道破损"),
    "环保": ("工地夜里噪声", "烧烤油烟直排", "河水发黑发臭", "废气刺鼻"),
    "劳动": ("拖欠工资", "不交社会保险", "加班费没有发", "退休金核算有误"),
}


def table(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def labelled(path: Path, *, seed: int = 1) -> Path:
    chance = random.Random(seed)
    rows: list[dict[str, object]] = []
    for at in range(120):
        label = chance.choice(tuple(PHRASES))
        first, second = chance.sample(PHRASES[label], 2)
        rows.append(
            {
                "msg_id": f"m{at}",
                "user_id": f"u{at}",
                "created": f"2025-03-{1 + at % 28:02} 10:00:00",
                "subject": first,
                "detail": f"{first}，而且{second}，第{chance.randint(1, 99)}次了",
                "label": label,
                "channel": "web" if at % 2 else "phone",
            }
        )
    return table(path, rows)


def told(*words: str | Path) -> Any:
    result = CliRunner().invoke(app, [*(str(word) for word in words), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    path = folder / "a.model"
    words = ("--text", "subject", "--text", "detail", "--label", "label", "--out", path)
    assert told("train", "--from", labelled(folder / "train.csv"), *words)["n"] == 120
    return path


def test_a_model_is_measured(model: Path, tmp_path: Path) -> None:
    found = told(
        "evaluate", "--model", model, "--on", labelled(tmp_path / "a.csv", seed=2), "--by", "channel"
    )
    assert found["n"] == 120
    assert found["macro_f1"] > 0.9
    assert {"micro_f1", "docs_per_s", "single_ms"} <= found.keys()
    assert {one["group"] for one in found["groups"] if one["of"] == "channel"} == {"web", "phone"}


def test_messages_are_classified(model: Path, tmp_path: Path) -> None:
    found = told("classify", "--model", model, labelled(tmp_path / "a.csv", seed=2))
    assert len(found) == 120
    assert found[0]["id"] == "m0"
    assert len(found[0]["suggestions"]) == 3
    assert found[0]["suggestions"][0]["words"]


def test_without_a_model_a_catalogue_will_do(tmp_path: Path) -> None:
    catalogue = table(
        tmp_path / "c.csv", [{"l1": "城建", "l2": "路灯井盖"}, {"l1": "环保", "l2": "噪声油烟"}]
    )
    found = told(
        "classify",
        "--model",
        tmp_path / "none",
        labelled(tmp_path / "a.csv"),
        "--catalogue",
        catalogue,
        "--levels",
        "1",
    )
    assert {one["label"] for row in found for one in row["suggestions"]} == {"城建", "环保"}
    assert told("cold-start", "--catalogue", catalogue, "--out", tmp_path / "cold")["labels"] == 2
    with pytest.raises(Refusal, match="model-missing"):
        told("classify", "--model", tmp_path / "none", labelled(tmp_path / "a.csv"))


def test_versions_are_promoted_and_rolled_back(tmp_path: Path) -> None:
    words = ("--shelf", tmp_path / "shelf", "--from", labelled(tmp_path / "a.csv"))
    for version in ("v0001", "v0002"):
        found = told("retrain", *words, "--newest", labelled(tmp_path / "b.csv", seed=2))
        assert (found["version"], found["is_promoted"]) == (version, True)
    assert told("roll-back", "--shelf", tmp_path / "shelf") == {"serving": "v0001"}
    serving = [one["version"] for one in told("versions", "--shelf", tmp_path / "shelf") if one["serves"]]
    assert serving == ["v0001"]


def test_hot_issues_and_duplicates_name_their_members(tmp_path: Path) -> None:
    path = labelled(tmp_path / "a.csv")
    found = told("hot", path, "--top", "2")
    assert found["n"] == 120
    assert len(found["issues"]) == 2
    assert all(member.startswith("m") for issue in found["issues"] for member in issue["members"])
    repeats = told("duplicates", path)
    assert repeats["duplicates"]
    assert repeats["duplicates"][0]["repeats"][0]["id"].startswith("m")


def test_replies_are_trained_measured_and_checked(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "subject": "路灯坏了",
            "detail": f"东门路灯坏了{at}天",
            "created": "2025-03-01 08:00:00",
            "replied": "2025-03-04 08:00:00",
            "reply": f"经核实，东门路灯因电缆故障不亮，已于2025年3月{at % 9 + 1}日修复。"
            if at % 2
            else "您好，已转交有关部门。",
            "human_explainable_teamA": at % 2,
        }
        for at in range(60)
    ]
    path = table(tmp_path / "r.csv", rows)
    assert told("replies", "evaluate", "--on", path)["auc"] > 0.95
    assert told("replies", "train", "--from", path, "--out", tmp_path / "r.json")["n"] == 60
    assert told("replies", "evaluate", "--on", path, "--model", tmp_path / "r.json")["rank_correlation"] > 0.8
    checks = told("replies", "check", path)
    assert [bool(one["check"]["warning"]) for one in checks[:2]] == [True, False]


def test_routes_are_measured_in_time_order(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "rec_id": at,
            "created_date": f"2025-03-{1 + at // 10:02}",
            "event_type": "市容",
            "main_type": "环卫",
            "sub_type": kind,
            "street": "南塘街道",
            "community": "春晓社区",
            "source": "热线",
            "property": "投诉",
            "dispose_unit": unit,
        }
        for at, (kind, unit) in enumerate([("垃圾", "春晓社区"), ("占道", "南塘街道执法队")] * 60)
    ]
    found = told("route", "evaluate", table(tmp_path / "r.csv", rows[::-1]))
    assert found["n_test"] == 24
    assert found["top1"] == 1
    assert found["static"] == [1, 1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("train", "--from", "none.csv", "--out", "x"), "understanding.no-file"),
        (("train", "--from", "other.csv", "--out", "x"), "understanding.no-column"),
        (("hot", "undated.csv"), "understanding.bad-file"),
        (("replies", "evaluate", "--on", "marks.csv"), "understanding.bad-file"),
        (("route", "evaluate", "other.csv"), "understanding.no-column"),
    ],
)
def test_bad_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    table(tmp_path / "other.csv", [{"a": "1"}])
    table(tmp_path / "undated.csv", [{"subject": "a", "detail": "b", "created": "yesterday"}])
    bad: dict[str, object] = {"subject": "a", "detail": "b", "reply": "c", "human_explainable_teamA": "good"}
    table(tmp_path / "marks.csv", [bad])
    with pytest.raises(Refusal) as caught:
        told(*words)
    assert caught.value.code == code


def as_gzip(path: Path) -> Path:
    found = path.with_suffix(".csv.gz")
    found.write_bytes(gzip.compress(path.read_bytes()))
    return found


def as_workbook(path: Path) -> Path:
    book, found = openpyxl.Workbook(), path.with_suffix(".xlsx")
    sheet = book.active
    assert sheet is not None
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            sheet.append(row)
    book.save(found)
    return found


def as_gb18030(path: Path) -> Path:
    found = path.with_suffix(".gb.csv")
    found.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    return found


def as_mixed(path: Path) -> Path:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = path.with_suffix(".mixed.csv")
    encoded = [line.encode("gb18030" if at % 2 else "utf-8") for at, line in enumerate(lines)]
    found.write_bytes(b"\n".join(encoded) + b"\nm999,u1,2025-03-01 10:00:00,\xff\xfe\xfa,\xc3(\xa0,,web\n")
    return found


@pytest.mark.parametrize("told_as", [as_gzip, as_workbook, as_gb18030, as_mixed])
def test_tables_are_read_however_they_are_written(
    model: Path, tmp_path: Path, told_as: Callable[[Path], Path]
) -> None:
    path = told_as(labelled(tmp_path / "a.csv", seed=3))
    found = told("evaluate", "--model", model, "--on", path)
    assert (found["n"], found["macro_f1"] > 0.9) == (120, True)
    assert len(told("classify", "--model", model, path)) >= 120
    assert told("hot", path)["n"] >= 120
    assert told("train", "--from", path, "--out", tmp_path / "b.model")["n"] == 120


def test_three_levels_are_told_apart(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    chance = random.Random(4)
    for at in range(240):
        top = chance.choice(tuple(PHRASES))
        middle = chance.choice(PHRASES[top])
        leaf = chance.choice(("白天", "夜里"))
        rows.append(
            {"subject": f"{leaf}{middle}", "l1": top, "l2": middle, "l3": leaf, "detail": f"第{at}次"}
        )
    path, out = table(tmp_path / "a.csv", rows), tmp_path / "m"
    levels = ("--label", "l1", "--label", "l2", "--label", "l3")
    told("train", "--from", path, *levels, "--out", out)
    found = told("evaluate", "--model", out, "--on", path, *levels)
    assert len(found["levels"]) == 3
    assert min(found["levels"]) > 0.95
    assert told("classify", "--model", out, path)[0]["suggestions"][0]["label"].count("/") == 2


@pytest.mark.parametrize("out", ["folder", "file/model"])
def test_a_model_that_cannot_be_written_is_refused_before_training(tmp_path: Path, out: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    source = labelled(tmp_path / "a.csv")
    for command in (("train",), ("replies", "train")):
        with pytest.raises(Refusal, match=r"file\.unwritable"):
            told(*command, "--from", source, "--out", tmp_path / out)
    with pytest.raises(Refusal, match=r"file\.unwritable"):
        told("cold-start", "--catalogue", source, "--out", tmp_path / out)
