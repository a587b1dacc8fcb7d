"""What people wrote, checked and set apart: texts become rows of their own and references in the journal."""

import re
from collections.abc import Callable, Mapping
from uuid import UUID

import msgspec

from yuzhi.base.ids import uuid4_of
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._asks import TEXT_MOST
from yuzhi.capabilities.matters._encoding import commit_to
from yuzhi.capabilities.matters._office import Shelf
from yuzhi.engine.asks import FieldValue, TextRef
from yuzhi.engine.definition import Pack
from yuzhi.engine.forms import kept
from yuzhi.store.unit import Row

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def clean(name: str, text: str, *, most: int = TEXT_MOST) -> str:
    """Return text fit to be kept; refuse what no store or screen can hold.

    Raises Refusal `text.too_long`, `text.not_unicode` (a lone surrogate) or `text.control_character`.
    """
    if len(text) > most:
        raise Refusal("text.too_long", text=name, most=most, given=len(text))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refusal("text.not_unicode", text=name) from None
    if _CONTROL.search(text):
        raise Refusal("text.control_character", text=name)
    return text.strip()


class Words:
    """The texts of one ask: rows to keep them in, references for the journal to hold."""

    def __init__(self, matter: UUID, chance: Callable[[int], bytes]) -> None:
        self._matter = matter
        self._chance = chance
        self.refs: dict[str, TextRef] = {}
        self.rows: list[Row] = []

    def keep(self, name: str, text: str, *, most: int = TEXT_MOST) -> None:
        """Keep a text under a name; an empty one is not kept."""
        if not text or not (body := clean(name, text, most=most)):
            return
        chance = self._chance(32)
        # Version 4: a text's id must not tell when or in what order things were said.
        id_ = uuid4_of(chance[:16])
        self.refs[name] = commit_to(body, id=id_, salt=chance[16:])
        self.rows.append((id_, self._matter, name, chance[16:], body))

    def keep_form(
        self, shelf: Shelf, pack: Pack, form: str, data: Mapping[str, object]
    ) -> dict[str, FieldValue]:
        """Check a filled form, keep it apart, and return the fields the journal may hold."""
        if not form:
            if data:
                raise Refusal("form.not_expected", fields=sorted(data)[:20])
            return {}
        if faults := shelf.form_faults(pack, form, data):
            raise Refusal("form.invalid", form=form, errors=list(faults))
        if data:
            self.keep(f"form.{form}", msgspec.json.encode(data, order="sorted").decode())
        return kept(pack.forms[form], data)
