"""Agreements: drafted from a template, signed by all, performed in instalments, or broken and told so."""

from yuzhi.capabilities.agreements._asks import (
    NewAgreement,
    NewInstalment,
    NewPerformance,
    NewSignature,
)
from yuzhi.capabilities.agreements._carrying import TABLES, AgreementCarrier
from yuzhi.capabilities.agreements._drafting import draft, give_up, offer, redraft
from yuzhi.capabilities.agreements._performing import (
    REMINDER,
    Minded,
    conclude,
    mind_performance,
    perform,
    reminder_to_send,
)
from yuzhi.capabilities.agreements._reading import agreement, agreements, document
from yuzhi.capabilities.agreements._room import AgreementRoom
from yuzhi.capabilities.agreements._signing import AUDIENCE, ask_code, code_to_send, sign
from yuzhi.capabilities.agreements._text import filled
from yuzhi.capabilities.agreements._views import AgreementView, InstalmentView, SignatureView

__all__ = [
    "AUDIENCE",
    "REMINDER",
    "TABLES",
    "AgreementCarrier",
    "AgreementRoom",
    "AgreementView",
    "InstalmentView",
    "Minded",
    "NewAgreement",
    "NewInstalment",
    "NewPerformance",
    "NewSignature",
    "SignatureView",
    "agreement",
    "agreements",
    "ask_code",
    "code_to_send",
    "conclude",
    "document",
    "draft",
    "filled",
    "give_up",
    "mind_performance",
    "offer",
    "perform",
    "redraft",
    "reminder_to_send",
    "sign",
]
