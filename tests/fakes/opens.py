"""How tests ask for a page of a browser."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from playwright.async_api import Page


class Opens(Protocol):
    """Opens a page of a browser of its own."""

    def __call__(
        self, *, post: str = "", language: str = "zh", width: int = 1280, **more: Any
    ) -> AbstractAsyncContextManager[Page]:
        """Lend a page, signed in as a post if one is named; its content policy must not have been broken."""
        ...
