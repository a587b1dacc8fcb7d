"""Reads the sensor rules of a pack, from the files below `sensors/`."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import get_args

from yuzhi.engine.definition import Procedure
from yuzhi.engine.limits import Unit
from yuzhi.engine.lines import Node, Text, read_yaml
from yuzhi.engine.problems import Findings
from yuzhi.engine.reading import Page, line_in
from yuzhi.engine.sensing import Mark, OnePer, SensorRule
from yuzhi.engine.where import Where

FOLDER = "sensors/"
KEYS = ("rule", "quantity", "unit", "raise", "clear", "one_per", "quiet", "open", "back")
MARK_KEYS = ("at_least", "at_most", "for")
OPEN_KEYS = ("procedure", "kind", "urgency", "category")
LONGEST = timedelta(days=7)
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
_SPANS = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1), Unit.DAYS: timedelta(days=1)}


def parse_sensors(
    files: Mapping[str, str],
    procedures: Sequence[Procedure],
    categories: Collection[str],
    findings: Findings,
    where: Where,
) -> tuple[SensorRule, ...]:
    """Return the sensor rules in the order of their files."""
    rules: dict[str, SensorRule] = {}
    for file in sorted(files):
        if not file.startswith(FOLDER):
            continue
        node = read_yaml(file, files[file], findings)
        if node is None:
            continue
        rule = _rule(Page(file, findings), node, {one.name: one for one in procedures}, categories, where)
        if rule.name in rules:
            findings.add(file, 1, "name.twice", f'rule "{rule.name}" is in two files')
        elif rule.name:
            rules[rule.name] = rule
    return tuple(rules.values())


def _rule(
    page: Page,
    node: Node,
    procedures: Mapping[str, Procedure],
    categories: Collection[str],
    where: Where,
) -> SensorRule:
    fields = page.fields(
        node, "a sensor rule", KEYS, need=("rule", "quantity", "raise", "clear", "open", "back")
    )
    get = fields.values.get
    name = page.name(get("rule"), "rule")
    page = page.within(f'rule "{name}"')
    for key, line in fields.lines.items():
        where.note(page.file, line, "sensor", name, key)
    where.note(page.file, fields.line, "sensor", name)
    opening = page.fields(get("open"), "open", OPEN_KEYS, need=("procedure", "kind"))
    procedure = page.word(opening.values.get("procedure"), "procedure", tuple(procedures)) or ""
    begins = procedures[procedure].opening if procedure else None
    steps = [one.name for one in procedures[procedure].steps] if procedure else []
    kind, urgency = opening.values.get("kind"), opening.values.get("urgency")
    return SensorRule(
        name=name,
        quantity=page.name(get("quantity"), "quantity"),
        unit=page.text(get("unit"), "unit") if "unit" in fields.values else "",
        raises=_mark(page, get("raise"), "raise"),
        clears=_mark(page, get("clear"), "clear"),
        one_per=page.word(get("one_per"), "one_per", get_args(OnePer)) or "sensor",
        quiet_for=_span(page, get("quiet"), "quiet"),
        procedure=procedure,
        kind=(page.word(kind, "kind", begins.kinds) or "") if begins else "",
        urgency=(page.word(urgency, "urgency", begins.urgencies) or "") if begins else "",
        category=page.word(opening.values.get("category"), "category", categories) or "",
        back=page.words(get("back"), "step", steps) if procedure else (),
    )


def _mark(page: Page, node: Node | None, what: str) -> Mark:
    fields = page.fields(node, what, MARK_KEYS)
    get = fields.values.get
    if node is not None and get("at_least") is None and get("at_most") is None:
        page.wrong(line_in(fields, what) or node.line, "key.missing", f'{what} needs "at_least" or "at_most"')
    return Mark(
        at_least=_number(page, get("at_least"), "at_least"),
        at_most=_number(page, get("at_most"), "at_most"),
        lasting=_span(page, get("for"), "for"),
    )


def _number(page: Page, node: Node | None, what: str) -> float | None:
    if node is None:
        return None
    if isinstance(node, Text) and node.plain and _NUMBER.fullmatch(node.value):
        return float(node.value)
    page.wrong(node.line, "type.wrong", f"{what} must be a number such as 270 or 0.5")
    return None


def _span(page: Page, node: Node | None, what: str) -> timedelta:
    if node is None:
        return timedelta()
    limit = page.limit(node, what)
    if limit is None:
        return timedelta()
    if limit.unit not in _SPANS or limit.amount * _SPANS[limit.unit] > LONGEST:
        page.wrong(
            node.line, "sensor.span", f"{what} must be minutes, hours or days, {LONGEST.days} days at most"
        )
        return timedelta()
    return limit.amount * _SPANS[limit.unit]
