"""Reads the clocks of a procedure: limits, pauses, extension, automatic steps, and the legal basis."""

from collections.abc import Collection
from typing import Literal

from msgspec import Struct

from yuzhi.engine.definition import Automatic, ClockDef, Extension, LimitRule, Pause, Role, When
from yuzhi.engine.lines import Fields, Node, Text
from yuzhi.engine.reading import Page, line_in
from yuzhi.engine.vocabulary import ASSIGNMENT_STATES, EACH, ENDS, MOMENTS, OPENED, ROLES
from yuzhi.engine.where import Where

KEYS = (
    "name", "each", "role", "from", "until", "limit", "pauses", "extend", "amber", "automatic", "basis",
    "law", "rolls", "restarts", "since", "continues",
)  # fmt: skip
WHEN_KEYS = ("kind", "urgency", "channel", "category", "territory", "words", "field", "before")


class Names(Struct, frozen=True):
    """The names a procedure's parts may refer to."""

    procedure: str
    states: tuple[str, ...]
    ends: tuple[str, ...]
    steps: tuple[str, ...]
    clocks: tuple[str, ...]
    kinds: tuple[str, ...]
    urgencies: tuple[str, ...]
    channels: tuple[str, ...]
    outcomes: tuple[str, ...]
    duties: tuple[str, ...]
    forms: tuple[str, ...]
    letters: tuple[str, ...]
    categories: frozenset[str]
    basis: tuple[str, ...]
    dates: tuple[str, ...] = ()


def parse_clocks(page: Page, node: Node | None, names: Names, where: Where) -> tuple[ClockDef, ...]:
    """Return the clocks of a procedure."""
    clocks = []
    for one in page.items(node, "clocks"):
        found = page.fields(one, "a clock", KEYS, need=("name", "from", "until"))
        name = page.name(found.values.get("name"), "clock")
        if name:
            where.note(page.file, found.line, names.procedure, "clock", name)
            clocks.append(_clock(page.within(f'clock "{name}"'), found, name, names))
    return tuple(clocks)


def parse_when(page: Page, node: Node | None, names: Names) -> When:
    """Return a condition; nothing given means it always holds."""
    found = page.fields(node, "when", WHEN_KEYS)
    if node is not None and not found.values:
        page.wrong(node.line, "when.empty", "an empty condition; leave `when` out if it always holds")
    get = found.values.get
    territories = page.texts(get("territory"), "territory")
    for territory in territories:
        if not (territory.isascii() and territory.isdigit()):
            page.wrong(
                line_in(found, "territory"), "territory.bad", f'territory "{territory}" must be digits'
            )
    return When(
        kind=page.words(get("kind"), "kind", names.kinds),
        urgency=page.words(get("urgency"), "urgency", names.urgencies),
        channel=page.words(get("channel"), "channel", names.channels),
        category=page.words(get("category"), "category", names.categories),
        territory=territories,
        words=page.texts(get("words"), "words"),
        field=_field(page, get("field")),
        before=_before(page, get("before"), names),
    )


def _field(page: Page, node: Node | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return fields of forms with the values they may have, as they are written."""
    found = page.open_fields(node, "field")
    pairs = []
    for name, values in found.values.items():
        given = tuple(page.text(one, f"value of {name}") for one in page.one_or_more(values, name))
        if not all(given):
            page.wrong(found.lines[name], "when.field", f'field "{name}" must name the values it may have')
        pairs.append((name, given))
    return tuple(pairs)


def _before(page: Page, node: Node | None, names: Names) -> tuple[tuple[str, str], ...]:
    """Return dates with the day they must lie before."""
    found = page.open_fields(node, "before")
    pairs = []
    for name, value in found.values.items():
        page.word(Text(found.lines[name], name), "date", names.dates)
        pairs.append((name, page.day(value, f'the day before which "{name}" must lie')))
    return tuple(pairs)


def _clock(page: Page, found: Fields, name: str, names: Names) -> ClockDef:
    get = found.values.get
    each = _each(page, get("each"))
    role: Role | None = page.word(get("role"), "role", ROLES)
    if role is not None and each == "matter":
        page.wrong(line_in(found, "role"), "clock.role", "role is only for a clock of each assignment")
    states = (*names.states, *names.ends)
    starts: Collection[str] = ASSIGNMENT_STATES if each == "assignment" else (OPENED, *states)
    stops: Collection[str] = ASSIGNMENT_STATES if each == "assignment" else (ENDS, *states)
    return ClockDef(
        name=name,
        starts=page.words(get("from"), "state", starts),
        stops=spelt_out(page.words(get("until"), "state", stops), {ENDS: names.ends}),
        limits=_limits(page, get("limit"), names),
        each=each,
        role=role,
        pauses=_pauses(page, get("pauses"), names),
        extension=_extension(page, get("extend")),
        automatic=tuple(_automatic(page, one, names) for one in page.items(get("automatic"), "automatic")),
        amber=page.whole(get("amber"), "amber", 1, 99, default=75),
        rolls=page.flag(get("rolls"), "rolls", default=True),
        restarts=page.flag(get("restarts"), "restarts", default=True),
        basis=basis_of(page, get("basis"), names.basis),
        is_law=page.flag(get("law"), "law", default=False),
        since=_since(page, found, names, each),
        continues=page.name(get("continues"), "clock") or "",
    )


def spelt_out(words: tuple[str, ...], meaning: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return words with each shorthand replaced by what it stands for, each once."""
    return tuple(dict.fromkeys(one for word in words for one in meaning.get(word, (word,))))


def _each(page: Page, node: Node | None) -> Literal["matter", "assignment"]:
    return "assignment" if page.word(node, "each", EACH) == "assignment" else "matter"


def _limits(page: Page, node: Node | None, names: Names) -> tuple[LimitRule, ...]:
    if isinstance(node, Text):
        limit = page.limit(node, "limit")
        return () if limit is None else (LimitRule(limit),)
    rules = []
    for one in page.items(node, "limit"):
        row = page.fields(one, "a row of limit", ("when", "is"), need=("is",))
        limit = page.limit(row.values.get("is"), "limit")
        when = parse_when(page, row.values.get("when"), names)
        if when.words:
            page.wrong(line_in(row, "when"), "when.words", "a limit cannot depend on words of the request")
        if limit is not None:
            rules.append(LimitRule(limit, when))
    return tuple(rules)


def _pauses(page: Page, node: Node | None, names: Names) -> tuple[Pause, ...]:
    pauses = []
    found = page.open_fields(node, "pauses")
    for state, reasons in found.values.items():
        line = found.lines[state]
        if page.word(Text(line, state), "state in pauses", names.states) is None:
            continue
        given = page.names(reasons, "reason")
        if not given:
            page.wrong(line, "pause.no_reason", f'a pause in "{state}" must name the reasons allowed')
        pauses.append(Pause(state, given))
    return tuple(pauses)


def _extension(page: Page, node: Node | None) -> Extension | None:
    if node is None:
        return None
    found = page.fields(node, "extend", ("up_to", "times"), need=("up_to",))
    up_to = page.limit(found.values.get("up_to"), "up_to")
    times = page.whole(found.values.get("times"), "times", 1, 9, default=1)
    return None if up_to is None else Extension(up_to, times)


def _automatic(page: Page, node: Node, names: Names) -> Automatic:
    found = page.fields(node, "an automatic step", ("at", "after", "do"), need=("at", "do"))
    after = found.values.get("after")
    return Automatic(
        step=page.word(found.values.get("do"), "step", names.steps) or "",
        at=page.word(found.values.get("at"), "moment", MOMENTS) or "due",
        after=None if after is None else page.limit(after, "after"),
    )


def _since(page: Page, found: Fields, names: Names, each: str) -> tuple[str, ...]:
    since = page.words(found.values.get("since"), "date", names.dates)
    if since and each == "assignment":
        page.wrong(line_in(found, "since"), "clock.since", "only a clock of the matter counts from a date")
    return since


def basis_of(page: Page, node: Node | None, titles: tuple[str, ...]) -> str:
    """Return what a clock or a step rests on; it must begin with a title the pack declares."""
    basis = page.text(node, "basis")
    if node is not None and basis and not any(basis.startswith(title) for title in titles):
        message = f"basis {basis!r} begins with no title declared in pack.toml: {', '.join(titles)}"
        page.wrong(node.line, "basis.unknown", message)
    return basis
