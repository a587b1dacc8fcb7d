"""Policy answers: questions the city answers for everybody, found by one's own words."""

from yuzhi.capabilities.policies._asks import NewPolicy
from yuzhi.capabilities.policies._finding import find, fitting, listed, one, topics
from yuzhi.capabilities.policies._keeping import save, withdraw
from yuzhi.capabilities.policies._lists import read_policies
from yuzhi.capabilities.policies._overview import State, kept
from yuzhi.capabilities.policies._views import FoundPolicy, KeptPolicy, PolicyView, Topic

__all__ = [
    "FoundPolicy",
    "KeptPolicy",
    "NewPolicy",
    "PolicyView",
    "State",
    "Topic",
    "find",
    "fitting",
    "kept",
    "listed",
    "one",
    "read_policies",
    "save",
    "topics",
    "withdraw",
]
