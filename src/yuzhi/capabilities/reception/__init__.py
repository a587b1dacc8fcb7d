"""One centre, one visit: the guide to the right road, the person's own choice, numbers and windows."""

from yuzhi.capabilities.reception._asks import Moved, NewChoice, NewRegistration, NewTicket, NewWindow
from yuzhi.capabilities.reception._calling import (
    begin,
    board,
    call_next,
    come_back,
    finish,
    pass_on,
    recall,
    set_window,
    skip,
    take_number,
    ticket_view,
)
from yuzhi.capabilities.reception._guiding import (
    choose,
    guide_of,
    questions,
    register,
    registration,
    registrations,
    roads,
    standing,
)
from yuzhi.capabilities.reception._views import BoardView, GuideView, RegistrationView, RoadView, TicketView

__all__ = [
    "BoardView",
    "GuideView",
    "Moved",
    "NewChoice",
    "NewRegistration",
    "NewTicket",
    "NewWindow",
    "RegistrationView",
    "RoadView",
    "TicketView",
    "begin",
    "board",
    "call_next",
    "choose",
    "come_back",
    "finish",
    "guide_of",
    "pass_on",
    "questions",
    "recall",
    "register",
    "registration",
    "registrations",
    "roads",
    "set_window",
    "skip",
    "standing",
    "take_number",
    "ticket_view",
]
