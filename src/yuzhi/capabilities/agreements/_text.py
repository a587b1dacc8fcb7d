"""The text of an agreement: a template filled in once, and the same words for paper, screen and signature."""

import re
from collections.abc import Mapping
from datetime import datetime

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.typesetting import Block, Document, Kind
from yuzhi.engine.vocabulary import AGREEMENT_PLACEHOLDERS as PLACEHOLDERS

_BRACES = re.compile(r"\{([a-z_]+)\}")

_LONE: dict[str, Kind] = {"parties": "line", "number": "line", "signatures": "sign"}
_MARKS: dict[str, Kind] = {"## ": "heading", "> ": "end", "- ": "line"}


def filled(template: str, language: str, at: datetime, words: Mapping[str, str]) -> Document:
    """Return a template with its placeholders filled in, each once: braces in what was said stay as they are.

    A line of a template that begins with `## ` is a heading, with `- ` a line without indent; what begins
    with `> ` stands on the right.

    Raises Refusal `agreement.bad_template` for a placeholder nobody knows.
    """
    title, _, body = template.partition("\n")
    blocks: list[Block] = []
    for line in body.split("\n"):
        plain = line.strip()
        if not plain:
            continue
        mark = next((one for one in _MARKS if plain.startswith(one)), "")
        lone = _BRACES.fullmatch(plain)
        kind = _MARKS.get(mark) or (_LONE.get(lone[1], "text") if lone else "text")
        text = _BRACES.sub(lambda found: _word(words, found[1]), plain.removeprefix(mark))
        blocks += [Block(kind, part.strip()) for part in text.split("\n") if part.strip()]
    return Document(title=title.removeprefix("# ").strip(), language=language, at=at, blocks=tuple(blocks))


def _word(words: Mapping[str, str], name: str) -> str:
    if name not in PLACEHOLDERS:
        raise Refusal("agreement.bad_template", placeholder=name, known=PLACEHOLDERS)
    return words.get(name, "")


def yuan(fen: int) -> str:
    """Return an amount as it is written: 1,234.50."""
    return f"{fen // 100:,}.{fen % 100:02d}"
