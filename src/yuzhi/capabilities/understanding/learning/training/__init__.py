"""The study itself. Its libraries take much memory: it is loaded by name where it runs, never by a server."""

from yuzhi.capabilities.understanding.learning.training._study import study

__all__ = ["study"]
