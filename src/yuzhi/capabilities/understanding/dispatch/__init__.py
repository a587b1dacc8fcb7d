"""Which unit is answerable, learnt from where such matters went; rules and people stand above it."""

from yuzhi.capabilities.understanding.dispatch._file import load_router, save_router
from yuzhi.capabilities.understanding.dispatch._names import unit_names
from yuzhi.capabilities.understanding.dispatch._router import Case, Route, Router, Verdict, Went, may_go

__all__ = [
    "Case",
    "Route",
    "Router",
    "Verdict",
    "Went",
    "load_router",
    "may_go",
    "save_router",
    "unit_names",
]
