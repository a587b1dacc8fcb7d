"""Advice to whoever takes a matter in or handles it: suggestions with reasons, none of them binding."""

from yuzhi.capabilities.understanding.advising._adviser import Adviser
from yuzhi.capabilities.understanding.advising._sending import SendingDesk, Sent
from yuzhi.capabilities.understanding.advising._views import (
    Advice,
    CategoryAdvice,
    DraftView,
    HotIssueView,
    IssueAdvice,
    LikeMatter,
    ReplyView,
    RouteAdvice,
    SummaryView,
    Told,
    UnitAdvice,
)

__all__ = [
    "Advice",
    "Adviser",
    "CategoryAdvice",
    "DraftView",
    "HotIssueView",
    "IssueAdvice",
    "LikeMatter",
    "ReplyView",
    "RouteAdvice",
    "SendingDesk",
    "Sent",
    "SummaryView",
    "Told",
    "UnitAdvice",
]
