"""One matter as a paper or as tables: what it is, what was said, who has it, its limits, what happened."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.exports._list import MINUTES
from yuzhi.capabilities.exports._room import ExportRoom, Teller, title
from yuzhi.capabilities.exports._words import WORDS
from yuzhi.capabilities.matters import EntryView, MatterView
from yuzhi.capabilities.typesetting import Block, Document, Sheet
from yuzhi.capabilities.understanding.text import mask_personal
from yuzhi.capabilities.vault import MaskedView
from yuzhi.engine.form_telling import told_form

FORM = "form."
Pairs = tuple[tuple[str, str], ...]
_ROWS = {"facts": (3, 9), "clocks": (6, 6, 4), "assignments": (7, 3, 6, 6), "story": (5, 4, 5, 10)}


class Told(Struct, frozen=True):
    """A matter in words: its facts, what was said (heading and words), and its tables by name."""

    number: str
    subject: str
    facts: Pairs
    said: Pairs
    tables: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]


def told_of(
    room: ExportRoom,
    matter: MatterView,
    entries: Sequence[EntryView],
    who: MaskedView | None,
    strike: Callable[[str], str],
    language: str,
) -> Told:
    """Put a matter into words. What is personal in them is masked, first what `strike` knows of who asked."""
    return _Telling(room, matter, strike, language).told(entries, who)


def as_document(told: Told, remark: str, at: datetime, language: str) -> Document:
    """Return a matter as a paper."""
    words = WORDS[language]
    blocks = [Block("heading", words["facts"]), _table("facts", told.facts, (words["name"], words["value"]))]
    for heading, text in told.said:
        paragraphs = [one for one in text.splitlines() if one.strip()]
        blocks += [Block("heading", heading), *(Block("text", one) for one in paragraphs)]
    for name, rows in told.tables:
        blocks += [Block("heading", words[name]), _table(name, rows[1:], rows[0])]
    return Document(f"{words['matter']} {told.number}", language, at, (*blocks, Block("end", remark)))


def as_sheets(told: Told, remark: str, language: str) -> tuple[Sheet, ...]:
    """Return a matter as tables."""
    words = WORDS[language]
    heads = (words["name"], words["value"])
    first = Sheet(words["facts"], heads, (*told.facts, *told.said), (14, 80), (remark,))
    return (
        first,
        *(Sheet(words[name], rows[0], rows[1:], (22,) * len(rows[0])) for name, rows in told.tables),
    )


def _table(name: str, rows: Sequence[tuple[str, ...]], head: tuple[str, ...]) -> Block:
    return Block("table", rows=(head, *rows), widths=_ROWS[name])


class _Telling:
    def __init__(
        self, room: ExportRoom, matter: MatterView, strike: Callable[[str], str], language: str
    ) -> None:
        self._room, self._matter, self._words = room, matter, WORDS[language]
        self._strike = strike
        self._teller, self._names = Teller(room, language), room.names()

    def told(self, entries: Sequence[EntryView], who: MaskedView | None) -> Told:
        matter, words = self._matter, self._words
        said = [
            (self._heading(name), self._masked("；\n".join(self._lines(name, text))))
            for name, text in matter.texts.items()
            if text and name not in {"subject", "place_words"}
        ]
        tables = {
            "assignments": (("unit", "role", "given", "signed"), list(self._assignments())),
            "clocks": (("clock", "due", "standing"), list(self._clocks())),
            "story": (("at", "step", "by", "what"), [self._entry(one) for one in entries]),
        }
        return Told(
            number=matter.number,
            subject=self._subject,
            facts=tuple((words[name], value) for name, value in self._facts(who) if value),
            said=tuple(said),
            tables=tuple(
                (name, (tuple(words[head] for head in heads), *rows))
                for name, (heads, rows) in tables.items()
                if rows
            ),
        )

    @property
    def _subject(self) -> str:
        return title(self._strike(self._matter.texts.get("subject") or self._words["kept_back"]))

    def _masked(self, text: str) -> str:
        return mask_personal(self._strike(text))

    def _facts(self, who: MaskedView | None) -> Iterator[tuple[str, str]]:
        matter = self._matter
        yield "number", matter.number
        yield "subject", self._subject
        yield "procedure", self._say("procedure", matter.procedure)
        for name in ("state", "kind", "category", "urgency", "channel", "outcome"):
            yield name, self._say(name, getattr(matter, name))
        yield "territory", self._names.place_name(matter.territory)
        yield "lead", self._names.unit_name(matter.lead_unit)
        yield "opened", self._at(matter.opened_at)
        yield "ended", self._at(matter.ended_at)
        if who is not None:
            yield "requester", who.name
            yield "phone", who.phone
            yield "address", who.address

    def _assignments(self) -> Iterator[tuple[str, ...]]:
        for one in self._matter.assignments:
            role = self._words[f"{one.role}_role"]
            yield self._names.unit_name(one.unit), role, self._at(one.given_at), self._at(one.signed_at)

    def _clocks(self) -> Iterator[tuple[str, ...]]:
        units = {one.no: self._names.unit_name(one.unit) for one in self._matter.assignments}
        for one in self._matter.clocks:
            standing = self._words["overdue" if one.breached_at else one.state]
            name = self._say("clock", one.name)
            of = units.get(one.no, "") if one.no else ""
            yield f"{name} {of}".rstrip(), self._at(one.due_at), standing

    def _entry(self, entry: EntryView) -> tuple[str, ...]:
        step = self._words["opening"] if entry.step == "open" else self._say("step", entry.step)
        return self._at(entry.at), step, self._hand(entry.by), "；".join(self._happened(entry))

    def _hand(self, by: Mapping[str, str]) -> str:
        known = self._words.get(f"by_{by['hand']}")
        return known or self._names.unit_name(by["unit"])

    def _happened(self, entry: EntryView) -> Iterator[str]:
        for fact in entry.facts:
            if entered := fact.get("entered") or fact.get("state"):
                yield self._say("state", str(entered))
            if fact.get("fact") == "assigned":
                yield self._names.unit_name(str(fact.get("unit", "")))
            if reason := fact.get("reason"):
                yield self._masked(self._say("reason", str(reason)))
            texts = fact.get("texts")
            if entry.step != "open" and isinstance(texts, Mapping):
                for name, text in texts.items():
                    yield from (self._masked(line) for line in self._lines(name, str(text or "")) if line)

    def _heading(self, name: str) -> str:
        if name.startswith(FORM):
            return self._words["form"]
        return self._words["said"] if name == "detail" else self._say("text", name)

    def _lines(self, name: str, text: str) -> tuple[str, ...]:
        """Return a text as it is, and what was filled into a form line by line."""
        if not name.startswith(FORM):
            return (text,)
        try:
            data = msgspec.json.decode(text, type=dict[str, object])
            pack = self._room.shelf.pack(self._matter.pack, self._matter.pack_version)
        except (msgspec.DecodeError, Refusal):
            return (text,)
        return told_form(pack.forms.get(name.removeprefix(FORM), {}), data, self._word)

    def _word(self, key: str) -> str:
        section, _, name = key.partition(".")
        return self._say(section, name) if name else self._words[section]

    def _say(self, section: str, name: str) -> str:
        return self._teller.say(self._matter.procedure, section, name)

    def _at(self, at: datetime | None) -> str:
        return self._room.local(at).strftime(MINUTES) if at else ""
