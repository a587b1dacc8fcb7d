"""Why a step may not be taken, in words: the refusal's own, with the names in it as their pack calls them."""

from collections.abc import Callable, Mapping
from typing import Final

from yuzhi.base.refusal import Refusal
from yuzhi.doors.wording import Language, word
from yuzhi.engine.options import Option
from yuzhi.engine.phrases import PHRASES

Say = Callable[[str], str]

_SECTIONS: Final[Mapping[str, str]] = {
    "step": "step", "state": "state", "allowed": "state", "duties": "duty", "clock": "clock",
}  # fmt: skip
"""Under which heading of a pack's words a fact's value is found."""


def reason_of(option: Option, say: Say, language: Language) -> str:
    """Return why a step may not be taken, empty if it may. `say` gives a pack's word for a key."""
    if option.is_allowed or not option.why_not:
        return ""
    facts = {name: _worded(name, value, say, language) for name, value in option.facts.items()}
    return word(Refusal(option.why_not, **facts), language).says


def _worded(name: str, value: object, say: Say, language: Language) -> object:
    if name == "guard":
        return PHRASES[language].get(f"guard.{value}", value)
    section = _SECTIONS.get(name)
    if section is None:
        return value
    if isinstance(value, list | tuple):
        return [say(f"{section}.{one}") for one in value]
    return say(f"{section}.{value}")
