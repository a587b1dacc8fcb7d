"""What the aspects of an answer weigh together; `replies.training` learns it from answers people marked."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.replies._aspects import Aspects, aspects_of, is_empty_answer, substance
from yuzhi.capabilities.understanding.text import plain

NAMES: Final = ("relevance", "completeness", "explanation", "timeliness", "politeness", "substance", "empty")


class Answer(Struct, frozen=True):
    """A question, its official answer and the time between, if known."""

    question: str
    answer: str
    took: timedelta | None = None


class ReplyCheck(Struct, frozen=True):
    """How good an answer is, 0 to 1, its aspects with reasons, and a warning before an empty one is sent."""

    quality: float
    aspects: Aspects
    warning: str


class ReplyModel(Struct, frozen=True):
    """Weights of the aspects; the first one in use before anything is learnt is plain good sense."""

    weights: tuple[float, ...] = (1.5, 2.5, 1.5, 0.5, 0.5, 1.5, -2.0)
    bias: float = -2.5
    trained_on: int = 0

    def check(self, answer: Answer) -> ReplyCheck:
        """Weigh one answer."""
        aspects, values = values_of(answer)
        empty, why = is_empty_answer(answer.answer)
        chance = 1 / (1 + np.exp(-(float(values @ np.array(self.weights)) + self.bias)))
        return ReplyCheck(round(float(chance), 4), aspects, f"这是一份空答复：{why}" if empty else "")


def save_replies(model: ReplyModel, path: Path) -> None:
    """Write a model as JSON."""
    content = {"kind": "yuzhi reply model 1", "names": NAMES, "weights": model.weights, "bias": model.bias}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content | {"trained_on": model.trained_on}, indent=2), encoding="utf-8")


def load_replies(path: Path) -> ReplyModel:
    """Read a model; raise `understanding.model-missing` or `understanding.model-damaged`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        weights = tuple(float(one) for one in content["weights"])
        if content["kind"] != "yuzhi reply model 1" or len(weights) != len(NAMES):
            raise Refusal(
                "understanding.model-damaged", path=str(path), why="not a reply model of this version"
            )
        return ReplyModel(weights, float(content["bias"]), int(content["trained_on"]))
    except FileNotFoundError as error:
        raise Refusal("understanding.model-missing", path=str(path)) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal("understanding.model-damaged", path=str(path), why=str(error)) from error


def values_of(answer: Answer) -> tuple[Aspects, NDArray[np.float64]]:
    """Return the aspects of an answer and, in the order of `NAMES`, the values that are weighed."""
    aspects = aspects_of(answer.question, answer.answer, answer.took)
    size = np.log1p(len(substance(plain(answer.answer)))) / np.log1p(400)
    empty = float(is_empty_answer(answer.answer)[0])
    return aspects, np.array([*(getattr(aspects, name).value for name in NAMES[:5]), min(size, 1.3), empty])
