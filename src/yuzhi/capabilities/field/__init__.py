"""Work in the field: what was done without a connection, taken in once, in order, item by item."""

from yuzhi.capabilities.field._items import MOST, OLDEST, TOLERANCE, Batch, Item, read_batch
from yuzhi.capabilities.field._taking import take_batch
from yuzhi.capabilities.field._views import Depot, Outcome, Taken, TakenView

__all__ = [
    "MOST",
    "OLDEST",
    "TOLERANCE",
    "Batch",
    "Depot",
    "Item",
    "Outcome",
    "Taken",
    "TakenView",
    "read_batch",
    "take_batch",
]
