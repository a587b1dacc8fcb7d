"""The one expected failure: a request that may not be granted, with a dotted code and the facts of it."""

from collections.abc import Mapping


class Refusal(Exception):
    """Raised when something may not be done; anything else that is raised is a bug.

    `code` is dotted and stable (`evidence.missing`), `facts` are the values its wording needs.
    Doors turn it into an answer; the wording in each language lives with the doors.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts: Mapping[str, object] = facts

    def __reduce__(self) -> "tuple[object, ...]":
        """Let it go from one process to another; an exception's own way loses the names of its facts."""
        return _again, (self.code, dict(self.facts))

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({told})" if told else self.code


def _again(code: str, facts: dict[str, object]) -> Refusal:
    return Refusal(code, **facts)
