"""Training and measuring of reply models. Its libraries take much memory: no server imports it."""

from yuzhi.capabilities.understanding.replies.training._weights import (
    ReplyScore,
    score_replies,
    train_replies,
)

__all__ = ["ReplyScore", "score_replies", "train_replies"]
