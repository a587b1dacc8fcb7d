"""Asks whether every name has a word in each language, and whether every word, letter and form is used."""

from collections.abc import Iterable, Iterator

from yuzhi.engine.definition import PARTIES, Event, LetterRule, Pack, Procedure
from yuzhi.engine.fault import Fault
from yuzhi.engine.form_shape import all_fields, choices_of
from yuzhi.engine.problems import nearest
from yuzhi.engine.vocabulary import BY_CATEGORY, CONFIDENTIAL, LANGUAGES

DECLARED_IN_WORDS = ("unit_kind", "evidence", "text", "field")
"""Sections that may hold words no procedure uses: the words are themselves the list of what there is."""


def check_words(pack: Pack) -> Iterator[Fault]:
    """Yield missing and idle words, letters, forms and duties."""
    needed = dict.fromkeys(_needed(pack))
    for language in LANGUAGES:
        words = pack.words.get(language, {})
        for key in needed:
            if key not in words:
                prefix, _, name = key.partition(".")
                idle = [
                    one.partition(".")[2]
                    for one in words
                    if one.startswith(prefix + ".") and one not in needed
                ]
                message = f'{prefix} "{name}" has no word in {language}'
                yield Fault(("words", language, prefix), "words.missing", message, nearest(name, idle))
        for key in words:
            prefix, _, name = key.partition(".")
            if key not in needed and prefix not in {*DECLARED_IN_WORDS, "category"}:
                message = f'a word for {prefix} "{name}", which is nowhere in the pack'
                yield Fault(("words", language, prefix, name), "words.unused", message)
    yield from _idle(pack)


def _needed(pack: Pack) -> Iterator[str]:
    yield f"pack.{pack.name}"
    yield from _keys("duty", pack.duties)
    yield from _keys("letter", pack.letters)
    yield from _keys("route", (rule.name for rule in pack.routing))
    yield from _keys("sensor", (rule.name for rule in pack.sensors))
    for procedure in pack.procedures:
        yield from _of_procedure(procedure)
    for form in pack.forms.values():
        for name, field in all_fields(form):
            yield f"field.{name}"
            yield from _keys("choice", (one for one in choices_of(field) if isinstance(one, str)))
    kinds = {category.unit_kind for category in pack.categories}
    kinds |= {
        unit.kind for rule in pack.routing for unit in (rule.lead, *rule.co_handlers) if unit is not None
    }
    yield from _keys("unit_kind", sorted(kinds - {"", BY_CATEGORY}))


def _of_procedure(procedure: Procedure) -> Iterator[str]:
    yield f"procedure.{procedure.name}"
    yield from _keys("state", procedure.all_states)
    yield from _keys("resident", procedure.all_states)
    yield from _keys("step", (step.name for step in procedure.steps))
    yield from _keys("clock", (clock.name for clock in procedure.clocks))
    yield from _keys("kind", procedure.opening.kinds)
    yield from _keys("channel", procedure.opening.channels)
    yield from _keys("urgency", procedure.opening.urgencies)
    yield from _keys("outcome", procedure.outcomes)
    for step in procedure.steps:
        yield from _keys("reason", step.reasons)
        yield from _keys("text", step.texts)
        yield from _keys("evidence", step.needs)
    for clock in procedure.clocks:
        for pause in clock.pauses:
            yield from _keys("reason", pause.reasons)


def _keys(prefix: str, names: Iterable[str]) -> Iterator[str]:
    return (f"{prefix}.{name}" for name in names)


def _idle(pack: Pack) -> Iterator[Fault]:
    duties: set[str] = set()
    letters: set[str] = set()
    forms: set[str] = set()
    for procedure in pack.procedures:
        duties |= {*procedure.opening.duties, *(duty for step in procedure.steps for duty in step.duties)}
        letters |= {rule.letter for rule in _letter_rules(procedure)}
        forms |= {procedure.opening.form, *(step.form for step in procedure.steps)}
        yield from _events(procedure)
        yield from _told(pack, procedure)
    for duty in pack.duties:
        if duty not in duties:
            yield Fault(
                ("pack", "duties"), "duty.unused", f'duty "{duty}" is declared, but no step is for it'
            )
    for letter in pack.letters:
        if letter not in letters:
            yield Fault(("letter", letter), "letter.unused", f'letter "{letter}" is never sent')
    for form in pack.forms:
        if form not in forms:
            yield Fault(("form", form), "form.unused", f'form "{form}" is filled in by nobody')


def _letter_rules(procedure: Procedure) -> Iterator[LetterRule]:
    for event in procedure.letters:
        yield from event.letters
    for step in procedure.steps:
        yield from step.letters


def _told(pack: Pack, procedure: Procedure) -> Iterator[Fault]:
    """Yield letters that would tell one side what somebody wrote on the other, or strangers what nobody
    of the staff has looked at.
    """
    for letter in sorted({rule.letter for rule in _letter_rules(procedure) if rule.to in PARTIES}):
        words = " ".join(pack.letters.get(letter, {}).values())
        for name in CONFIDENTIAL:
            if f"{{{name}}}" in words:
                message = f'letter "{letter}" goes to parties, who face each other: no {{{name}}}'
                yield Fault(("letter", letter), "letter.confidential", message)
    if "requester" in procedure.opening.duties:
        for rule in procedure.letters_on("opened"):
            if rule.to in PARTIES:
                message = f'anybody may open it, so letter "{rule.letter}" would go to whomever they name'
                yield Fault((procedure.name, "letters"), "letter.unlooked", message)


def _events(procedure: Procedure) -> Iterator[Fault]:
    """Yield letters for events that cannot happen in this procedure."""
    effects = {effect for step in procedure.steps for effect in step.does}
    can_happen: dict[Event, bool] = {
        "opened": True,
        "assigned": bool(effects & {"assign", "take"}),
        "return_asked": "return" in effects,
        "extended": "extend" in effects,
        "paused": any(clock.pauses for clock in procedure.clocks),
        "amber": bool(procedure.clocks),
        "breached": bool(procedure.clocks),
        "reopened": "reopen" in effects,
    }
    for rule in procedure.letters:
        if not can_happen[rule.event]:
            message = f'letters on "{rule.event}", but nothing in the procedure makes that happen'
            yield Fault((procedure.name, "letters"), "letter.never", message)
    # A unit that takes a matter itself knows; one that is given a matter is always told.
    if "assign" in effects and not any(one.to == "assignee" for one in procedure.letters_on("assigned")):
        message = 'units are given matters, but no letter on "assigned" goes to the assignee'
        yield Fault((procedure.name, "letters"), "letter.assignee_untold", message)
