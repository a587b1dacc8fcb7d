"""Something unsound in a pack, named by what it is about; `check` finds the line of it."""

from msgspec import Struct


class Fault(Struct, frozen=True):
    """One fault. `at` is a path that `Where` knows, such as `("noise", "step", "answer")`."""

    at: tuple[str, ...]
    code: str
    message: str
    nearest: str = ""
