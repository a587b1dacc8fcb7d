"""The trace: who signed in, was refused, changed what others may do, unmasked, exported; only added to.

Other rooms call `note` on the connection of their own transaction, so that what is done and the trace of
it stand or fall together.
"""

from yuzhi.capabilities.trace._noting import LONGEST, WHENCE, Kind, Whence, name_of, note
from yuzhi.capabilities.trace._searching import MOST_ROWS, Sought, TracePage, TraceView, search

__all__ = [
    "LONGEST",
    "MOST_ROWS",
    "WHENCE",
    "Kind",
    "Sought",
    "TracePage",
    "TraceView",
    "Whence",
    "name_of",
    "note",
    "search",
]
