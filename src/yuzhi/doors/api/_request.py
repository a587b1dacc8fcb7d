"""A request whose body may be anything: what no JSON can be is the client's mistake, however it shows."""

from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException


class AnyRequest(Request[Any, Any, Any]):
    """A request as all handlers get it."""

    async def json(self) -> Any:  # noqa: ANN401 - whatever JSON can say
        """Return the decoded body; text that is no UTF-8, or that is nested without end, is no JSON."""
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError) as error:
            raise SerializationException(type(error).__name__) from error
