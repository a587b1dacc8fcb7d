"""Packs in plain words: a procedure told in sentences, and what one version changes against another."""

from collections.abc import Callable, Iterator, Mapping
from difflib import unified_diff
from typing import Final

from yuzhi.capabilities.packs._shelf import Shelf
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.explain import explain
from yuzhi.engine.phrases import Language

_SHARED: Final = ("procedure.", "outcome.", "clock.")
"""Words of other packs that a procedure is told with: of what it hands over to them."""

_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "basis": ("法律依据", "legal basis"),
    "duty": ("职责", "duties"),
    "form": ("表单", "forms"),
    "letter": ("文书", "letters"),
    "agreement": ("协议书", "agreements"),
    "category": ("事项分类", "categories"),
    "routing": ("分拨规则", "routing rules"),
    "sensor": ("监测规则", "sensor rules"),
    "guide": ("引导", "guide"),
    "parameter": ("参数", "parameters"),
    "word": ("用语", "words"),
}
_PART_OF: Final[Mapping[str, Callable[[Pack], Mapping[str, object]]]] = {
    "basis": lambda pack: {one.title: one for one in pack.basis},
    "duty": lambda pack: dict.fromkeys(pack.duties, ""),
    "form": lambda pack: pack.forms,
    "letter": lambda pack: pack.letters,
    "agreement": lambda pack: pack.agreements,
    "category": lambda pack: {one.code: one for one in pack.categories},
    "routing": lambda pack: {one.name: one for one in pack.routing},
    "sensor": lambda pack: {one.name: one for one in pack.sensors},
    "guide": lambda pack: {"guide": pack.guide} if pack.guide else {},
    "parameter": lambda pack: pack.parameters,
    "word": lambda pack: {
        f"{language} {key}": word for language, of in pack.words.items() for key, word in of.items()
    },
}


def explained(shelf: Shelf, pack: Pack, procedure: Procedure, language: Language) -> str:
    """Return a procedure of a pack told in sentences, with the words of the packs it hands over to."""
    others = {
        key: word
        for one in shelf.in_force
        for key, word in one.words.get(language, {}).items()
        if key.startswith(_SHARED)
    }
    words: dict[str, dict[str, str]] = {language: {**others, **pack.words.get(language, {})}}
    return explain(procedure, words, language, basis=pack.basis)


def difference(old: Pack | None, new: Pack, language: Language) -> str:
    """Return what changes from one version to another, under a heading (`#`) for each part that does.

    Procedures are told in sentences, forms, letters and the like by name. Lines that go begin with `-`,
    lines that come with `+`, names whose content changed with `~`; without an old version all of it comes.
    """
    names = dict.fromkeys(one.name for pack in (old, new) if pack is not None for one in pack.procedures)
    told: list[str] = []
    for name in names:
        before, after = (_told(pack, name, language) for pack in (old, new))
        if before != after:
            told += [f"# {name}", *list(unified_diff(before, after, n=1, lineterm=""))[2:], ""]
    for part, titles in _PARTS.items():
        if part == "word" and old is None:
            continue  # they are in the sentences
        if lines := list(_changes(old, new, part)):
            told += [f"# {titles[0] if language == 'zh' else titles[1]}", *lines, ""]
    return "\n".join(told)


def _changes(old: Pack | None, new: Pack, part: str) -> Iterator[str]:
    before = _PART_OF[part](old) if old is not None else {}
    after = _PART_OF[part](new)
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"-{name}"
        elif name not in before:
            yield f"+{name}" + _worded(part, after[name])
        elif before[name] != after[name]:
            yield f"~{name}" + _worded(part, after[name])


def _worded(part: str, value: object) -> str:
    return f": {value}" if part in {"word", "parameter"} else ""


def _told(pack: Pack | None, name: str, language: Language) -> list[str]:
    procedure = pack.procedure(name) if pack is not None else None
    if pack is None or procedure is None:
        return []
    text = explain(procedure, pack.words, language, basis=pack.basis)
    # The first line names the version, which always differs.
    return text.splitlines()[1:]
