"""How good an official answer is against its question, and a warning before an empty one is sent."""

from yuzhi.capabilities.understanding.replies._aspects import Aspect, Aspects, aspects_of, is_empty_answer
from yuzhi.capabilities.understanding.replies._model import (
    Answer,
    ReplyCheck,
    ReplyModel,
    load_replies,
    save_replies,
)

__all__ = [
    "Answer",
    "Aspect",
    "Aspects",
    "ReplyCheck",
    "ReplyModel",
    "aspects_of",
    "is_empty_answer",
    "load_replies",
    "save_replies",
]
