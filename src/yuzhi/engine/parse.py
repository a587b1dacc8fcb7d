"""Reads a pack: from the text of its files to a frozen `Pack`, or every problem in them at once.

It opens no file. What it refuses are words nobody knows and shapes nobody can use; whether the
procedure makes sense is asked by `check`.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from yuzhi.base.refusal import Refusal
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.lines import LONGEST_FILE, read_yaml
from yuzhi.engine.parse_catalogue import CATALOGUE, ROUTING, parse_categories, parse_routing
from yuzhi.engine.parse_clocks import Names
from yuzhi.engine.parse_forms import parse_forms
from yuzhi.engine.parse_guide import FILE as GUIDE
from yuzhi.engine.parse_guide import parse_guide
from yuzhi.engine.parse_head import FILE, Head, parse_head
from yuzhi.engine.parse_procedure import Around, parse_procedure
from yuzhi.engine.parse_sensors import parse_sensors
from yuzhi.engine.parse_words import parse_agreements, parse_letters, parse_words
from yuzhi.engine.problems import Findings, Problem
from yuzhi.engine.reading import Page
from yuzhi.engine.where import Where

MOST_FILES = 500
FOLDERS = ("procedures", "forms", "words", "letters", "catalogue", "examples", "agreements", "sensors")
_TOP = (FILE, ROUTING, GUIDE)
_ENDINGS = {"procedures": ".yaml", "examples": ".yaml", "words": ".yaml", "sensors": ".yaml"}


def parse_pack(files: Mapping[str, str]) -> Pack:
    """Return the pack whose files (path inside its folder -> text) are given.

    Raises Refusal `pack.unsound` with `problems`, a tuple of `Problem`, when anything in them is not
    known or not readable.
    """
    pack, _ = read_pack(files)
    return pack


def read_pack(files: Mapping[str, str]) -> tuple[Pack, Where]:
    """Return a pack and where each thing in it stands; raise as `parse_pack` does."""
    findings, where = Findings(), Where()
    pack = _pack(files, findings, where)
    if findings.count:
        raise unsound(findings.sorted())
    return pack, where


def unsound(problems: Iterable[Problem]) -> Refusal:
    """Return the refusal of a pack with these problems; `errors` tells each as a refusal of its own."""
    told = tuple(problems)
    errors = tuple(Refusal("pack.problem", file=one.file, line=one.line, message=one.message) for one in told)
    return Refusal("pack.unsound", problems=told, errors=errors)


def digest_of(files: Mapping[str, str]) -> str:
    """Return the SHA-256, in hex, over the paths and texts of a pack's files in the order of their paths."""
    total = sha256()
    for path in sorted(files):
        content = files[path].encode("utf-8", "surrogatepass")
        total.update(f"{path}\0{len(content)}\0".encode("utf-8", "surrogatepass") + content)
    return total.hexdigest()


def _pack(files: Mapping[str, str], findings: Findings, where: Where) -> Pack:
    _check_files(files, findings)
    head = _head(files, findings, where)
    words = parse_words(files, findings, where)
    unit_kinds = sorted(
        {
            key.removeprefix("unit_kind.")
            for told in words.values()
            for key in told
            if key.startswith("unit_kind.")
        }
    )
    forms = parse_forms(files, findings, where)
    letters = parse_letters(files, findings, where)
    categories, category_words = parse_categories(files, unit_kinds, findings, where)
    around = Around(
        pack=head.name, version=head.version, duties=head.duties, forms=forms, letters=letters,
        categories=[category.code for category in categories], basis=head.titles,
    )  # fmt: skip
    procedures = _procedures(files, around, findings, where)
    routing, learnt = parse_routing(files, _union(procedures, around), unit_kinds, findings, where)
    return Pack(
        name=head.name,
        version=head.version,
        in_force_from=head.in_force_from,
        duties=head.duties,
        basis=head.basis,
        procedures=procedures,
        forms=forms,
        words={language: {**told, **category_words[language]} for language, told in words.items()},
        letters=letters,
        categories=categories,
        routing=routing,
        learnt_dispatch=learnt,
        digest=digest_of(files),
        parameters=head.parameters,
        sensors=parse_sensors(files, procedures, around.categories, findings, where),
        guide=parse_guide(files, head.titles, findings),
        agreements=parse_agreements(files, findings),
    )


def _check_files(files: Mapping[str, str], findings: Findings) -> None:
    if len(files) > MOST_FILES:
        findings.add(FILE, 0, "pack.too_large", f"more than {MOST_FILES} files")
    for path in sorted(files):
        folder, slash, rest = path.partition("/")
        if not slash:
            if path not in _TOP and not path.endswith(".md"):
                findings.unknown(path, 0, "unknown file", path, _TOP)
        elif folder not in FOLDERS:
            findings.unknown(path, 0, "unknown folder", folder, FOLDERS)
        elif "/" in rest or not rest.endswith(_ENDINGS.get(folder, "")):
            findings.add(
                path, 0, "file.unknown", f"{folder}/ holds files such as {_sample(folder)}, no others"
            )
        elif (folder == "catalogue" and path != CATALOGUE) or (
            folder == "words" and rest not in {"zh.yaml", "en.yaml"}
        ):
            findings.add(path, 0, "file.unknown", f"{folder}/ holds {_sample(folder)}, no others")


def _sample(folder: str) -> str:
    samples = {"procedures": "NAME.yaml", "words": "zh.yaml and en.yaml", "catalogue": "categories.csv"}
    return samples.get(folder, "NAME.yaml")


def _head(files: Mapping[str, str], findings: Findings, where: Where) -> Head:
    if FILE not in files:
        findings.add(FILE, 0, "file.missing", "every pack has a pack.toml")
        return Head()
    if len(files[FILE]) > LONGEST_FILE:
        findings.add(FILE, 0, "file.too_large", f"file has more than {LONGEST_FILE:,} characters")
        return Head()
    return parse_head(files[FILE], findings, where)


def _procedures(
    files: Mapping[str, str], around: Around, findings: Findings, where: Where
) -> tuple[Procedure, ...]:
    procedures: dict[str, Procedure] = {}
    for file in sorted(files):
        if not file.startswith("procedures/"):
            continue
        page = Page(file, findings)
        node = read_yaml(file, files[file], findings)
        procedure = None if node is None else parse_procedure(page, node, around, where)
        if procedure is None:
            continue
        if procedure.name in procedures:
            page.wrong(1, "name.twice", f'procedure "{procedure.name}" is in two files')
        procedures[procedure.name] = procedure
    if not procedures and not findings.count:
        findings.add("procedures/", 0, "file.missing", "every pack has a procedure in procedures/")
    return tuple(procedures.values())


def _union(procedures: tuple[Procedure, ...], around: Around) -> Names:
    """Return what routing rules may refer to: the names of all procedures of the pack."""
    openings = [procedure.opening for procedure in procedures]
    return Names(
        procedure="", states=(), ends=(), steps=(), clocks=(), outcomes=(), duties=around.duties,
        kinds=tuple(dict.fromkeys(kind for opening in openings for kind in opening.kinds)),
        urgencies=tuple(dict.fromkeys(urgency for opening in openings for urgency in opening.urgencies)),
        channels=tuple(dict.fromkeys(channel for opening in openings for channel in opening.channels)),
        forms=around.forms, letters=around.letters, categories=around.categories, basis=around.basis,
    )  # fmt: skip
