"""Whose words a refusal's names are: those of the pack of the matter it is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from yuzhi.base.refusal import Refusal
from yuzhi.engine.definition import Pack


@contextmanager
def named_by(pack: Pack) -> Iterator[None]:
    """Add to what is refused within which pack names its steps, dates and limits: doors word it so."""
    try:
        yield
    except Refusal as refusal:
        facts = {**refusal.facts, "pack": pack.name, "pack_version": pack.version}
        raise Refusal(refusal.code, **facts) from refusal
