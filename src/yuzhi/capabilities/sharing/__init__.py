"""What everybody may see: matters as their packs publish them, and numbers that give nobody away."""

from yuzhi.capabilities.sharing._queries import Sought, by_numbers, find
from yuzhi.capabilities.sharing._rules import Rule, rules
from yuzhi.capabilities.sharing._scrubbing import scrub
from yuzhi.capabilities.sharing._statistics import Line, OpenData, Statistics
from yuzhi.capabilities.sharing._telling import MOST, public_list, public_matter, told
from yuzhi.capabilities.sharing._views import (
    PointView,
    ProgressLine,
    ProgressView,
    PublicPage,
    PublicView,
    Word,
)
from yuzhi.capabilities.sharing._window import Level, Places, Window
from yuzhi.capabilities.sharing._withholding import WITHHELD, Cell, Counted, withhold

__all__ = [
    "MOST",
    "WITHHELD",
    "Cell",
    "Counted",
    "Level",
    "Line",
    "OpenData",
    "Places",
    "PointView",
    "ProgressLine",
    "ProgressView",
    "PublicPage",
    "PublicView",
    "Rule",
    "Sought",
    "Statistics",
    "Window",
    "Word",
    "by_numbers",
    "find",
    "public_list",
    "public_matter",
    "rules",
    "scrub",
    "told",
    "withhold",
]
