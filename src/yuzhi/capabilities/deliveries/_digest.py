"""Several letters to one recipient, put into one."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID, uuid5

from yuzhi.capabilities.deliveries._carriers import Letter

MOST_IN_ONE = 20
_SPACE = UUID("6f1d8a52-3c9e-4b57-9d64-2a7c81f0e3b9")
_TITLES = {"zh": "您有 {count} 条通知", "en": "{count} notices for you"}

Grouped = tuple[str, Letter]


def into_messages(letters: Sequence[Grouped], language: str) -> list[tuple[Letter, list[UUID]]]:
    """Return messages and the letters in each; what has the same recipient goes together.

    A message of one letter is that letter. The id of a message follows from the letters in it.
    """
    ordered = sorted(letters, key=lambda one: (one[0], one[1].at, one[1].id))
    made = []
    for _, group in groupby(ordered, key=lambda one: one[0]):
        held = [letter for _, letter in group]
        for first in range(0, len(held), MOST_IN_ONE):
            part = held[first : first + MOST_IN_ONE]
            made.append((_one(part, language), [letter.id for letter in part]))
    return made


def _one(letters: Sequence[Letter], language: str) -> Letter:
    if len(letters) == 1:
        return letters[0]
    newest = letters[-1]
    title = _TITLES.get(language, _TITLES["en"]).format(count=len(letters))
    body = "\n\n".join(f"**{letter.title}**\n\n{letter.body}" for letter in letters)
    return Letter(
        id=uuid5(_SPACE, " ".join(sorted(str(letter.id) for letter in letters))), matter=None,
        number=newest.number, name=newest.name, unit=newest.unit, requester=newest.requester, title=title,
        body=body, at=newest.at, address=newest.address, count=len(letters),
        person=newest.person,
    )  # fmt: skip
