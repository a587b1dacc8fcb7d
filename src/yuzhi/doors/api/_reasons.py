"""Why something may not be done: the refusal's own words, with the names in it as their pack calls them."""

from collections.abc import Callable, Mapping
from typing import Final

from yuzhi.base.refusal import Refusal
from yuzhi.doors.wording import Language, Wording, word
from yuzhi.engine.options import Option
from yuzhi.engine.phrases import PHRASES

Say = Callable[[str], str]

_SECTIONS: Final[Mapping[str, str]] = {
    "step": "step", "state": "state", "allowed": "state", "duties": "duty", "clock": "clock", "date": "field",
    "dates": "field", "event": "field", "kinds": "evidence", "texts": "text", "reasons": "reason",
}  # fmt: skip
"""Under which heading of a pack's words a fact's value is found."""
_OF_CODE: Final[Mapping[str, Mapping[str, str]]] = {
    "step.unknown": {"allowed": "step", "step": ""},
    "reason.unknown": {"allowed": "reason", "given": "reason"},
    "pause.reason_not_declared": {"allowed": "reason", "given": "reason"},
    "outcome.unknown": {"allowed": "outcome", "given": "outcome"},
    "opening.unknown_kind": {"allowed": "kind"},
    "opening.unknown_channel": {"allowed": "channel"},
    "opening.unknown_urgency": {"allowed": "urgency"},
    "text.not_expected": {"allowed": "text"},
    "hand_over.where_unknown": {"allowed": ""},
}
"""Where a code's own facts are found, if not there; nowhere, if empty."""
_OPENED: Final = {"zh": "受理之日", "en": "the day it was taken in"}


def reason_of(option: Option, say: Say, language: Language) -> str:
    """Return why a step may not be taken, empty if it may. `say` gives a pack's word for a key."""
    if option.is_allowed or not option.why_not:
        return ""
    return worded(Refusal(option.why_not, **option.facts), say, language).says


def worded(refusal: Refusal, say: Say, language: Language) -> Wording:
    """Return a refusal in words, each name in it as the pack calls it."""
    sections = {**_SECTIONS, **_OF_CODE.get(refusal.code, {})}
    facts = {name: _said(name, value, sections, say, language) for name, value in refusal.facts.items()}
    return word(Refusal(refusal.code, **facts), language)


def _said(name: str, value: object, sections: Mapping[str, str], say: Say, language: Language) -> object:
    if name == "guard":
        return PHRASES[language].get(f"guard.{value}", value)
    if name == "event" and value == "opened":
        return _OPENED[language]
    section = sections.get(name)
    if not section:
        return value
    if isinstance(value, list | tuple):
        return [say(f"{section}.{one}") for one in value]
    return say(f"{section}.{value}")
