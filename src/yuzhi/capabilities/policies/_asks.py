"""What is told of a policy answer when it is entered."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

QUESTION_MOST = 200
ANSWER_MOST = 5_000
Word = Annotated[str, Meta(max_length=100)]


class NewPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """A question of policy and its answer, with the document it rests on.

    It is given out from `valid_from` until the day before `valid_to`; a missing day sets no bound.
    """

    id: Word
    question: Annotated[str, Meta(max_length=QUESTION_MOST)]
    answer: Annotated[str, Meta(max_length=ANSWER_MOST)]
    source: Annotated[str, Meta(max_length=300)]
    topic: Word = ""
    valid_from: date | None = None
    valid_to: date | None = None
