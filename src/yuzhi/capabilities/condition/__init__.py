"""How the machine stands: database, processes, what waits to be done, disk; and what is wrong with it.

It only looks. Nothing of any matter or person is in what it tells.
"""

from yuzhi.capabilities.condition._looking import Machine, condition_of
from yuzhi.capabilities.condition._views import ConditionView, DatabaseView, DiskView, ProcessView, QueueView
from yuzhi.capabilities.condition._warning import warnings_of

__all__ = [
    "ConditionView",
    "DatabaseView",
    "DiskView",
    "Machine",
    "ProcessView",
    "QueueView",
    "condition_of",
    "warnings_of",
]
