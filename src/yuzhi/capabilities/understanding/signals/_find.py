"""Signals in a message's words, with the words that give them: danger, dispute, deadline, repetition.

They speak of what is told to have happened, never of a person's character or opinion. Danger to
life is tuned to miss nothing: false alarms are its price and are measured.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from msgspec import Struct

from yuzhi.capabilities.understanding.text import personal_spans, plain

SignalKind = Literal["risk_to_life", "group_dispute", "deadline", "repeated_petition"]
KINDS: Final[tuple[SignalKind, ...]] = ("risk_to_life", "group_dispute", "deadline", "repeated_petition")
_CLAUSE: Final = re.compile(r"[，。,.!！?？;；\n]")
_TOGETHER: Final = 3
_SHORT: Final = 80  # characters; a long text gathers stray hints
_HINTED_ENOUGH: Final = 1.0
_ENOUGH_IN_SHORT: Final = 0.6
_DENIED: Final = re.compile(
    r"(?:没有|没|未|不是|不会|并非|避免|防止|杜绝|以防|预防|防范)(?:发生|出现|造成|有|再|任何)?[^，。]{0,3}$"
)
_DENIABLE: Final = re.compile(
    r"^(?:火灾|爆炸|起火|着火|中毒|触电|溺水|车祸|坍塌|倒塌|滑坡|高空抛物|高空坠物|自杀|被困|倾斜|裂缝|漏气|漏电)"
)


class Signal(Struct, frozen=True):
    """A signal, how strongly the words give it (0 to 1), the words themselves and the reason."""

    kind: SignalKind
    strength: float
    words: tuple[str, ...]
    reason: str


class _Lexicon(Struct, frozen=True):
    unless: re.Pattern[str] | None
    patterns: tuple[tuple[re.Pattern[str], float, str], ...]
    hints: tuple[tuple[re.Pattern[str], float, str], ...]
    hushed: re.Pattern[str] | None


@cache
def _lexicons() -> dict[SignalKind, _Lexicon]:
    path = files("yuzhi") / "data" / "understanding" / "signals.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return {kind: _lexicon(content[kind]) for kind in KINDS}


def _lexicon(entry: dict[str, Any]) -> _Lexicon:
    hints = entry.get("hints", {"patterns": (), "unless": ()})
    return _Lexicon(
        unless=_either(entry["unless"]),
        patterns=tuple((re.compile(pattern), weight, why) for pattern, weight, why in entry["patterns"]),
        hints=tuple((re.compile(pattern), weight, why) for pattern, weight, why in hints["patterns"]),
        hushed=_either(hints["unless"]),
    )


def _either(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None


def find_signals(text: str) -> tuple[Signal, ...]:
    """Return the signals a text gives, danger to life first; none for a text that gives none."""
    text = plain(text)
    clauses = list(_clauses(text))
    hidden = personal_spans(text, tagged=False)
    found = (_signal(kind, clauses, hidden) for kind in KINDS)
    return tuple(one for one in found if one is not None)


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for part in _CLAUSE.split(text):
        yield at, part
        at += len(part) + 1


def _signal(
    kind: SignalKind, clauses: list[tuple[int, str]], hidden: list[tuple[int, int, str]]
) -> Signal | None:
    lexicon = _lexicons()[kind]
    total = 0.0
    words: list[str] = []
    reasons: list[str] = []
    for at, clause in clauses:
        if lexicon.unless and lexicon.unless.search(clause):
            continue
        for pattern, weight, reason in lexicon.patterns:
            for match in pattern.finditer(clause):
                if _DENIABLE.match(match[0]) and _DENIED.search(clause[: match.start()]):
                    continue
                begin, end = at + match.start(), at + match.end()
                total += weight
                if not any(start < end and begin < stop for start, stop, _ in hidden):
                    words.append(match[0])
                reasons.append(reason)
                break
    if total < 1:
        total, words, reasons = _hinted(lexicon, clauses, hidden)
        is_short = sum(len(clause) for _, clause in clauses) <= _SHORT
        if total < (_ENOUGH_IN_SHORT if is_short else _HINTED_ENOUGH):
            return None
    shown = tuple(dict.fromkeys(words))[:6]
    strength = 1 - 0.5 ** (total + 1)
    return Signal(kind, round(strength, 3), shown, "；".join(dict.fromkeys(reasons)))


def _hinted(
    lexicon: _Lexicon, clauses: list[tuple[int, str]], hidden: list[tuple[int, int, str]]
) -> tuple[float, list[str], list[str]]:
    """Add up hints, each kind once, over at most three clauses that stand together."""
    best: tuple[float, list[str], list[str]] = (0.0, [], [])
    for first in range(len(clauses)):
        near = [
            (at, clause)
            for at, clause in clauses[first : first + _TOGETHER]
            if not (lexicon.unless and lexicon.unless.search(clause))
            and not (lexicon.hushed and lexicon.hushed.search(clause))
        ]
        found = [one for hint in lexicon.hints for one in _hits(hint, near)]
        total = sum(weight for weight, *_ in found)
        if total > best[0]:
            shown = [
                word
                for _, word, _, at in found
                if not any(start < at + len(word) and at < stop for start, stop, _ in hidden)
            ]
            best = total, shown, [reason for _, _, reason, _ in found]
    return best


def _hits(
    hint: tuple[re.Pattern[str], float, str], near: list[tuple[int, str]]
) -> Iterator[tuple[float, str, str, int]]:
    """Yield (weight, word, reason, place) of a hint's first two different words, the second at half."""
    pattern, weight, reason = hint
    seen: list[str] = []
    for at, clause in near:
        for match in pattern.finditer(clause):
            if match[0] not in seen and len(seen) < 2:
                yield weight / (1 + len(seen)), match[0], reason, at + match.start()
                seen.append(match[0])
