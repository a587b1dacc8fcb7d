"""Letters to people: written from packs' templates, carried away, tried again until they arrive."""

from yuzhi.capabilities.deliveries._acknowledging import acknowledge
from yuzhi.capabilities.deliveries._carriers import Carrier, Letter, Maildrop, Undelivered
from yuzhi.capabilities.deliveries._carrying import carry_due
from yuzhi.capabilities.deliveries._channels import Channel, NoResidents, Residents, Rules
from yuzhi.capabilities.deliveries._claims import (
    MOST_ATTEMPTS,
    Claimed,
    forget_windows,
    queue,
    queue_all,
    resend,
    wait_after,
)
from yuzhi.capabilities.deliveries._inbox import NoticesPage, NoticeView, mark_read, notices
from yuzhi.capabilities.deliveries._listing import (
    AttemptView,
    DeliveriesPage,
    DeliveryView,
    TracedView,
    deliveries,
    trace,
)
from yuzhi.capabilities.deliveries._posting import Delivered, Errand, PostRoom, call, deliver_due
from yuzhi.capabilities.deliveries._reading import Postal, read_channels
from yuzhi.capabilities.deliveries._residents import VaultedResidents
from yuzhi.capabilities.deliveries._signing import check as check_signature
from yuzhi.capabilities.deliveries._signing import secret_of, signed_headers
from yuzhi.capabilities.deliveries._spreading import Addressee, Circle, hand_to_account

__all__ = [
    "MOST_ATTEMPTS",
    "Addressee",
    "AttemptView",
    "Carrier",
    "Channel",
    "Circle",
    "Claimed",
    "Delivered",
    "DeliveriesPage",
    "DeliveryView",
    "Errand",
    "Letter",
    "Maildrop",
    "NoResidents",
    "NoticeView",
    "NoticesPage",
    "PostRoom",
    "Postal",
    "Residents",
    "Rules",
    "TracedView",
    "Undelivered",
    "VaultedResidents",
    "acknowledge",
    "call",
    "carry_due",
    "check_signature",
    "deliver_due",
    "deliveries",
    "forget_windows",
    "hand_to_account",
    "mark_read",
    "notices",
    "queue",
    "queue_all",
    "read_channels",
    "resend",
    "secret_of",
    "signed_headers",
    "trace",
    "wait_after",
]
