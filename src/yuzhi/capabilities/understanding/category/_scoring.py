"""How well a category model does on labelled messages, and for whom: by channel, district, length."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category._features import Message
from yuzhi.capabilities.understanding.category._model import SEPARATOR, CategoryModel

_SINGLES: Final = 100
_LENGTHS: Final = ((50, "≤50"), (150, "51-150"), (400, "151-400"), (1000, "401-1000"))
_FEWEST: Final = 20  # texts of a group below which its figure is told but counts for nothing


class GroupScore(Struct, frozen=True):
    """The score of one group of messages; `is_small` where it is too few to say anything."""

    of: str
    group: str
    n: int
    macro_f1: float
    micro_f1: float
    is_small: bool


class CategoryScore(Struct, frozen=True):
    """The score of a model on messages it must not have seen.

    `n` messages, F1 over labels (macro: of the labels that occur; micro: of all messages),
    `top3` the share whose label is among three, `calibration` the expected gap between
    probability and truth, messages a second in batches (without and with reasons) and the
    milliseconds of a single message with its reasons, both of processor time. `levels` is the micro-F1 of
    each level.
    """

    n: int
    macro_f1: float
    micro_f1: float
    top3: float
    calibration: float
    docs_per_s: float
    docs_per_s_with_words: float
    single_ms: float
    is_cold: bool
    levels: tuple[float, ...]
    labels: dict[str, float]
    groups: tuple[GroupScore, ...]


def score(
    model: CategoryModel,
    messages: Sequence[Message],
    labels: Sequence[str],
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> CategoryScore:
    """Score `model`; `groups` gives, for a word such as `channel`, each message's group.

    Raises `understanding.nothing-labelled` if no message has a label.
    """
    kept = [at for at, label in enumerate(labels) if label.strip()]
    if not kept:
        raise Refusal("understanding.nothing-labelled")
    messages, truth = [messages[at] for at in kept], [_tidy(labels[at]) for at in kept]
    model.suggest(messages[:1])  # the tables are built at the first call
    # Of the processor, not of the wall: it is the figure of one core, whoever else uses the machine.
    began = time.process_time()
    guesses = model.suggest(messages, words=False)
    took = time.process_time() - began
    sample = messages[: max(_SINGLES, 1)]
    began = time.process_time()
    model.suggest(sample)
    with_words = time.process_time() - began
    singles = []
    for message in sample:
        began = time.process_time()
        model.suggest((message,))
        singles.append(time.process_time() - began)
    first = [one[0].label if one else "" for one in guesses]
    sure = np.array([one[0].probability if one else 0.0 for one in guesses])
    right = np.array([guess == label for guess, label in zip(first, truth, strict=True)])
    by_label = f1_by_label(truth, first)
    of = {"length": [_length(message) for message in messages]}
    of |= {word: [values[at] for at in kept] for word, values in (groups or {}).items()}
    return CategoryScore(
        n=len(kept),
        macro_f1=round(float(np.mean(list(by_label.values()))), 4),
        micro_f1=round(float(right.mean()), 4),
        top3=_share(any(g.label == t for g in one[:3]) for one, t in zip(guesses, truth, strict=True)),
        calibration=round(_calibration_error(sure, right), 4),
        docs_per_s=round(len(kept) / max(took, 1e-9), 1),
        docs_per_s_with_words=round(len(sample) / max(with_words, 1e-9), 1),
        single_ms=round(1000 * float(np.median(singles)), 3),
        is_cold=model.is_cold,
        levels=_levels(truth, first),
        labels={label: round(value, 4) for label, value in sorted(by_label.items())},
        groups=tuple(
            _group(word, group, truth, first, values)
            for word, values in of.items()
            for group in sorted(set(values))
        ),
    )


def f1_by_label(truth: Sequence[str], guessed: Sequence[str]) -> dict[str, float]:
    """Return F1 of every label that occurs in `truth`, 0 where it is never guessed rightly."""
    right: defaultdict[str, int] = defaultdict(int)
    said: defaultdict[str, int] = defaultdict(int)
    was: defaultdict[str, int] = defaultdict(int)
    for label, guess in zip(truth, guessed, strict=True):
        was[label] += 1
        said[guess] += 1
        right[label] += label == guess
    return {label: 2 * right[label] / (was[label] + said[label]) for label in was}


def _tidy(label: str) -> str:
    return SEPARATOR.join(part.strip() for part in label.split(SEPARATOR) if part.strip())


def _share(flags: object) -> float:
    return round(float(np.mean(list(flags))), 4)  # type: ignore[call-overload]


def _levels(truth: Sequence[str], guessed: Sequence[str]) -> tuple[float, ...]:
    split = [
        (label.split(SEPARATOR), guess.split(SEPARATOR)) for label, guess in zip(truth, guessed, strict=True)
    ]
    deepest = max(len(label) for label, _ in split)
    return tuple(
        _share(label[:depth] == guess[:depth] for label, guess in split if len(label) >= depth)
        for depth in range(1, deepest + 1)
    )


def _length(message: Message) -> str:
    size = len(message[0]) + len(message[1])
    return next((word for most, word in _LENGTHS if size <= most), ">1000")


def _group(
    word: str, group: str, truth: Sequence[str], guessed: Sequence[str], values: Sequence[str]
) -> GroupScore:
    members = [at for at, value in enumerate(values) if value == group]
    mine, said = [truth[at] for at in members], [guessed[at] for at in members]
    return GroupScore(
        of=word,
        group=group,
        n=len(members),
        macro_f1=round(float(np.mean(list(f1_by_label(mine, said).values()))), 4),
        micro_f1=_share(label == guess for label, guess in zip(mine, said, strict=True)),
        is_small=len(members) < _FEWEST,
    )


def _calibration_error(sure: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error over ten equal bins of probability (Naeini et al., AAAI 2015)."""
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        (bin_of == one).mean() * abs(sure[bin_of == one].mean() - right[bin_of == one].mean())
        for one in range(bins)
        if (bin_of == one).any()
    ]
    return float(sum(gaps))
