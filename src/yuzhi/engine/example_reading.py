"""Reads the examples of a pack from the text of its files, telling what is wrong with its line."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from yuzhi.engine.asks import Satisfaction
from yuzhi.engine.definition import PSEUDO_DUTIES, Pack, Procedure
from yuzhi.engine.example import SOMEWHERE, Carried, Example, Given, Moment, Then, Units, When, Who
from yuzhi.engine.lines import Node, Text, read_yaml
from yuzhi.engine.parse import unsound
from yuzhi.engine.problems import Findings, quoted
from yuzhi.engine.reading import Page
from yuzhi.engine.vocabulary import ASSIGNMENT_STATES, AUDIENCES

FILE_KEYS = ("examples",)
EXAMPLE_KEYS = ("example", "procedure", "about", "given", "refused", "when", "then")
GIVEN_KEYS = (
    "at", "by", "kind", "channel", "urgency", "category", "territory", "text", "routed", "is_anonymous",
    "form", "came_from", "carried",
)  # fmt: skip
WHEN_KEYS = (
    "at", "by", "step", "assign", "reason", "outcome", "amount", "satisfaction", "solved", "kind", "category",
    "urgency", "territory", "without", "refused", "then", "form", "target", "opens", "upon",
)  # fmt: skip
THEN_KEYS = (
    "state", "outcome", "due", "clocks", "letters", "no_letters", "lead", "co_handlers", "assignments",
    "counts", "reopen_until", "satisfaction", "solved", "category", "route", "may", "may_not",
    "came_over",
)  # fmt: skip
CARRIED_KEYS = ("limit", "since")
CAME_OVER = ("offered", "accepted", "refused")
ASSIGN_KEYS = ("lead", "co_handlers")
COUNTS = ("urged", "supervised", "escalated", "reopened")
CLOCK_WORDS = ("none", "running", "paused", "stopped", "amber", "breached", "met")
SATISFACTIONS: tuple[Satisfaction, ...] = ("satisfied", "basically", "not_satisfied")

_OF = re.compile(r"(\S+)(?: of (\S+))?")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}):(\d{2}))?", re.ASCII)


def parse_examples(pack: Pack, files: Mapping[str, str]) -> tuple[Example, ...]:
    """Return the examples in a pack's files; raise Refusal `pack.unsound` with `problems`."""
    findings = Findings()
    found: list[Example] = []
    for file in sorted(files):
        if file.startswith("examples/"):
            page = Page(file, findings)
            node = read_yaml(file, files[file], findings)
            top = page.fields(node, "the file", FILE_KEYS, need=FILE_KEYS)
            for one in page.items(top.values.get("examples"), "examples"):
                example = _example(page, one, pack)
                if example is not None and example.name in {known.name for known in found}:
                    page.wrong(example.line, "name.twice", f"example {quoted(example.name)} stands twice")
                found += [example] if example is not None else []
    if findings.count:
        raise unsound(findings.sorted())
    return tuple(found)


def _example(page: Page, node: Node, pack: Pack) -> Example | None:
    found = page.fields(node, "an example", EXAMPLE_KEYS, need=("example", "given"))
    get = found.values.get
    name = page.text(get("example"), "example")
    page = page.within(f"example {quoted(name)}")
    names = [procedure.name for procedure in pack.procedures]
    told = page.word(get("procedure"), "procedure", names)
    procedure = pack.procedure(told or (names[0] if len(names) == 1 else ""))
    if procedure is None:
        if get("procedure") is None:
            page.wrong(found.line, "key.missing", f'an example needs "procedure", one of: {", ".join(names)}')
        return None
    reader = _Reader(page, pack, procedure)
    given = reader.given(get("given"))
    if given is None:
        return None
    return Example(
        name=name,
        file=page.file,
        line=found.line,
        procedure=procedure.name,
        given=given,
        when=tuple(when for one in page.items(get("when"), "when") if (when := reader.when(one))),
        then=reader.then(get("then")),
        about=page.text(get("about"), "about"),
        refused=page.text(get("refused"), "refused"),
    )


class _Reader:
    """Reads the parts of one example, whose words are those of one procedure."""

    def __init__(self, page: Page, pack: Pack, procedure: Procedure) -> None:
        self.page, self.pack, self.procedure = page, pack, procedure
        self.duties = (*pack.duties, *sorted(PSEUDO_DUTIES - {"routing"}))
        self.steps = [step.name for step in procedure.steps]
        self.clocks = [clock.name for clock in procedure.clocks]
        self.categories = [category.code for category in pack.categories]

    def given(self, node: Node | None) -> Given | None:
        page, opening = self.page, self.procedure.opening
        found = page.fields(node, "given", GIVEN_KEYS, need=("at", "by", "kind", "channel"))
        get = found.values.get
        at = self.moment(get("at"))
        if at is None:
            return None
        return Given(
            at=at.at,
            by=self.who(get("by")),
            kind=page.word(get("kind"), "kind", opening.kinds) or "",
            channel=page.word(get("channel"), "channel", opening.channels) or "",
            urgency=page.word(get("urgency"), "urgency", opening.urgencies) or opening.urgencies[0],
            category=page.word(get("category"), "category", self.categories) or "",
            territory=self.territory(get("territory")) if get("territory") else SOMEWHERE,
            text=page.text(get("text"), "text"),
            routed=self.units(get("routed")),
            is_anonymous=page.flag(get("is_anonymous"), "is_anonymous", default=False),
            form=self.form(get("form"), opening.form),
            came_from=page.name(get("came_from"), "procedure") or "",
            carried=self.carried(get("carried")),
        )

    def when(self, node: Node) -> When | None:
        page, opening = self.page, self.procedure.opening
        found = page.fields(node, "what happens", WHEN_KEYS, need=("at",))
        get = found.values.get
        at = self.moment(get("at"))
        if at is None:
            return None
        step = page.word(get("step"), "step", self.steps) or ""
        defined = self.procedure.step(step)
        if step and get("by") is None:
            page.wrong(found.line, "key.missing", f'step "{step}" needs "by"')
        return When(
            line=found.line,
            at=at.at,
            by=Who("clock") if get("by") is None else self.who(get("by")),
            step=step,
            assign=self.units(get("assign")),
            reason=page.text(get("reason"), "reason"),
            outcome=page.word(get("outcome"), "outcome", self.procedure.outcomes) or "",
            amount=page.limit(get("amount"), "amount"),
            satisfaction=page.word(get("satisfaction"), "satisfaction", SATISFACTIONS),
            solved=None if get("solved") is None else page.flag(get("solved"), "solved", default=False),
            kind=page.word(get("kind"), "kind", opening.kinds) or "",
            category=page.word(get("category"), "category", self.categories) or "",
            urgency=page.word(get("urgency"), "urgency", opening.urgencies) or "",
            territory=self.territory(get("territory")),
            without=page.names(get("without"), "without"),
            refused=page.text(get("refused"), "refused"),
            form=self.form(get("form"), defined.form if defined else ""),
            target=page.word(get("target"), "state", self.procedure.all_states) or "",
            opens=page.word(get("opens"), "procedure", defined.opens if defined else ()) or "",
            upon=page.word(get("upon"), "answer", defined.upon if defined else ()) or "",
            then=self.then(get("then")),
        )

    def then(self, node: Node | None) -> Then:
        if node is None:
            return Then()
        page, procedure = self.page, self.procedure
        found = page.fields(node, "then", THEN_KEYS)
        get = found.values.get
        until = get("reopen_until")
        co_handlers = get("co_handlers")
        return Then(
            line=found.line,
            state=page.word(get("state"), "state", procedure.all_states) or "",
            outcome=page.word(get("outcome"), "outcome", (*procedure.outcomes, "none")) or "",
            due=tuple((who, at) for who, one in self.by_clock(get("due")) if (at := self.moment(one))),
            clocks=tuple(
                (who, word)
                for who, one in self.by_clock(get("clocks"))
                if (word := page.word(one, "clock's state", CLOCK_WORDS))
            ),
            letters=self.letters(get("letters")),
            no_letters=self.letters(get("no_letters")),
            lead=None if get("lead") is None else page.text(get("lead"), "lead"),
            co_handlers=None if co_handlers is None else page.texts(co_handlers, "co_handlers"),
            assignments=tuple(
                (unit, page.word(one, "assignment state", ASSIGNMENT_STATES) or "")
                for unit, one in page.open_fields(get("assignments"), "assignments").values.items()
            ),
            counts=tuple(
                (name, page.whole(one, name, 0, 999, default=0))
                for name, one in page.fields(get("counts"), "counts", COUNTS).values.items()
            ),
            reopen_until=None if until is None else self.moment(until),
            satisfaction=page.word(get("satisfaction"), "satisfaction", SATISFACTIONS) or "",
            solved=None if get("solved") is None else page.flag(get("solved"), "solved", default=False),
            category=page.word(get("category"), "category", self.categories) or "",
            route=page.word(get("route"), "route", [rule.name for rule in self.pack.routing]) or "",
            may=self.steps_of(get("may")),
            may_not=self.steps_of(get("may_not")),
            came_over=page.word(get("came_over"), "state of a hand-over", CAME_OVER) or "",
        )

    def form(self, node: Node | None, form: str) -> dict[str, object]:
        """Read what is filled in, each value of the type its field has."""
        return self._part(node, "form", self.pack.forms.get(form, {}))

    def _part(self, node: Node | None, what: str, schema: Mapping[str, object]) -> dict[str, object]:
        properties = schema.get("properties", {})
        fields: dict[str, dict[str, object]] = properties if isinstance(properties, dict) else {}
        found = self.page.open_fields(node, what)
        filled: dict[str, object] = {}
        for name, one in found.values.items():
            told = self.page.word(Text(found.lines[name], name), "field", tuple(fields))
            filled[name] = self._value(one, name, fields[told] if told else {})
        return filled

    def _value(self, node: Node, name: str, field: Mapping[str, object]) -> object:
        match field.get("type"):
            case "boolean":
                return self.page.flag(node, name, default=False)
            case "integer":
                return self.page.whole(node, name, -999_999_999, 999_999_999, default=0)
            case "object":
                return self._part(node, name, field)
            case "array":
                items = field.get("items")
                of = items if isinstance(items, dict) else {}
                return [self._value(one, name, of) for one in self.page.items(node, name)]
        return self.page.text(node, name)

    def carried(self, node: Node | None) -> tuple[Carried, ...]:
        """Read limits that come along: the clock, its limit, the day or instant it began."""
        found = self.page.open_fields(node, "carried")
        clocks = []
        for name, one in found.values.items():
            said = self.page.fields(one, "a limit that comes along", CARRIED_KEYS, need=CARRIED_KEYS)
            limit = self.page.limit(said.values.get("limit"), "limit")
            at = self.moment(said.values.get("since"))
            if limit and at:
                clocks.append(Carried(name, limit, at.at))
        return tuple(clocks)

    def territory(self, node: Node | None) -> str:
        """Read a territory code; `none` is a place nobody knows."""
        text = self.page.text(node, "territory")
        if text and text != "none" and not (text.isascii() and text.isdigit()):
            message = f"territory {quoted(text)} must be digits, or none"
            self.page.wrong(node.line if node else 0, "territory.bad", message)
        return "" if text == "none" else text

    def who(self, node: Node | None) -> Who:
        """Read `requester`, `dispatcher` or `handler of water-company`."""
        text = self.page.text(node, "by")
        found = _OF.fullmatch(text)
        line = node.line if node else 0
        if found is None:
            if text:
                message = f"{quoted(text)} must be a duty, or a duty `of` a unit"
                self.page.wrong(line, "who.bad", message)
            return Who("clock")
        duty = self.page.word(Text(line, found[1]), "duty", self.duties)
        return Who(duty or "clock", found[2] or "")

    def by_clock(self, node: Node | None) -> list[tuple[Who, Node]]:
        """Read a map whose keys are clocks, or a clock `of` a unit."""
        found = self.page.open_fields(node, "clocks")
        pairs = []
        for key, value in found.values.items():
            told = _OF.fullmatch(key)
            clock = self.page.word(Text(found.lines[key], told[1] if told else key), "clock", self.clocks)
            if clock:
                pairs.append((Who(clock, (told[2] if told else "") or ""), value))
        return pairs

    def steps_of(self, node: Node | None) -> tuple[tuple[Who, tuple[str, ...]], ...]:
        found = self.page.open_fields(node, "may")
        return tuple(
            (self.who(Text(found.lines[key], key)), self.page.words(value, "step", self.steps))
            for key, value in found.values.items()
        )

    def letters(self, node: Node | None) -> tuple[tuple[str, str], ...]:
        """Read letters such as `received to requester`."""
        found = []
        for one in self.page.one_or_more(node, "letters"):
            letter, _, to = self.page.text(one, "letter").partition(" to ")
            known = self.page.word(Text(one.line, letter), "letter", tuple(self.pack.letters))
            audience = self.page.word(Text(one.line, to), "audience", AUDIENCES)
            if known and audience:
                found.append((known, audience))
        return tuple(found)

    def units(self, node: Node | None) -> Units | None:
        if node is None:
            return None
        found = self.page.fields(node, "units", ASSIGN_KEYS)
        lead = self.page.text(found.values.get("lead"), "lead")
        return Units(lead, self.page.texts(found.values.get("co_handlers"), "co_handlers"))

    def moment(self, node: Node | None) -> Moment | None:
        """Read `2026-02-13` or `2026-02-13 16:30`; the zone is added when the example runs."""
        text = self.page.text(node, "time")
        if not text:
            return None
        found = _MOMENT.fullmatch(text)
        try:
            day = date.fromisoformat(found[1]) if found else None
        except ValueError:
            day = None
        if found is None or day is None or int(found[2] or 0) > 24 or int(found[3] or 0) > 59:
            line = node.line if node else 0
            self.page.wrong(line, "time.bad", f"{quoted(text)} must be like 2026-02-13 16:30")
            return None
        start = datetime.combine(day, time())  # the zone is added when the example runs
        at = start + timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
        return Moment(at, is_day=found[2] is None)
