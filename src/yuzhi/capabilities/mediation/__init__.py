"""Disputes looked at as a whole: figures with their denominators, and agreements that were not kept."""

from yuzhi.capabilities.mediation._figures import By, FiguresView, Share, figures
from yuzhi.capabilities.mediation._reopening import RoadsView, Unkept, unkept

__all__ = [
    "By",
    "FiguresView",
    "RoadsView",
    "Share",
    "Unkept",
    "figures",
    "unkept",
]
