"""Letters to people: written from packs' templates, carried away, tried again until they arrive."""

from yuzhi.capabilities.deliveries._carriers import Carrier, Inbox, Letter, Maildrop, Undelivered
from yuzhi.capabilities.deliveries._claims import MOST_ATTEMPTS, Claimed, queue, resend, wait_after
from yuzhi.capabilities.deliveries._delivering import Delivered, Errand, PostRoom, deliver_due

__all__ = [
    "MOST_ATTEMPTS",
    "Carrier",
    "Claimed",
    "Delivered",
    "Errand",
    "Inbox",
    "Letter",
    "Maildrop",
    "PostRoom",
    "Undelivered",
    "deliver_due",
    "queue",
    "resend",
    "wait_after",
]
