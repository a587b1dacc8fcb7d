"""How much danger to life is missed, and how often it is cried without need, on marked sentences."""

from collections.abc import Sequence
from importlib.resources import files

from msgspec import Struct

from yuzhi.capabilities.understanding.signals._find import find_signals


class MarkedSentence(Struct, frozen=True):
    """A sentence and whether it tells of danger to life; `half` is 0 for the half words were chosen by."""

    half: int
    is_risk: bool
    text: str


class RiskScore(Struct, frozen=True):
    """Recall of danger, precision, and the share of harmless sentences that raised a false alarm."""

    sentences: int
    recall: float
    precision: float
    false_alarms: float


def marked_sentences() -> tuple[MarkedSentence, ...]:
    """Return the project's own marked sentences."""
    path = files("yuzhi") / "data" / "understanding" / "risk_labelled.txt"
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    parts = [line.split(" ", 2) for line in lines]
    return tuple(MarkedSentence(int(half), mark == "1", text) for half, mark, text in parts)


def measure_risk(sentences: Sequence[MarkedSentence]) -> RiskScore:
    """Compare the signal with the marks."""
    said = [any(signal.kind == "risk_to_life" for signal in find_signals(one.text)) for one in sentences]
    risks = [alarm for alarm, one in zip(said, sentences, strict=True) if one.is_risk]
    harmless = [alarm for alarm, one in zip(said, sentences, strict=True) if not one.is_risk]
    return RiskScore(
        len(sentences),
        round(sum(risks) / max(len(risks), 1), 4),
        round(sum(risks) / max(sum(said), 1), 4),
        round(sum(harmless) / max(len(harmless), 1), 4),
    )
