"""A function that refuses, to be called by its name."""

from yuzhi.base.refusal import Refusal


def refuse(why: str) -> None:
    """Raise Refusal `test.refused`."""
    raise Refusal("test.refused", why=why)
