"""The running matter: opening it, taking its steps, letting its clocks speak, reading where it stands."""

from yuzhi.capabilities.matters._agreeing import heed
from yuzhi.capabilities.matters._asks import Attachment, FirstStep, HandTo, NewMatter, NewStep
from yuzhi.capabilities.matters._attaching import attach, forget_uploads, note_upload
from yuzhi.capabilities.matters._changes import NOWHERE, Change, Point, changes_since, newest_change
from yuzhi.capabilities.matters._figures import By, Figure
from yuzhi.capabilities.matters._filters import Filters
from yuzhi.capabilities.matters._following import PassedOn, follow, pass_answers_on
from yuzhi.capabilities.matters._handlers import (
    Prepared,
    open_matter,
    prepare,
    prepare_step,
    take_step,
    ticked,
)
from yuzhi.capabilities.matters._keys import Key, answers_given, forget_keys, remembered_as
from yuzhi.capabilities.matters._office import Carrier, Ground, Office, Serials, Shelf
from yuzhi.capabilities.matters._people import asked_by, asked_under, who_asked, without_words
from yuzhi.capabilities.matters._pictures import Pictures
from yuzhi.capabilities.matters._pressing import How, PressingView, pressing, pressing_list
from yuzhi.capabilities.matters._queries import by_number, count, open_matters, whole_list, worklist
from yuzhi.capabilities.matters._rates import Rate, RatesView, behind, rates
from yuzhi.capabilities.matters._reading import history, options_of, view, views
from yuzhi.capabilities.matters._relations import LinkedView, RelationsView, relations
from yuzhi.capabilities.matters._retaining import Tie, keep_while_needed
from yuzhi.capabilities.matters._routes import RouteView, Said, route_of, would_route
from yuzhi.capabilities.matters._scope import Scope, looking, scope_of
from yuzhi.capabilities.matters._spread import Cell, SpreadView, spread
from yuzhi.capabilities.matters._standing import lead_of, standings
from yuzhi.capabilities.matters._tables import TABLES
from yuzhi.capabilities.matters._thread import ThreadPart, thread, whole_thread
from yuzhi.capabilities.matters._ticking import BEGINNING, Ticked, tick_due
from yuzhi.capabilities.matters._upkeep import Fault, Verified, rebuild, verify
from yuzhi.capabilities.matters._uploads import FileView, take_in, typed
from yuzhi.capabilities.matters._views import CountView, EntryView, MatterView, OpenedView, PageView, RowView

__all__ = [
    "BEGINNING",
    "NOWHERE",
    "TABLES",
    "Attachment",
    "By",
    "Carrier",
    "Cell",
    "Change",
    "CountView",
    "EntryView",
    "Fault",
    "Figure",
    "FileView",
    "Filters",
    "FirstStep",
    "Ground",
    "HandTo",
    "How",
    "Key",
    "LinkedView",
    "MatterView",
    "NewMatter",
    "NewStep",
    "Office",
    "OpenedView",
    "PageView",
    "PassedOn",
    "Pictures",
    "Point",
    "Prepared",
    "PressingView",
    "Rate",
    "RatesView",
    "RelationsView",
    "RouteView",
    "RowView",
    "Said",
    "Scope",
    "Serials",
    "Shelf",
    "SpreadView",
    "ThreadPart",
    "Ticked",
    "Tie",
    "Verified",
    "answers_given",
    "asked_by",
    "asked_under",
    "attach",
    "behind",
    "by_number",
    "changes_since",
    "count",
    "follow",
    "forget_keys",
    "forget_uploads",
    "heed",
    "history",
    "keep_while_needed",
    "lead_of",
    "looking",
    "newest_change",
    "note_upload",
    "open_matter",
    "open_matters",
    "options_of",
    "pass_answers_on",
    "prepare",
    "prepare_step",
    "pressing",
    "pressing_list",
    "rates",
    "rebuild",
    "relations",
    "remembered_as",
    "route_of",
    "scope_of",
    "spread",
    "standings",
    "take_in",
    "take_step",
    "thread",
    "tick_due",
    "ticked",
    "typed",
    "verify",
    "view",
    "views",
    "who_asked",
    "whole_list",
    "whole_thread",
    "without_words",
    "worklist",
    "would_route",
]
