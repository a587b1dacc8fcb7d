"""Reads the category tree and the routing rules of a pack."""

import csv
from collections.abc import Collection, Mapping
from io import StringIO

from yuzhi.engine.definition import Category, LearntDispatch, RoutingRule, UnitAt, When
from yuzhi.engine.lines import LONGEST_FILE, Fields, Node, read_yaml
from yuzhi.engine.parse_clocks import Names, parse_when
from yuzhi.engine.problems import Findings, quoted
from yuzhi.engine.reading import Page, is_name, line_in
from yuzhi.engine.routing import TO_DESK
from yuzhi.engine.vocabulary import BY_CATEGORY, LEVELS
from yuzhi.engine.where import Where

CATALOGUE = "catalogue/categories.csv"
ROUTING = "routing.yaml"
COLUMNS = ["code", "unit_kind", "words", "words_against", "zh", "en"]
MOST_CATEGORIES = 5_000
DEEPEST = 3


def parse_categories(
    files: Mapping[str, str], unit_kinds: Collection[str], findings: Findings, where: Where
) -> tuple[tuple[Category, ...], dict[str, dict[str, str]]]:
    """Return the categories and their words by language; a branch without a unit kind has its parent's."""
    words: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
    page = Page(CATALOGUE, findings)
    categories: dict[str, Category] = {}
    for line, row in _rows(page, files.get(CATALOGUE, "")):
        code = row["code"]
        if not _is_code(page, line, code, categories):
            continue
        if row["unit_kind"] and row["unit_kind"] not in unit_kinds:
            findings.unknown(CATALOGUE, line, f"{code}: unknown unit kind", row["unit_kind"], unit_kinds)
        parent = categories.get(code.rpartition("/")[0])
        categories[code] = Category(
            code=code,
            unit_kind=row["unit_kind"] or (parent.unit_kind if parent else ""),
            words=_split(row["words"]),
            words_against=_split(row["words_against"]),
        )
        where.note(CATALOGUE, line, "category", code)
        for language, found in words.items():
            found[f"category.{code}"] = row[language]
            if not row[language]:
                page.wrong(line, "words.missing", f"{code} has no word in {language}")
    return tuple(categories.values()), words


def _rows(page: Page, text: str) -> list[tuple[int, dict[str, str]]]:
    if not text:
        return []
    if len(text) > LONGEST_FILE:
        page.wrong(0, "file.too_large", f"file has more than {LONGEST_FILE:,} characters")
        return []
    reader = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        if (header := next(reader, [])) != COLUMNS:
            page.wrong(1, "csv.header", f"the first line must be {','.join(COLUMNS)}")
            return []
        for cells in reader:
            if len(cells) != len(COLUMNS):
                message = f"{len(cells)} columns instead of {len(header)}"
                page.wrong(reader.line_num, "csv.columns", message)
                continue
            cleaned = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
            rows.append((reader.line_num, cleaned))
            if len(rows) > MOST_CATEGORIES:
                page.wrong(reader.line_num, "file.too_large", f"more than {MOST_CATEGORIES:,} categories")
                break
    except csv.Error as error:
        page.wrong(reader.line_num, "csv.syntax", f"not CSV: {error}")
    return rows


def _is_code(page: Page, line: int, code: str, known: Collection[str]) -> bool:
    parts = code.split("/")
    if not all(is_name(part) for part in parts) or len(parts) > DEEPEST:
        message = f"code {quoted(code)} must be one to {DEEPEST} names with / between them"
        page.wrong(line, "name.bad", message)
        return False
    if code in known:
        page.wrong(line, "name.twice", f"category {quoted(code)} stands twice")
        return False
    parent = code.rpartition("/")[0]
    if parent and parent not in known:
        page.wrong(line, "category.no_parent", f"{quoted(code)} stands before its parent {quoted(parent)}")
        return False
    return True


def _split(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in cell.split("|") if word.strip()))


def parse_routing(
    files: Mapping[str, str], names: Names, unit_kinds: Collection[str], findings: Findings, where: Where
) -> tuple[tuple[RoutingRule, ...], LearntDispatch | None]:
    """Return the routing rules in their order, and where what was learnt may decide after them."""
    if ROUTING not in files:
        return (), None
    page = Page(ROUTING, findings)
    told = read_yaml(ROUTING, files[ROUTING], findings)
    found = page.fields(told, ROUTING, ("rules", "learnt"), need=("rules",))
    rules: dict[str, RoutingRule] = {}
    for node in page.items(found.values.get("rules"), "rules"):
        fields = page.fields(node, "a rule", ("name", "when", "lead", "co_handlers"), need=("name",))
        name = page.name(fields.values.get("name"), "rule")
        if name in rules:
            page.wrong(fields.line, "name.twice", f'rule "{name}" stands twice')
        if not name or name in rules:
            continue
        where.note(ROUTING, fields.line, "routing", name)
        about = page.within(f'rule "{name}"')
        lead = fields.values.get("lead")
        rules[name] = RoutingRule(
            name=name,
            when=_when(about, fields, names),
            lead=None if lead is None else _unit(about, lead, unit_kinds),
            co_handlers=tuple(
                _unit(about, one, unit_kinds)
                for one in about.items(fields.values.get("co_handlers"), "co_handlers")
            ),
        )
    return tuple(rules.values()), _learnt(page, found.values.get("learnt"), tuple(rules))


def _learnt(page: Page, node: Node | None, rules: tuple[str, ...]) -> LearntDispatch | None:
    if node is None:
        return None
    about = page.within("learnt")
    found = about.fields(node, "learnt", ("threshold", "after", "automatic"), need=("threshold", "after"))
    percent = about.whole(found.values.get("threshold"), "threshold", 50, 100, default=100)
    after = about.words(found.values.get("after"), "rule", (*rules, TO_DESK))
    automatic = about.flag(found.values.get("automatic"), "automatic", default=False)
    return LearntDispatch(threshold=percent / 100, after=after, automatic=automatic) if after else None


def _unit(page: Page, node: Node, unit_kinds: Collection[str]) -> UnitAt:
    found = page.fields(node, "a unit", ("kind", "at"), need=("kind",))
    kind = page.word(found.values.get("kind"), "unit kind", (BY_CATEGORY, *unit_kinds)) or ""
    at = page.word(found.values.get("at"), "level", LEVELS)
    return UnitAt(kind) if at is None else UnitAt(kind, at)


def _when(page: Page, fields: Fields, names: Names) -> When:
    when = parse_when(page, fields.values.get("when"), names)
    if when.field or when.before:
        page.wrong(line_in(fields, "when"), "when.field", "routing cannot depend on what forms say")
    return when
