"""Conflict and urgency in a message's words, with reasons."""

from yuzhi.capabilities.understanding.signals._find import KINDS, Signal, SignalKind, find_signals
from yuzhi.capabilities.understanding.signals._measure import (
    MarkedSentence,
    RiskScore,
    marked_sentences,
    measure_risk,
)

__all__ = [
    "KINDS",
    "MarkedSentence",
    "RiskScore",
    "Signal",
    "SignalKind",
    "find_signals",
    "marked_sentences",
    "measure_risk",
]
