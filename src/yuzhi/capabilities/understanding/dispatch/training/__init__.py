"""Training and replaying of routers. Its libraries take much memory: no process that serves imports it."""

from yuzhi.capabilities.understanding.dispatch.training._learning import learnt_router
from yuzhi.capabilities.understanding.dispatch.training._replay import RouteScore, Threshold, replay

__all__ = ["RouteScore", "Threshold", "learnt_router", "replay"]
