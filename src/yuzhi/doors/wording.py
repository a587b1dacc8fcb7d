"""What a refusal says to people, by code and language, from `data/refusals`; shared by all doors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from yuzhi.base.refusal import Refusal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


# The same safe loader, in C where PyYAML has it: the command line reads a whole file for one refusal.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Wording:
    """A refusal in words: what is the matter, and what to do next (empty if there is nothing to do)."""

    says: str
    do: str = ""


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"


@cache
def sentences(language: Language) -> Mapping[str, Wording]:
    """Return every wording of a language by refusal code; `{fact}` in it stands for a fact's value."""
    text = (files("yuzhi") / "data" / "refusals" / f"{language}.yaml").read_text(encoding="utf-8")
    entries: dict[str, list[str]] = yaml.load(text, Loader=_Loader)  # noqa: S506 -- the safe one
    return {code: Wording(*entry) for code, entry in entries.items()}


def word(refusal: Refusal, language: Language) -> Wording:
    """Return the wording of a refusal with its facts filled in; a code without one is told as it is."""
    wording = sentences(language).get(refusal.code)
    if wording is None:
        return Wording(says=str(refusal))
    facts = _Facts({name: _told(value) for name, value in refusal.facts.items()})
    return Wording(says=wording.says.format_map(facts), do=wording.do.format_map(facts))


def causes(refusal: Refusal) -> tuple[Refusal, ...]:
    """Return the refusals a refusal gathers under its fact `errors` (each line of a file, say).

    What is no refusal itself but has a `code` (with `file`, `line`, `detail`) becomes one, of code `fault.…`.
    """
    errors = refusal.facts.get("errors", ())
    gathered = (_as_refusal(one) for one in errors) if isinstance(errors, Iterable) else ()
    return tuple(one for one in gathered if one is not None)


def _as_refusal(error: object) -> Refusal | None:
    if isinstance(error, Refusal):
        return error
    code = getattr(error, "code", None)
    told = {name: getattr(error, name) for name in ("file", "line", "detail") if hasattr(error, name)}
    return Refusal(f"fault.{code}", **told) if code else None


def _told(value: object) -> object:
    if isinstance(value, (tuple, list, set, frozenset)):
        return ", ".join(str(_told(one)) for one in value)
    return value
