"""Which category a message belongs to: trained from labelled messages, or cold from a catalogue's words.

`category.training` trains; whoever only asks a model does not load what that needs.
"""

from yuzhi.capabilities.understanding.category._cold import cold_model, described_model
from yuzhi.capabilities.understanding.category._features import Message
from yuzhi.capabilities.understanding.category._file import load_model, save_model
from yuzhi.capabilities.understanding.category._model import CategoryGuess, CategoryModel
from yuzhi.capabilities.understanding.category._scoring import CategoryScore, GroupScore, f1_by_label, score
from yuzhi.capabilities.understanding.category._shelf import ModelShelf, Promotion, Serving

__all__ = [
    "CategoryGuess",
    "CategoryModel",
    "CategoryScore",
    "GroupScore",
    "Message",
    "ModelShelf",
    "Promotion",
    "Serving",
    "cold_model",
    "described_model",
    "f1_by_label",
    "load_model",
    "save_model",
    "score",
]
