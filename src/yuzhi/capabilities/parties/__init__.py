"""Disputes: who is in one, on which side, who speaks for whom; and that nobody outside the case looks in."""

from yuzhi.capabilities.parties._acting import entry_of, party_number, split_number
from yuzhi.capabilities.parties._asks import NewDispute, NewNote, NewParty, NewRepresentative
from yuzhi.capabilities.parties._capacity import age_on, capacity_of
from yuzhi.capabilities.parties._carrying import PartyCarrier, carried_id, carried_row
from yuzhi.capabilities.parties._coming_back import cases_of, recognise
from yuzhi.capabilities.parties._joining import (
    AddedView,
    add_party,
    add_representative,
    end_representative,
    join,
    leave,
    party_marks,
)
from yuzhi.capabilities.parties._reading import acts, keep_note, notes, reveal, view
from yuzhi.capabilities.parties._receipts import RECEIPT, queue_receipts, receipt_to_send
from yuzhi.capabilities.parties._recognising import Marks, marks_of, name_mark, number_mark, read_marks, told
from yuzhi.capabilities.parties._registering import register
from yuzhi.capabilities.parties._room import (
    CaseRoom,
    check_inside,
    check_staff,
    inside,
    is_withheld,
    note_act,
)
from yuzhi.capabilities.parties._tables import GUARDIAN, TABLES, TIES
from yuzhi.capabilities.parties._telling import PartyCircle
from yuzhi.capabilities.parties._views import (
    ActView,
    DisputeView,
    NoteView,
    PartyView,
    PresidingView,
    RegisteredView,
    RepresentativeView,
)

__all__ = [
    "GUARDIAN",
    "RECEIPT",
    "TABLES",
    "TIES",
    "ActView",
    "AddedView",
    "CaseRoom",
    "DisputeView",
    "Marks",
    "NewDispute",
    "NewNote",
    "NewParty",
    "NewRepresentative",
    "NoteView",
    "PartyCarrier",
    "PartyCircle",
    "PartyView",
    "PresidingView",
    "RegisteredView",
    "RepresentativeView",
    "acts",
    "add_party",
    "add_representative",
    "age_on",
    "capacity_of",
    "carried_id",
    "carried_row",
    "cases_of",
    "check_inside",
    "check_staff",
    "end_representative",
    "entry_of",
    "inside",
    "is_withheld",
    "join",
    "keep_note",
    "leave",
    "marks_of",
    "name_mark",
    "note_act",
    "notes",
    "number_mark",
    "party_marks",
    "party_number",
    "queue_receipts",
    "read_marks",
    "receipt_to_send",
    "recognise",
    "register",
    "reveal",
    "split_number",
    "told",
    "view",
]
