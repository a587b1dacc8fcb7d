"""What each procedure lets everybody see, from the `public` of every version of every pack at hand."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.sharing._window import DIGITS
from yuzhi.engine.definition import Pack, Procedure


class Rule(Struct, frozen=True):
    """What may be seen of a procedure's matters; `digits` is the length its territory codes are cut to."""

    procedure: Procedure
    pack: Pack
    fields: frozenset[str]
    digits: int

    def shows(self, *fields: str) -> bool:
        """Say whether all the fields may be seen."""
        return self.fields.issuperset(fields)

    def looks(self) -> Iterator[str]:
        """Yield what matters that may be seen look like; see `KEY`."""
        public = self.procedure.public
        for state in public.states:
            for kind in public.kinds or self.procedure.opening.kinds:
                yield f"{self.procedure.name}/{self.procedure.version}/{state}/{kind}"


KEY = "m.procedure || '/' || m.version || '/' || m.state || '/' || m.kind"
"""Names hold no slash, so this tells rule, state and kind of a matter together."""


def rules(shelf: Shelf) -> tuple[Rule, ...]:
    """Return the rules of all procedures that publish anything."""
    return tuple(
        Rule(
            procedure=one,
            pack=pack,
            fields=frozenset(one.public.fields),
            digits=DIGITS[one.public.place] if {"territory", "place"} & set(one.public.fields) else 0,
        )
        for pack in shelf.packs
        for one in pack.procedures
        if one.public.fields and one.public.states
    )


def keys_of(found: Iterable[Rule]) -> list[str]:
    """Return what the matters look like that some rules let everybody see."""
    return [key for rule in found for key in rule.looks()]
