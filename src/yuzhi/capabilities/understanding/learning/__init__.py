"""Learning from the city's own matters: what was decided teaches, on a schedule, and never makes it worse."""

from yuzhi.capabilities.understanding.learning._closed import ClosedMatter, RecentMatter, case_of
from yuzhi.capabilities.understanding.learning._desk import StudyDesk, described
from yuzhi.capabilities.understanding.learning._library import Learnt, Library
from yuzhi.capabilities.understanding.learning._state import ModelState, model_states, roll_back
from yuzhi.capabilities.understanding.learning._studied import Studied

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
    "model_states",
    "roll_back",
]
