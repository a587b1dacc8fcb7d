"""The hotline's desk: a call opened in one act, and what is written down of it meanwhile."""

from yuzhi.capabilities.hotline._calls import CallOptions, NewCall, call_options, open_call
from yuzhi.capabilities.hotline._drafts import (
    KEPT_FOR,
    DraftView,
    KeptView,
    Sealer,
    draft,
    drafts,
    drop_draft,
    forget_drafts,
    keep_draft,
)

__all__ = [
    "KEPT_FOR",
    "CallOptions",
    "DraftView",
    "KeptView",
    "NewCall",
    "Sealer",
    "call_options",
    "draft",
    "drafts",
    "drop_draft",
    "forget_drafts",
    "keep_draft",
    "open_call",
]
