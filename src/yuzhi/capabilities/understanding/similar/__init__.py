"""Similar past matters and their answers, and a draft reply made of their sentences."""

from yuzhi.capabilities.understanding.similar._draft import HEAD, Draft, DraftSentence, draft_reply
from yuzhi.capabilities.understanding.similar._index import PastMatter, SimilarIndex, SimilarMatter

__all__ = ["HEAD", "Draft", "DraftSentence", "PastMatter", "SimilarIndex", "SimilarMatter", "draft_reply"]
