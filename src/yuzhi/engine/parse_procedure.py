"""Reads a procedure file: states, opening, steps, clocks, verdict, letters and what the public may see."""

from collections.abc import Collection

from yuzhi.engine.definition import (
    PERSONAL,
    PSEUDO_DUTIES,
    DateDef,
    EventLetters,
    Identity,
    LetterRule,
    Opening,
    Procedure,
    Public,
    Scope,
    StepDef,
    Verdict,
    When,
)
from yuzhi.engine.lines import Fields, Node, Text
from yuzhi.engine.parse_clocks import Names, basis_of, parse_clocks, parse_when, spelt_out
from yuzhi.engine.problems import Findings
from yuzhi.engine.reading import Page, line_in
from yuzhi.engine.vocabulary import (
    ANY,
    AUDIENCES,
    EFFECTS,
    ENDS,
    EVENTS,
    GUARDS,
    LINKS,
    OPENED,
    PLACES,
    PUBLIC_FIELDS,
    RECEIPTS,
    SCOPES,
)
from yuzhi.engine.where import Where

KEYS = (
    "procedure", "starts", "states", "ends", "outcomes", "leading_clock", "opening", "steps", "clocks",
    "verdict", "letters", "public", "dates",
)  # fmt: skip
STEP_KEYS = (
    "name", "from", "to", "by", "scope", "does", "form", "needs", "guards", "reason", "reasons", "texts",
    "outcomes", "within", "clock", "link", "letters", "bulk", "ladder", "then", "when", "target", "opens",
    "carries", "upon", "basis",
)  # fmt: skip
OPENING_KEYS = ("by", "kinds", "channels", "urgencies", "form", "dispatch", "identity", "sides", "receipts")
IDENTITY_KEYS = ("kinds", "for")
MOST = 200
"""Of states, of steps and of clocks: more is no procedure anybody can read."""
RESERVED = frozenset({ANY, ENDS, OPENED})


class Around:
    """What a procedure's file may refer to outside itself, and the pack it belongs to."""

    def __init__(
        self,
        *,
        pack: str,
        version: str,
        duties: tuple[str, ...],
        forms: Collection[str],
        letters: Collection[str],
        categories: Collection[str],
        basis: tuple[str, ...],
    ) -> None:
        self.pack, self.version = pack, version
        self.duties, self.basis = duties, basis
        self.forms, self.letters = tuple(forms), tuple(letters)
        self.categories = frozenset(categories)


def parse_procedure(page: Page, node: Node, around: Around, where: Where) -> Procedure | None:
    """Return the procedure of one file, or None when it has not even a name."""
    found = page.fields(
        node,
        "the procedure",
        KEYS,
        need=("procedure", "starts", "states", "ends", "outcomes", "opening", "steps"),
    )
    get = found.values.get
    name = page.name(get("procedure"), "procedure")
    if not name:
        return None
    where.note(page.file, line_in(found, "procedure"), name)
    for key in found.values:
        where.note(page.file, found.lines[key], name, key)
    for key in ("states", "ends"):
        for one in Page(page.file, Findings()).one_or_more(get(key), "state"):
            where.note(page.file, one.line, name, "state", one.value if isinstance(one, Text) else "")
    names = _names(page, found, name, around)
    return Procedure(
        name=name,
        pack=around.pack,
        version=around.version,
        starts=page.word(get("starts"), "state", names.states) or "",
        states=names.states,
        ends=names.ends,
        outcomes=names.outcomes,
        opening=_opening(page, get("opening"), names, where),
        steps=_steps(page, get("steps"), names, where),
        clocks=parse_clocks(page, get("clocks"), names, where),
        verdict=_verdict(page, get("verdict"), names),
        letters=_event_letters(page, get("letters"), names),
        public=_public(page, get("public"), names),
        leading_clock=page.word(get("leading_clock"), "clock", names.clocks) or "",
        dates=_dates(page, get("dates"), names, where),
    )


def _names(page: Page, found: Fields, name: str, around: Around) -> Names:
    get = found.values.get
    states = page.names(get("states"), "state")
    ends = page.names(get("ends"), "state")
    for state in (*states, *ends):
        if state in RESERVED:
            page.wrong(
                line_in(found, "states"), "state.reserved", f'"{state}" has a meaning of its own; rename it'
            )
    for state in sorted(set(states) & set(ends)):
        page.wrong(line_in(found, "ends"), "state.twice", f'state "{state}" is both under way and an end')
    steps, clocks = _named(page, get("steps"), "step"), _named(page, get("clocks"), "clock")
    for what, found_names in (("states", (*states, *ends)), ("steps", steps), ("clocks", clocks)):
        if len(found_names) > MOST:
            page.wrong(line_in(found, what), "procedure.too_large", f"more than {MOST} {what}")
    opening = page.open_fields(get("opening"), "opening").values.get
    quiet = Page(page.file, Findings())
    return Names(
        procedure=name,
        states=tuple(state for state in states[:MOST] if state not in ends),
        ends=ends[:MOST],
        steps=steps[:MOST],
        clocks=clocks[:MOST],
        kinds=quiet.names(opening("kinds"), "kind"),
        urgencies=quiet.names(opening("urgencies"), "urgency") or ("normal",),
        channels=quiet.names(opening("channels"), "channel"),
        outcomes=page.names(get("outcomes"), "outcome"),
        duties=around.duties,
        forms=around.forms,
        letters=around.letters,
        categories=around.categories,
        basis=around.basis,
        dates=tuple(quiet.open_fields(get("dates"), "dates").values),
    )


def _named(page: Page, node: Node | None, what: str) -> tuple[str, ...]:
    """Return the names of a list of maps, telling those given twice; what else is wrong is told later."""
    quiet = Page(page.file, Findings())
    names: list[str] = []
    for one in quiet.items(node, what):
        found = quiet.open_fields(one, what)
        name = quiet.name(found.values.get("name"), what)
        if name in names:
            page.wrong(found.line, "name.twice", f'{what} "{name}" is declared twice')
        if name:
            names.append(name)
    return tuple(dict.fromkeys(names))


def _opening(page: Page, node: Node | None, names: Names, where: Where) -> Opening:
    page = page.within("opening")
    found = page.fields(node, "opening", OPENING_KEYS, need=("by", "kinds", "channels"))
    get = found.values.get
    where.note(page.file, found.line, names.procedure, "opening")
    return Opening(
        duties=page.words(get("by"), "duty", ("requester", "hand_over", "sensor", *names.duties)),
        kinds=page.names(get("kinds"), "kind"),
        channels=page.names(get("channels"), "channel"),
        form=page.word(get("form"), "form", names.forms) or "",
        dispatch=page.word(get("dispatch"), "step", names.steps) or "",
        urgencies=page.names(get("urgencies"), "urgency") or ("normal",),
        identity=_identity(page, get("identity"), names) if get("identity") else None,
        sides=page.whole(get("sides"), "sides", 1, 50, default=2),
        receipts=page.word(get("receipts"), "receipts", RECEIPTS) or "parties",
    )


def _identity(page: Page, node: Node | None, names: Names) -> Identity:
    get = page.fields(node, "identity", IDENTITY_KEYS, need=IDENTITY_KEYS).values.get
    return Identity(
        kinds=page.words(get("kinds"), "kind", names.kinds),
        duty=page.word(get("for"), "duty", names.duties) or "",
    )


def _steps(page: Page, node: Node | None, names: Names, where: Where) -> tuple[StepDef, ...]:
    steps: list[StepDef] = []
    for one in page.items(node, "steps"):
        found = page.fields(one, "a step", STEP_KEYS, need=("name", "from", "by"))
        name = page.name(found.values.get("name"), "step")
        if name and name not in {step.name for step in steps}:
            where.note(page.file, found.line, names.procedure, "step", name)
            steps.append(_step(page.within(f'step "{name}"'), found, name, names))
    return tuple(steps)


def _step(page: Page, found: Fields, name: str, names: Names) -> StepDef:
    get = found.values.get
    states = (*names.states, *names.ends)
    to = page.word(get("to"), "state", states) or ""
    sources = page.words(get("from"), "state", (ANY, ENDS, *states))
    open_states = tuple(state for state in names.states if state != to)
    duties = page.words(get("by"), "duty", (*names.duties, *sorted(PSEUDO_DUTIES - {"hand_over"})))
    reasons = page.names(get("reasons"), "reason")
    return StepDef(
        name=name,
        sources=spelt_out(sources, {ANY: open_states, ENDS: names.ends}),
        duties=duties,
        to=to,
        scope=page.word(get("scope"), "scope", SCOPES) or _usual_scope(duties),
        does=page.words(get("does"), "effect", EFFECTS),
        form=page.word(get("form"), "form", names.forms) or "",
        needs=page.names(get("needs"), "evidence"),
        guards=page.words(get("guards"), "guard", GUARDS),
        reason=page.flag(get("reason"), "reason", default=False) or bool(reasons),
        reasons=reasons,
        texts=page.names(get("texts"), "text"),
        outcomes=page.words(get("outcomes"), "outcome", names.outcomes),
        within=page.word(get("within"), "clock", names.clocks) or "",
        clock=page.word(get("clock"), "clock", names.clocks) or "",
        link=page.word(get("link"), "link", LINKS),
        letters=_letters(page, get("letters"), names),
        bulk=page.flag(get("bulk"), "bulk", default=False),
        ladder=page.word(get("ladder"), "duty", names.duties) or "",
        then=page.word(get("then"), "step", names.steps) or "",
        when=_when(page, found, names),
        target=page.words(get("target"), "state", states),
        opens=page.names(get("opens"), "procedure"),
        carries=page.names(get("carries"), "text or evidence"),
        upon=page.names(get("upon"), "answer"),
        basis=basis_of(page, get("basis"), names.basis),
    )


def _when(page: Page, found: Fields, names: Names) -> When:
    when = parse_when(page, found.values.get("when"), names)
    if when.words:
        page.wrong(line_in(found, "when"), "when.words", "a step cannot depend on words of the request")
    return when


def _dates(page: Page, node: Node | None, names: Names, where: Where) -> tuple[DateDef, ...]:
    found = page.open_fields(node, "dates")
    dates = []
    for name, said in found.values.items():
        where.note(page.file, found.lines[name], names.procedure, "date", name)
        about = page.within(f'date "{name}"')
        about.name(Text(found.lines[name], name), "date")
        keys = about.fields(said, "a date", ("not_before", "may_lie_ahead"))
        bounds = about.words(keys.values.get("not_before"), "date", (OPENED, *names.dates))
        if name in bounds:
            about.wrong(found.lines[name], "date.itself", "a date cannot lie before itself")
        ahead = about.flag(keys.values.get("may_lie_ahead"), "may_lie_ahead", default=False)
        dates.append(DateDef(name=name, not_before=bounds, may_lie_ahead=ahead))
    return tuple(dates)


def _usual_scope(duties: tuple[str, ...]) -> Scope:
    if duties and set(duties) <= PSEUDO_DUTIES - PERSONAL:
        return "any"
    return "requester" if duties and set(duties) <= PERSONAL else "territory"


def _letters(page: Page, node: Node | None, names: Names) -> tuple[LetterRule, ...]:
    rules = []
    for one in page.items(node, "letters"):
        found = page.fields(one, "a letter", ("letter", "to"), need=("letter", "to"))
        letter = page.word(found.values.get("letter"), "letter", names.letters)
        to = page.word(found.values.get("to"), "audience", AUDIENCES)
        if letter and to:
            rules.append(LetterRule(letter, to))
    return tuple(rules)


def _event_letters(page: Page, node: Node | None, names: Names) -> tuple[EventLetters, ...]:
    page = page.within("letters")
    found = page.fields(node, "letters", EVENTS)
    return tuple(
        EventLetters(event, _letters(page, found.values[event], names))
        for event in EVENTS
        if event in found.values
    )


def _verdict(page: Page, node: Node | None, names: Names) -> Verdict | None:
    if node is None:
        return None
    page = page.within("verdict")
    found = page.fields(node, "verdict", ("window", "reopens_to"), need=("window", "reopens_to"))
    window = page.limit(found.values.get("window"), "window")
    state = page.word(found.values.get("reopens_to"), "state", names.states)
    return None if window is None or state is None else Verdict(window, state)


def _public(page: Page, node: Node | None, names: Names) -> Public:
    page = page.within("public")
    found = page.fields(node, "public", ("fields", "place", "states", "kinds"))
    place = page.word(found.values.get("place"), "place", PLACES)
    usual = Public()
    return Public(
        fields=page.words(found.values.get("fields"), "field", PUBLIC_FIELDS),
        place="district" if place == "district" else "town" if place == "town" else usual.place,
        states=page.words(found.values.get("states"), "state", (*names.states, *names.ends)),
        kinds=page.words(found.values.get("kinds"), "kind", names.kinds),
    )
