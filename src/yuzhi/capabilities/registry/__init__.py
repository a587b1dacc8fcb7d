"""Who acts: units, people and posts, deputies and shifts, by day; lists of them read and saved; the roster.

A plain table each with an audit row per change.
"""

from yuzhi.capabilities.registry._cells import Cells, split
from yuzhi.capabilities.registry._duty_lists import read_deputies, read_people, read_shifts
from yuzhi.capabilities.registry._duty_queries import (
    hand_over,
    on_duty,
    save_deputies,
    save_people,
    save_shifts,
)
from yuzhi.capabilities.registry._ending import deputy_of, end_deputy, end_shift, shift_of
from yuzhi.capabilities.registry._queries import CHANNEL, load_roster, posted_at, save_posts, save_units
from yuzhi.capabilities.registry._reading import PostList, UnitList, read_posts, read_units
from yuzhi.capabilities.registry._roster import EMPTY, At, Roster
from yuzhi.capabilities.registry._sheets import Faults, Row, read_rows
from yuzhi.capabilities.registry._views import (
    Acting,
    Deputy,
    EndedView,
    ImportView,
    Person,
    Post,
    Shift,
    Unit,
)

__all__ = [
    "CHANNEL",
    "EMPTY",
    "Acting",
    "At",
    "Cells",
    "Deputy",
    "EndedView",
    "Faults",
    "ImportView",
    "Person",
    "Post",
    "PostList",
    "Roster",
    "Row",
    "Shift",
    "Unit",
    "UnitList",
    "deputy_of",
    "end_deputy",
    "end_shift",
    "hand_over",
    "load_roster",
    "on_duty",
    "posted_at",
    "read_deputies",
    "read_people",
    "read_posts",
    "read_rows",
    "read_shifts",
    "read_units",
    "save_deputies",
    "save_people",
    "save_posts",
    "save_shifts",
    "save_units",
    "shift_of",
    "split",
]
