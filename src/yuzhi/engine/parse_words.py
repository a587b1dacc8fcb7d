"""Reads the words and letters of a pack: what people see, in each language."""

import re
from collections.abc import Mapping, Sequence

from yuzhi.engine.lines import read_yaml
from yuzhi.engine.problems import Findings
from yuzhi.engine.reading import Page, is_name
from yuzhi.engine.vocabulary import AGREEMENT_PLACEHOLDERS, LANGUAGES, PLACEHOLDERS, WORD_SECTIONS
from yuzhi.engine.where import Where

LONGEST_LETTER = 8_000
_BRACES = re.compile(r"\{([^{}\n]*)\}|[{}]")


def parse_words(files: Mapping[str, str], findings: Findings, where: Where) -> dict[str, dict[str, str]]:
    """Return the words of each language by dotted key, such as `state.received`, `resident.received`."""
    return {language: _words(language, files, findings, where) for language in LANGUAGES}


def _words(language: str, files: Mapping[str, str], findings: Findings, where: Where) -> dict[str, str]:
    file = f"words/{language}.yaml"
    page = Page(file, findings)
    if file not in files:
        page.wrong(0, "file.missing", f"every pack has a {file}")
        return {}
    node = read_yaml(file, files[file], findings)
    where.note(file, 1, "words", language)
    words: dict[str, str] = {}
    sections = page.fields(node, "the words", tuple(WORD_SECTIONS))
    for section, entries in sections.values.items():
        prefix = WORD_SECTIONS.get(section)
        if prefix is None:
            continue
        where.note(file, sections.lines[section], "words", language, prefix)
        found = page.open_fields(entries, section)
        for name, word in found.values.items():
            line = found.lines[name]
            if not is_name(name):
                page.wrong(line, "name.bad", f'{section}: "{name}" is no name')
                continue
            where.note(file, line, "words", language, prefix, name)
            words[f"{prefix}.{name}"] = page.within(f"{section}: {name}").text(word, "the word").strip()
    return words


def parse_letters(files: Mapping[str, str], findings: Findings, where: Where) -> dict[str, dict[str, str]]:
    """Return each letter's text by name and language. Its first line is `# ` and the subject."""
    letters: dict[str, dict[str, str]] = {}
    for file in sorted(files):
        if not file.startswith("letters/"):
            continue
        name, _, language = file.removeprefix("letters/").removesuffix(".md").rpartition(".")
        if not file.endswith(".md") or not is_name(name) or language not in LANGUAGES:
            findings.add(file, 0, "file.unknown", "a letter's file is named NAME.zh.md or NAME.en.md")
            continue
        where.note(file, 1, "letter", name, language)
        where.note(file, 1, "letter", name)
        letters.setdefault(name, {})[language] = files[file]
        _check_letter(file, files[file], findings)
    for name, texts in letters.items():
        for language in LANGUAGES:
            if language not in texts:
                file, _ = where.find("letter", name)
                findings.add(file, 0, "letter.missing", f'letter "{name}" is not there in {language}')
    return letters


def parse_agreements(files: Mapping[str, str], findings: Findings) -> dict[str, str]:
    """Return the text of a pack's agreements by language; like a letter's, its first line is the title."""
    found: dict[str, str] = {}
    for file in sorted(files):
        if file.startswith("agreements/"):
            language = file.removeprefix("agreements/agreement.").removesuffix(".md")
            if language not in LANGUAGES:
                known = "agreement.zh.md and agreement.en.md"
                findings.add(file, 0, "file.unknown", f"agreements/ holds {known}, no others")
                continue
            found[language] = files[file]
            _check_letter(file, files[file], findings, AGREEMENT_PLACEHOLDERS)
    return found


def _check_letter(file: str, text: str, findings: Findings, known: Sequence[str] = PLACEHOLDERS) -> None:
    if len(text) > LONGEST_LETTER:
        findings.add(file, 0, "text.too_long", f"letter is longer than {LONGEST_LETTER} characters")
        return
    subject, _, body = text.partition("\n")
    if not (subject.startswith("# ") and subject[2:].strip() and body.strip()):
        findings.add(file, 1, "letter.shape", 'a letter begins with "# " and its subject, then its words')
    for number, line in enumerate(text.split("\n"), start=1):
        for found in _BRACES.finditer(line):
            if found[1] is None:
                findings.add(file, number, "letter.brace", "a brace that opens or closes nothing")
            elif found[1] not in known:
                findings.unknown(file, number, "unknown placeholder", found[1], known)
