"""Reads guide.yaml: questions, roads and the rules between them, each with the law it rests on."""

from collections.abc import Collection, Mapping

from yuzhi.engine.guide import Choice, Guide, GuideRule, Question, Road, Words
from yuzhi.engine.lines import Node, read_yaml
from yuzhi.engine.problems import Findings, quoted
from yuzhi.engine.reading import Page, is_name
from yuzhi.engine.vocabulary import LANGUAGES

FILE = "guide.yaml"


def parse_guide(files: Mapping[str, str], titles: Collection[str], findings: Findings) -> Guide | None:
    """Return the guide of a pack, None if it has none."""
    if FILE not in files:
        return None
    page = Page(FILE, findings)
    found = page.fields(
        read_yaml(FILE, files[FILE], findings),
        FILE,
        ("questions", "roads", "rules", "unperformed"),
        need=("questions", "roads", "rules"),
    )
    questions = _questions(page, found.values.get("questions"))
    roads = _roads(page, found.values.get("roads"))
    rules = _rules(page, found.values.get("rules"), questions, roads, titles)
    unperformed = _rules(page, found.values.get("unperformed"), questions, roads, titles)
    if rules and not any(one.is_offer and not one.when for one in rules):
        page.wrong(found.lines.get("rules", 1), "guide.no_way", "no rule offers a road whatever is answered")
    spoken = {one.road for one in (*rules, *unperformed) if one.is_offer}
    for road in (one for one in roads if one.name not in spoken):
        page.wrong(found.lines.get("roads", 1), "guide.never", f"no rule offers {quoted(road.name)}")
    return Guide(questions=questions, roads=roads, rules=rules, unperformed=unperformed)


def _words(page: Page, values: Mapping[str, Node], line: int) -> Words:
    words = {language: page.text(values.get(language), language) for language in LANGUAGES}
    for language, word in words.items():
        if not word:
            page.wrong(line, "words.missing", f"there is no word in {language}")
    return words


def _questions(page: Page, node: Node | None) -> tuple[Question, ...]:
    found = []
    told = page.open_fields(node, "questions")
    for name, one in told.values.items():
        about = page.within(f'question "{name}"')
        fields = about.fields(one, "a question", (*LANGUAGES, "choices"), need=("choices",))
        choices = []
        listed = about.open_fields(fields.values.get("choices"), "choices")
        for choice, said in listed.values.items():
            told_of = about.fields(said, f'choice "{choice}"', LANGUAGES)
            named = _name(about, choice, listed.lines[choice])
            choices.append(Choice(named, _words(about, told_of.values, told_of.line)))
        words = _words(about, fields.values, fields.line)
        found.append(Question(_name(page, name, told.lines[name]), words, tuple(choices)))
    return tuple(found)


def _roads(page: Page, node: Node | None) -> tuple[Road, ...]:
    found = []
    told = page.open_fields(node, "roads")
    for name, one in told.values.items():
        about = page.within(f'road "{name}"')
        fields = about.fields(one, "a road", (*LANGUAGES, "procedure"))
        found.append(
            Road(
                name=_name(page, name, told.lines[name]),
                words=_words(about, fields.values, fields.line),
                procedure=about.name(fields.values.get("procedure"), "procedure"),
            )
        )
    return tuple(found)


def _rules(
    page: Page, node: Node | None, questions: tuple[Question, ...], roads: tuple[Road, ...],
    titles: Collection[str],
) -> tuple[GuideRule, ...]:  # fmt: skip
    keys = ("name", "offers", "closes", "when", "basis", *LANGUAGES)
    found: dict[str, GuideRule] = {}
    for one in page.items(node, "rules"):
        fields = page.fields(one, "a rule", keys, need=("name", "basis"))
        name = page.name(fields.values.get("name"), "rule")
        about = page.within(f'rule "{name}"')
        if name in found:
            page.wrong(fields.line, "name.twice", f"rule {quoted(name)} stands twice")
        is_offer = "offers" in fields.values
        if is_offer == ("closes" in fields.values):
            about.wrong(fields.line, "key.missing", 'a rule either "offers" a road or "closes" one')
        road = about.word(
            fields.values.get("offers") or fields.values.get("closes"), "road", [one.name for one in roads]
        )
        basis = about.text(fields.values.get("basis"), "basis")
        if basis and not any(part.strip().startswith(tuple(titles)) for part in basis.split("；")):
            about.wrong(fields.line, "basis.unknown", f"{quoted(basis)} begins with no title of pack.toml")
        found[name] = GuideRule(
            name=name, road=road or "", is_offer=is_offer, words=_words(about, fields.values, fields.line),
            basis=basis, when=_when(about, fields.values.get("when"), questions),
        )  # fmt: skip
    return tuple(found.values())


def _when(page: Page, node: Node | None, questions: tuple[Question, ...]) -> dict[str, tuple[str, ...]]:
    known = {one.name: [choice.name for choice in one.choices] for one in questions}
    fields = page.fields(node, "when", tuple(known)) if node is not None else None
    if fields is None:
        return {}
    return {
        question: page.words(wanted, f"answer to {question}", known.get(question, ()))
        for question, wanted in fields.values.items()
    }


def _name(page: Page, name: str, line: int) -> str:
    if not is_name(name):
        page.wrong(line, "name.bad", f"{quoted(name)} is no name")
    return name
