"""Compares conditions: whether whatever meets the one always meets the other too."""

from yuzhi.engine.definition import When


def covers(wide: When, narrow: When) -> bool:
    """Say whether `wide` holds whenever `narrow` does."""
    return (
        _among(wide.kind, narrow.kind)
        and _among(wide.urgency, narrow.urgency)
        and _among(wide.channel, narrow.channel)
        and _under(wide.category, narrow.category, "/")
        and _under(wide.territory, narrow.territory, "")
        and _said(wide.words, narrow.words)
        and _fields(wide.field, narrow.field)
        and _before(wide.before, narrow.before)
    )


def _among(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def _under(wide: tuple[str, ...], narrow: tuple[str, ...], gap: str) -> bool:
    return not wide or (
        bool(narrow)
        and all(any(one == branch or one.startswith(branch + gap) for branch in wide) for one in narrow)
    )


def _fields(
    wide: tuple[tuple[str, tuple[str, ...]], ...], narrow: tuple[tuple[str, tuple[str, ...]], ...]
) -> bool:
    asked = dict(narrow)
    return all(name in asked and set(asked[name]) <= set(values) for name, values in wide)


def _before(wide: tuple[tuple[str, str], ...], narrow: tuple[tuple[str, str], ...]) -> bool:
    asked = dict(narrow)
    return all(name in asked and asked[name] <= day for name, day in wide)


def _said(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """A text with a longer word in it also has the shorter word that is part of it."""
    return not wide or (bool(narrow) and all(any(word in one for word in wide) for one in narrow))
