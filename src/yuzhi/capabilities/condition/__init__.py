"""How the machine stands: database, processes, what waits to be done, disk; and what is wrong with it.

Processes and backups write down that they are; beside that it only looks. Nothing of any matter or person is
in what it tells.
"""

from yuzhi.capabilities.condition._alarming import Alarm, alarms_of
from yuzhi.capabilities.condition._backups import BackupFile, backup_file, note_backup, note_verified
from yuzhi.capabilities.condition._beating import Beats
from yuzhi.capabilities.condition._looking import Machine, condition_of
from yuzhi.capabilities.condition._views import (
    BackupView,
    BeatView,
    ConditionView,
    DatabaseView,
    DiskView,
    LimitsView,
    ProcessView,
    QueueView,
)
from yuzhi.capabilities.condition._warning import warnings_of

__all__ = [
    "Alarm",
    "BackupFile",
    "BackupView",
    "BeatView",
    "Beats",
    "ConditionView",
    "DatabaseView",
    "DiskView",
    "LimitsView",
    "Machine",
    "ProcessView",
    "QueueView",
    "alarms_of",
    "backup_file",
    "condition_of",
    "note_backup",
    "note_verified",
    "warnings_of",
]
