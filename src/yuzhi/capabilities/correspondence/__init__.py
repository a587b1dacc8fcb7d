"""Correspondence: mail that residents write, kept in a box and made matters, once each."""

from yuzhi.capabilities.correspondence._box import MOST_WAITING, Box
from yuzhi.capabilities.correspondence._message import Mail, read_mail, unquoted
from yuzhi.capabilities.correspondence._taking import MOST_FROM_ONE, TABLES, Desk, Taken, take_mail

__all__ = [
    "MOST_FROM_ONE",
    "MOST_WAITING",
    "TABLES",
    "Box",
    "Desk",
    "Mail",
    "Taken",
    "read_mail",
    "take_mail",
    "unquoted",
]
