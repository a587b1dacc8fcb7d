"""Messages that say the same: near-duplicates on entry, hot issues in batch and as they come."""

from yuzhi.capabilities.understanding.issues._book import IssueBook
from yuzhi.capabilities.understanding.issues._duplicates import DuplicateIndex, NearDuplicate
from yuzhi.capabilities.understanding.issues._heat import Heat, Voice, heat_of
from yuzhi.capabilities.understanding.issues._hot import Issue, Message, hot_issues
from yuzhi.capabilities.understanding.issues._topics import topic_vectors

__all__ = [
    "DuplicateIndex",
    "Heat",
    "Issue",
    "IssueBook",
    "Message",
    "NearDuplicate",
    "Voice",
    "heat_of",
    "hot_issues",
    "topic_vectors",
]
