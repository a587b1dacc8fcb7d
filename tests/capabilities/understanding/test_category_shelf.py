"""The shelf of model versions: a worse one never serves, a damaged one gives way to a cold one."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from understanding_sentences import PHRASES, messages

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category import (
    CategoryModel,
    ModelShelf,
    cold_model,
    described_model,
)
from yuzhi.capabilities.understanding.category.training import train

NEWEST = messages(80, seed=9)


def cold() -> CategoryModel:
    return cold_model(tuple(PHRASES))


def test_the_first_serves_and_a_worse_one_does_not(tmp_path: Path) -> None:
    shelf, (texts, labels) = ModelShelf(tmp_path), messages(160)
    assert shelf.offer(train(texts, labels), *NEWEST).is_promoted
    worse = train(texts, np.random.default_rng(0).permutation(labels).tolist())
    promotion = shelf.offer(worse, *NEWEST)
    assert not promotion.is_promoted
    assert promotion.serving_f1 is not None
    assert promotion.candidate_f1 < promotion.serving_f1
    assert shelf.serving(cold).version == "v0001"
    assert shelf.versions() == ("v0001", "v0002")


def test_an_equal_one_serves_and_can_be_rolled_back(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path)
    for _ in range(2):
        assert shelf.offer(train(*messages(160)), *NEWEST).is_promoted
    assert shelf.serving(cold).version == "v0002"
    assert shelf.roll_back() == "v0001"
    assert shelf.serving(cold).version == "v0001"
    with pytest.raises(Refusal, match="no-earlier-version"):
        shelf.roll_back()


@pytest.mark.parametrize("damage", ["model", "list", "gone"])
def test_a_damaged_shelf_serves_a_cold_model_with_a_warning(tmp_path: Path, damage: str) -> None:
    shelf = ModelShelf(tmp_path)
    shelf.offer(train(*messages(160)), *NEWEST)
    assert shelf.serving(cold).warning is None
    if damage == "gone":
        (tmp_path / "v0001.model").unlink()
    else:
        name = {"model": "v0001.model", "list": "serving.json"}[damage]
        (tmp_path / name).write_bytes(b"\xff damaged")
    serving = shelf.serving(cold)
    assert serving.model.is_cold
    assert serving.version == ""
    assert serving.warning is not None
    assert serving.warning.code.startswith("understanding.model-")
    assert serving.model.suggest([("", "拖欠工资")])[0][0].label == "劳动/工资"


def test_the_first_day_is_cold_without_a_warning(tmp_path: Path) -> None:
    serving = ModelShelf(tmp_path / "none").serving(cold)
    assert (serving.model.is_cold, serving.version, serving.warning) == (True, "", None)


def test_what_became_of_candidates_is_kept(tmp_path: Path) -> None:
    shelf, at = ModelShelf(tmp_path), datetime(2026, 3, 1, tzinfo=UTC)
    shelf.offer(train(*messages(160)), *NEWEST, at=at)
    assert [(one.version, one.n, one.trained_on, one.at) for one in shelf.offers()] == [
        ("v0001", 80, 160, at)
    ]
    (tmp_path / "offers.json").write_bytes(b"[")
    assert shelf.offers() == ()


def test_whole_paths_of_a_cold_model_have_words() -> None:
    model = described_model({"a/lamp": ("路灯", "照明"), "a/manhole": ("井盖", "窨井"), "b/pay": ("工资",)})
    first = model.suggest([("门口路灯坏了", "路灯三天不亮")])[0][0]
    assert first.label == "a/lamp"
    assert "路灯" in first.words
