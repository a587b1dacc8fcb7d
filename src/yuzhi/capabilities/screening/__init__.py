"""Screening of disputes: every grid every day, and where, when and of what kind they are; never who."""

from yuzhi.capabilities.screening._analysing import AnalysisView, By, analysis
from yuzhi.capabilities.screening._daily import (
    PROCEDURE,
    CoverageView,
    DayView,
    NewDay,
    coverage,
    note_day,
)

__all__ = [
    "PROCEDURE",
    "AnalysisView",
    "By",
    "CoverageView",
    "DayView",
    "NewDay",
    "analysis",
    "coverage",
    "note_day",
]
