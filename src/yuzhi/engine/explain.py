"""Tells a procedure in plain sentences, in Chinese or English, for people who read law and not YAML."""

from collections.abc import Iterable, Iterator, Mapping

from yuzhi.engine.definition import (
    PERSONAL,
    PSEUDO_DUTIES,
    Automatic,
    ClockDef,
    LegalBasis,
    LetterRule,
    Procedure,
    StepDef,
    When,
)
from yuzhi.engine.limits import Unit
from yuzhi.engine.phrases import PHRASES, Language, limit_in_words
from yuzhi.engine.vocabulary import OPENED


def explain(
    procedure: Procedure,
    words: Mapping[str, Mapping[str, str]],
    language: Language,
    *,
    basis: tuple[LegalBasis, ...] = (),
) -> str:
    """Return a procedure told in sentences, section by section.

    `words` are a pack's words by language and dotted key; a name without a word is told as it is.
    `basis` are the pack's laws and rules: with them each clock says whether its text was verified.
    """
    return "\n".join(_Telling(procedure, words.get(language, {}), language, basis).lines()) + "\n"


class _Telling:
    """One procedure being told in one language."""

    def __init__(
        self,
        procedure: Procedure,
        words: Mapping[str, str],
        language: Language,
        basis: tuple[LegalBasis, ...],
    ) -> None:
        self.procedure, self.words, self.language, self.basis = procedure, words, language, basis
        self.phrases = PHRASES[language]

    def lines(self) -> Iterator[str]:
        """Yield the lines, section by section."""
        procedure = self.procedure
        name = self.word("procedure", procedure.name)
        yield self.say("title", name=name, code=procedure.name, version=procedure.version)
        for head, sentences in (
            ("opening", self.opening()),
            ("steps", self.numbered(self.step(step) for step in procedure.steps)),
            ("clocks", self.numbered(self.clock(clock) for clock in procedure.clocks)),
            ("verdict", self.verdict()),
            ("letters", self.letters()),
            ("public", self.public()),
        ):
            yield ""
            yield self.say(f"head.{head}")
            yield from sentences

    def opening(self) -> Iterator[str]:
        opening, procedure = self.procedure.opening, self.procedure
        told = [
            self.say(
                "opening",
                duties=self.duties(opening.duties),
                kinds=self.all("kind", opening.kinds),
                channels=self.all("channel", opening.channels),
                urgencies=self.all("urgency", opening.urgencies),
                state=self.word("state", procedure.starts),
            )
        ]
        told += [self.say("opening.form", form=opening.form)] if opening.form else []
        if opening.dispatch:
            told.append(self.say("opening.dispatch", step=self.word("step", opening.dispatch)))
        if opening.identity is not None:
            kept = opening.identity
            told.append(
                self.say(
                    "opening.identity", kinds=self.all("kind", kept.kinds), duties=self.duties((kept.duty,))
                )
            )
        if opening.sides == 1:
            told.append(self.say("opening.one_side"))
        if opening.receipts != "parties":
            told.append(self.say(f"opening.receipts.{opening.receipts}"))
        told.append(self.say("ends", ends=self.all("state", procedure.ends)))
        yield self.join(told)

    def step(self, step: StepDef) -> str:
        scope = self.phrases[f"scope.{step.scope}"]
        is_plain = not scope or not set(step.duties) - PSEUDO_DUTIES
        key = "scope.staff" if PERSONAL & set(step.duties) else "step.scope"
        told = [
            self.say(
                "step",
                step=self.word("step", step.name),
                duties=self.duties(step.duties),
                states=self.states(step.sources),
                scope="" if is_plain else self.say(key, scope=scope),
            ),
            *self.does(step),
            self.say("step.to", to=self.word("state", step.to)) if step.to else self.say("step.stays"),
            *self.conditions(step),
            *self.demands(step),
        ]
        return self.join(told)

    def does(self, step: StepDef) -> Iterator[str]:
        if step.does:
            yield self.say("step.does", does=self.all("effect", step.does))
        if step.outcomes:
            key = "step.outcomes" if "resolve" in step.does else "step.lead_outcomes"
            yield self.say(key, outcomes=self.all("outcome", step.outcomes))
        if step.clock:
            yield self.say("step.clock", clock=self.word("clock", step.clock))
        if step.link:
            yield self.say("step.link", link=self.phrases[f"link.{step.link}"])
        if step.target:
            yield self.say("step.target", states=self.all("state", step.target))
        if step.opens:
            yield self.say("step.opens", opens=self.all("procedure", step.opens))
        if step.carries:
            told = [self.words.get(f"evidence.{one}") or self.word("text", one) for one in step.carries]
            yield self.say("step.carries", carries=self.phrases["and"].join(told))

    def conditions(self, step: StepDef) -> Iterator[str]:
        if step.when != When():
            yield self.say("step.when", when=self.when(step.when))
        if step.upon:
            told = [self.phrases.get(f"upon.{one}") or self.word("outcome", one) for one in step.upon]
            key = "step.upon" if "receiver" in step.duties else "step.upon_agreement"
            yield self.say(key, upon=self.phrases["or"].join(told))
        if step.guards:
            yield self.say("step.guards", guards=self.all("guard", step.guards))
        if step.within:
            yield self.say("step.within", clock=self.word("clock", step.within))

    def demands(self, step: StepDef) -> Iterator[str]:
        if step.reasons:
            yield self.say("step.reasons", reasons=self.all("reason", step.reasons))
        elif step.reason:
            yield self.say("step.reason")
        if step.texts:
            yield self.say("step.texts", texts=self.all("text", step.texts))
        if step.needs:
            yield self.say("step.needs", needs=self.all("evidence", step.needs))
        if step.form:
            yield self.say("step.form", form=step.form)
        if step.then:
            yield self.say("step.then", step=self.word("step", step.then))
        if step.letters:
            yield self.say("step.letters", letters=self.letter_list(step.letters))
        if step.basis:
            yield self.say("step.basis", basis=self.rests_on(step.basis))

    def clock(self, clock: ClockDef) -> str:
        told = [self.span(clock), self.limits(clock)]
        if clock.since:
            key = "clock.since" if len(clock.since) == 1 else "clock.since_last"
            told.append(self.say(key, dates=self.all("field", clock.since)))
        if clock.continues:
            told.append(self.say("clock.continues", clock=self.word("clock", clock.continues)))
        if any(rule.limit.unit in {Unit.DAYS, Unit.MONTHS} for rule in clock.limits):
            told.append(self.say("clock.rolls" if clock.rolls else "clock.no_roll"))
        for pause in clock.pauses:
            state, reasons = self.word("state", pause.state), self.all("reason", pause.reasons)
            told.append(self.say("clock.pause", state=state, reasons=reasons))
        if clock.extension:
            limit = limit_in_words(clock.extension.up_to, self.language)
            told.append(self.say("clock.extend", times=clock.extension.times, limit=limit))
        told.append(self.say("clock.amber", share=clock.amber))
        told += [self.automatic(automatic) for automatic in clock.automatic]
        if clock.basis:
            told.append(self.say("clock.basis", basis=self.rests_on(clock.basis)))
        told.append(self.say("clock.law" if clock.is_law else "clock.local"))
        return self.join(told)

    def span(self, clock: ClockDef) -> str:
        if clock.each == "matter":
            starts = [
                self.say("clock.opened")
                if one == OPENED
                else self.say("clock.state", state=self.word("state", one))
                for one in clock.starts
            ]
            stops = self.states(clock.stops)
            return self.say(
                "clock",
                clock=self.word("clock", clock.name),
                starts=self.phrases["or"].join(starts),
                stops=stops,
            )
        return self.say(
            "clock.assignment",
            clock=self.word("clock", clock.name),
            role=self.phrases[f"clock.role.{clock.role}" if clock.role else "clock.role"],
            starts=self.all("assignment", clock.starts),
            stops=self.all("assignment", clock.stops),
        )

    def limits(self, clock: ClockDef) -> str:
        rows = []
        for rule in clock.limits:
            limit = limit_in_words(rule.limit, self.language)
            if rule.when != When():
                rows.append(self.say("clock.row", when=self.when(rule.when), limit=limit))
            else:
                rows.append(self.say("clock.rest" if rows else "clock.limit", limit=limit))
        if not rows:
            return self.say("clock.carried")
        told = self.say("clock.limits", rows=("；" if self.language == "zh" else "; ").join(rows))
        is_whole = any(rule.when == When() for rule in clock.limits)
        return told if is_whole else self.join([told, self.say("clock.partial")])

    def when(self, when: When) -> str:
        told = [
            self.phrases[f"when.{what}"] + self.all(what, getattr(when, what))
            for what in ("kind", "urgency", "channel", "category", "territory")
            if getattr(when, what)
        ]
        told += [
            self.say("when.field", name=self.word("field", name)) + self.all("choice", values)
            for name, values in when.field
        ]
        told += [self.say("when.before", name=self.word("field", name), day=day) for name, day in when.before]
        return self.phrases["and"].join(told)

    def automatic(self, automatic: Automatic) -> str:
        at = self.phrases[f"clock.at.{automatic.at}"]
        if automatic.after:
            limit = limit_in_words(automatic.after, self.language)
            at = self.say("clock.after", at=at, limit=limit)
        return self.say("clock.automatic", at=at, step=self.word("step", automatic.step))

    def rests_on(self, basis: str) -> str:
        """Return what a clock or step rests on; behind each law or rule, how sure the pack is of its text."""
        told = []
        for part in basis.split("；"):
            status = next((one.status for one in self.basis if part.startswith(one.title)), "")
            mark = self.phrases[f"status.{status}"] if status else ""
            brackets = "（{}）" if self.language == "zh" else " ({})"
            told.append(part + (brackets.format(mark) if mark else ""))
        return "；".join(told)

    def verdict(self) -> Iterator[str]:
        verdict = self.procedure.verdict
        if verdict is None:
            yield self.say("no_verdict")
            return
        limit = limit_in_words(verdict.window, self.language)
        yield self.say("verdict", limit=limit, state=self.word("state", verdict.reopens_to))

    def letters(self) -> Iterator[str]:
        for rule in self.procedure.letters:
            event = self.phrases[f"event.{rule.event}"]
            yield self.say("letters", event=event, letters=self.letter_list(rule.letters))
        if not self.procedure.letters:
            yield self.say("no_letters")

    def public(self) -> Iterator[str]:
        public = self.procedure.public
        if not public.fields or not public.states:
            yield self.say("no_public")
            return
        place = self.phrases[f"place.{public.place}"]
        states = self.all("state", public.states)
        told = [self.say("public", fields=self.all("public", public.fields), place=place, states=states)]
        told += [self.say("public.kinds", kinds=self.all("kind", public.kinds))] if public.kinds else []
        yield self.join(told)

    def letter_list(self, rules: Iterable[LetterRule]) -> str:
        return self.phrases["and"].join(
            self.say("letter", letter=self.word("letter", one.letter), to=self.phrases[f"audience.{one.to}"])
            for one in rules
        )

    def states(self, states: tuple[str, ...]) -> str:
        """Return states by name, or as every state that is (or is not) an end when all of them are there."""
        rest, told = list(states), []
        groups = (("states.open", self.procedure.states), ("states.ends", self.procedure.ends))
        for key, group in groups:
            if len(group) > 2 and set(group) <= set(rest):
                rest = [state for state in rest if state not in group]
                told.append(self.phrases[key])
        named = [self.all("state", rest, quoted=True)] if rest else []
        return self.phrases["or"].join([*named, *told])

    def duties(self, duties: Iterable[str]) -> str:
        return self.all("duty", duties)

    def all(self, prefix: str, names: Iterable[str], *, quoted: bool = False) -> str:
        found = [self.word(prefix, name) for name in names]
        if quoted:
            found = [self.phrases["quote"].format(word) for word in found]
        return self.phrases["or"].join(found)

    def word(self, prefix: str, name: str) -> str:
        key = f"{prefix}.{name}"
        return self.words.get(key) or self.phrases.get(key) or name

    def say(self, key: str, **values: object) -> str:
        return self.phrases[key].format(**values)

    def join(self, sentences: Iterable[str]) -> str:
        return self.phrases["stop"].join(sentences)

    def numbered(self, sentences: Iterable[str]) -> Iterator[str]:
        return (f"{number}. {told}" for number, told in enumerate(sentences, start=1))
