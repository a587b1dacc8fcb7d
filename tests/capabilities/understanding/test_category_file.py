"""Model files: the same model comes back, and nothing damaged or foreign is believed."""

from pathlib import Path

import pytest
from understanding_sentences import messages

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category import CategoryModel, load_model, save_model
from yuzhi.capabilities.understanding.category.training import train


@pytest.fixture(scope="module")
def model() -> CategoryModel:
    return train(*messages(120))


def test_a_model_comes_back_as_it_was(model: CategoryModel, tmp_path: Path) -> None:
    save_model(model, tmp_path / "deep" / "a.model")
    texts = messages(40, seed=2)[0]
    before, after = model.suggest(texts), load_model(tmp_path / "deep" / "a.model").suggest(texts)
    assert [[one.label for one in guesses] for guesses in before] == [
        [one.label for one in guesses] for guesses in after
    ]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.model"]


def test_a_model_file_holds_no_words_of_anyone(tmp_path: Path) -> None:
    texts, labels = messages(120)
    save_model(train([(one, f"{two}我叫王建国") for one, two in texts], labels), tmp_path / "a.model")
    assert "王建国".encode() not in (tmp_path / "a.model").read_bytes()


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "empty", "folder"])
def test_a_damaged_file_is_refused(model: CategoryModel, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.model"
    save_model(model, path)
    content = bytearray(path.read_bytes())
    if damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(
            {"cut": bytes(content[:-100]), "flipped": bytes(content), "foreign": b"PK\x03\x04", "empty": b""}[
                damage
            ]
        )
    with pytest.raises(Refusal) as caught:
        load_model(path)
    assert caught.value.code == "understanding.model-damaged"


def test_a_missing_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        load_model(tmp_path / "none.model")
    assert caught.value.code == "understanding.model-missing"
