"""Who acts: units, people and posts, by day; lists of them read and saved; the roster asked in memory.

A plain table each with an audit row per change. Hand-over, deputies and duty rosters will stand here.
"""

from yuzhi.capabilities.registry._queries import CHANNEL, load_roster, save_posts, save_units
from yuzhi.capabilities.registry._reading import PostList, UnitList, read_posts, read_units
from yuzhi.capabilities.registry._roster import EMPTY, At, Roster
from yuzhi.capabilities.registry._views import ImportView, Person, Post, Unit

__all__ = [
    "CHANNEL",
    "EMPTY",
    "At",
    "ImportView",
    "Person",
    "Post",
    "PostList",
    "Roster",
    "Unit",
    "UnitList",
    "load_roster",
    "read_posts",
    "read_units",
    "save_posts",
    "save_units",
]
