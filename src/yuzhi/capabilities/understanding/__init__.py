"""What residents say, understood: suggestions with reasons; people decide, and their decisions teach it.

Each part has its own face: `category`, `dispatch`, `issues`, `replies`, `signals`, `places`,
`similar`, `endpoint` and `text`. Here are the things others need most.
"""

from yuzhi.capabilities.understanding.category import CategoryGuess, CategoryModel, ModelShelf, cold_model
from yuzhi.capabilities.understanding.dispatch import Case, Route, Router, may_go
from yuzhi.capabilities.understanding.issues import DuplicateIndex, Issue, IssueBook, hot_issues
from yuzhi.capabilities.understanding.places import Place, find_places
from yuzhi.capabilities.understanding.replies import Answer, ReplyCheck, ReplyModel, is_empty_answer
from yuzhi.capabilities.understanding.signals import Signal, find_signals
from yuzhi.capabilities.understanding.similar import PastMatter, SimilarIndex, SimilarMatter, draft_reply

# fmt: off
__all__ = [
    "Answer", "Case", "CategoryGuess", "CategoryModel", "DuplicateIndex", "Issue", "IssueBook", "ModelShelf",
    "PastMatter", "Place", "ReplyCheck", "ReplyModel", "Route", "Router", "Signal", "SimilarIndex",
    "SimilarMatter", "cold_model", "draft_reply", "find_places", "find_signals", "hot_issues",
    "is_empty_answer", "may_go",
]
