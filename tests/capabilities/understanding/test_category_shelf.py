"""The shelf of model versions: a worse one never serves, a damaged one gives way to a cold one."""

from pathlib import Path

import numpy as np
import pytest
from understanding_sentences import PHRASES, messages

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category import ModelShelf, train

NEWEST = messages(80, seed=9)


def test_the_first_serves_and_a_worse_one_does_not(tmp_path: Path) -> None:
    shelf, (texts, labels) = ModelShelf(tmp_path), messages(160)
    assert shelf.offer(train(texts, labels), *NEWEST).is_promoted
    worse = train(texts, np.random.default_rng(0).permutation(labels).tolist())
    promotion = shelf.offer(worse, *NEWEST)
    assert not promotion.is_promoted
    assert promotion.serving_f1 is not None
    assert promotion.candidate_f1 < promotion.serving_f1
    assert shelf.serving(()).version == "v0001"
    assert shelf.versions() == ("v0001", "v0002")


def test_an_equal_one_serves_and_can_be_rolled_back(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path)
    for _ in range(2):
        assert shelf.offer(train(*messages(160)), *NEWEST).is_promoted
    assert shelf.serving(()).version == "v0002"
    assert shelf.roll_back() == "v0001"
    assert shelf.serving(()).version == "v0001"
    with pytest.raises(Refusal, match="no-earlier-version"):
        shelf.roll_back()


@pytest.mark.parametrize("damage", ["model", "list", "none"])
def test_a_damaged_shelf_serves_a_cold_model_with_a_warning(tmp_path: Path, damage: str) -> None:
    shelf = ModelShelf(tmp_path)
    if damage != "none":
        shelf.offer(train(*messages(160)), *NEWEST)
        assert shelf.serving(()).warning == ""
        name = {"model": "v0001.model", "list": "serving.json"}[damage]
        (tmp_path / name).write_bytes(b"\xff damaged")
    serving = shelf.serving(tuple(PHRASES))
    assert serving.model.is_cold
    assert serving.version == ""
    assert "understanding.model" in serving.warning
    assert serving.model.suggest([("", "拖欠工资")])[0][0].label == "劳动/工资"
