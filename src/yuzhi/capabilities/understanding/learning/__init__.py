"""Learning from the city's own matters: what was decided teaches, on a schedule, and never makes it worse."""

from yuzhi.capabilities.understanding.learning._closed import ClosedMatter, RecentMatter, case_of
from yuzhi.capabilities.understanding.learning._desk import StudyDesk, described, in_a_thread
from yuzhi.capabilities.understanding.learning._library import Learnt, Library
from yuzhi.capabilities.understanding.learning._state import ModelState, model_states, roll_back
from yuzhi.capabilities.understanding.learning._study import Studied, study

__all__ = [
    "ClosedMatter",
    "Learnt",
    "Library",
    "ModelState",
    "RecentMatter",
    "Studied",
    "StudyDesk",
    "case_of",
    "described",
    "in_a_thread",
    "model_states",
    "roll_back",
    "study",
]
