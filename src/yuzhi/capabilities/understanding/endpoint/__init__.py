"""An optional large model behind an OpenAI-compatible endpoint; off by default."""

from yuzhi.capabilities.understanding.endpoint._client import HEAD, Endpoint, LargeModel, Written

__all__ = ["HEAD", "Endpoint", "LargeModel", "Written"]
