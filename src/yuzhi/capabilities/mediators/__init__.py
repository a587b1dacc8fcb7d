"""Mediators: the directory, who fits a case and why, panels, stepping back, allowance, deeds."""

from yuzhi.capabilities.mediators._asks import Allowance, Deed, Given, Interest, NewMediator, Recusal
from yuzhi.capabilities.mediators._directory import directory, note_deed, save
from yuzhi.capabilities.mediators._fitting import Candidate, Wanted, against, fit, in_order
from yuzhi.capabilities.mediators._lists import read_mediators
from yuzhi.capabilities.mediators._presiding import allow, fits, give, recuse
from yuzhi.capabilities.mediators._views import FitsView, FitView, MediatorView, Reason

__all__ = [
    "Allowance",
    "Candidate",
    "Deed",
    "FitView",
    "FitsView",
    "Given",
    "Interest",
    "MediatorView",
    "NewMediator",
    "Reason",
    "Recusal",
    "Wanted",
    "against",
    "allow",
    "directory",
    "fit",
    "fits",
    "give",
    "in_order",
    "note_deed",
    "read_mediators",
    "recuse",
    "save",
]
