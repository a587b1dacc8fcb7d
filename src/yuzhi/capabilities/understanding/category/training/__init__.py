"""Training of category models. Its libraries take much memory: no process that serves imports it."""

from yuzhi.capabilities.understanding.category.training._tree import train

__all__ = ["train"]
