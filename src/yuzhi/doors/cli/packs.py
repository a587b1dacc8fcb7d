"""`yuzhi packs`: check packs, explain and draw their procedures, run their examples, walk them at random."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.packs import ReadPack, Shelf, explained, find_packs, load_shelf, open_pack
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.check_together import check_together
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.diagram import mermaid, svg
from yuzhi.engine.examples import Example, ExampleResult, parse_examples, run_examples
from yuzhi.engine.problems import Problem
from yuzhi.engine.simulate import Report
from yuzhi.engine.simulate import simulate as walk

Language = Literal["zh", "en"]

app = group("Packs: check, explain, diagram, run, simulate, list.")


@dataclass(frozen=True)
class Needs:
    """What these commands are handed: folders of packs, a calendar when one is asked for, the language."""

    packs: tuple[Path, ...]
    calendar: Callable[[], Calendar]
    language: Language

    def shelf(self, more: list[Path] | None) -> Shelf:
        """Return the shelf of the installation's packs and those in some more folders."""
        return load_shelf((*self.packs, *(more or [])))


Lang = Annotated[str, typer.Option("--lang", help="zh or en; usually the installation's own language.")]
More = Annotated[
    list[Path] | None, typer.Option("--in", metavar="DIR", help="One more pack, or folder of packs.")
]
Version = Annotated[str | None, typer.Option(help="Of the pack; usually the one in force.")]


@app.command("check")
def check_packs(
    ctx: typer.Context,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DIR...", help="Packs, or folders of packs; usually the installation's."),
    ] = None,
    *,
    json: JsonFlag = False,
) -> None:
    """Tell every unknown word, fault and missing word of packs by file and line; exit 1 if there is one."""
    out = Output(json=json)
    found = find_packs(folders or needed(ctx, Needs).packs)
    if not found:
        raise Refusal("pack.none_there", folders=[str(folder) for folder in folders or ()])
    around = _procedures([*found, *find_packs(needed(ctx, Needs).packs)])
    checked = {folder: _problems(folder, around) for folder in found}
    problems = sum(len(told) for told in checked.values())
    if json:
        packs = [{"folder": folder, "problems": told} for folder, told in checked.items()]
        out.data({"packs": packs, "problems": problems})
    for folder, told_of in checked.items():
        for problem in told_of:
            out.say(f"{folder}/{problem}" if len(found) > 1 else str(problem))
        out.note(f"{folder}: {len(told_of)} problems" if told_of else f"{folder}: sound")
    if problems:
        raise typer.Exit(1)


@app.command("list")
def list_packs(ctx: typer.Context, *, more: More = None, json: JsonFlag = False) -> None:
    """List the packs at hand with their versions and procedures."""
    shelf = needed(ctx, Needs).shelf(more)
    rows = []
    for pack in shelf.packs:
        procedures = ", ".join(one.name for one in pack.procedures)
        rows.append((pack.name, pack.version, pack.in_force_from, procedures, pack.digest[:12]))
    Output(json=json).table(("pack", "version", "in force from", "procedures", "digest"), rows)


@app.command()
def explain(
    ctx: typer.Context,
    procedure: str,
    *,
    lang: Lang = "",
    more: More = None,
    version: Version = None,
    json: JsonFlag = False,
) -> None:
    """Tell PROCEDURE in plain sentences, its time limits with what they rest on."""
    needs = needed(ctx, Needs)
    shelf = needs.shelf(more)
    defined, pack = _procedure(shelf, procedure, version)
    language = _language(lang, needs)
    text = explained(shelf, pack, defined, language)
    _give(Output(json=json), defined, {"language": language, "text": text}, text)


@app.command()
def diagram(
    ctx: typer.Context,
    procedure: str,
    *,
    is_svg: Annotated[bool, typer.Option("--svg/--mermaid", help="A drawing, or text for Mermaid.")] = True,
    lang: Lang = "",
    more: More = None,
    version: Version = None,
    json: JsonFlag = False,
) -> None:
    """Draw PROCEDURE, as SVG (into a file with `> FILE.svg`) or as Mermaid text."""
    needs = needed(ctx, Needs)
    defined, pack = _procedure(needs.shelf(more), procedure, version)
    drawn = (svg if is_svg else mermaid)(defined, pack.words, _language(lang, needs))
    _give(Output(json=json), defined, {"svg" if is_svg else "mermaid": drawn}, drawn)


@app.command("run")
def run_them(
    ctx: typer.Context,
    example: Annotated[str, typer.Argument(help="A file of examples, a pack's folder, or a pack's name.")],
    *,
    only: Annotated[str, typer.Option(help="Only examples with this in their name.")] = "",
    more: More = None,
    json: JsonFlag = False,
) -> None:
    """Run the examples of a pack against the engine; exit 1 if one does not come out as it says."""
    needs, out = needed(ctx, Needs), Output(json=json)
    read, examples = _examples(example, (*needs.packs, *(more or [])))
    chosen = [one for one in examples if only in one.name]
    if not chosen:
        raise Refusal("example.none_there", given=example, only=only)
    results = run_examples(read.pack, chosen, needs.calendar())
    failed = [result for result in results if not result.is_passed]
    if json:
        out.data({"passed": len(results) - len(failed), "failed": len(failed), "examples": results})
    for result in results:
        _say_result(out, result)
    out.note(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


@app.command()
def simulate(
    ctx: typer.Context,
    procedure: str,
    *,
    matters: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many matters to walk.")] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same walks.")] = 1,
    more: More = None,
    version: Version = None,
    json: JsonFlag = False,
) -> None:
    """Walk matters at random through PROCEDURE; exit 1 if one gets stuck or a clock never stops."""
    needs, out = needed(ctx, Needs), Output(json=json)
    defined, _ = _procedure(needs.shelf(more), procedure, version)
    with out.progress("matters", total=matters) as advance:
        report = walk(defined, matters=matters, seed=seed, calendar=needs.calendar(), moved=advance)
    if json:
        out.data(report)
    else:
        _say_report(out, report)
    if not report.is_clean:
        raise typer.Exit(1)


def _procedures(folders: Iterable[Path]) -> dict[str, Procedure]:
    """Return the procedures of the packs that can be read, by name: what others may hand over to."""
    found: dict[str, Procedure] = {}
    for folder in folders:
        try:
            found |= {one.name: one for one in open_pack(folder).pack.procedures if one.name not in found}
        except Refusal:  # told where that pack itself is checked
            continue
    return found


def _problems(folder: Path, around: Mapping[str, Procedure]) -> tuple[Problem, ...]:
    """Return what is wrong with a pack and its examples, among other packs."""
    try:
        read = open_pack(folder)
        found = (*read.problems(), *check_together(read.pack, read.where, around))
        parse_examples(read.pack, read.files)
    except Refusal as refusal:
        told_of = refusal.facts.get("problems")
        if not isinstance(told_of, tuple):
            raise
        return told_of
    return found


def _procedure(shelf: Shelf, name: str, version: str | None) -> tuple[Procedure, Pack]:
    defined = shelf.procedure(name, version)
    return defined, shelf.pack(defined.pack, defined.version)


def _language(lang: str, needs: Needs) -> Language:
    if lang not in {"", "zh", "en"}:
        raise Refusal("language.unknown", given=lang, known=["zh", "en"])
    return "zh" if lang == "zh" else "en" if lang == "en" else needs.language


def _give(out: Output, procedure: Procedure, told_of: dict[str, str], text: str) -> None:
    if out.is_json:
        out.data({"procedure": procedure.name, "version": procedure.version, **told_of})
    else:
        out.say(text.removesuffix("\n"))


def _examples(given: str, folders: tuple[Path, ...]) -> tuple[ReadPack, list[Example]]:
    """Return the pack a file of examples, a folder or a name stands for, and the examples meant."""
    path = Path(given)
    if path.is_file():
        read = open_pack(path.resolve().parent.parent)
        wanted = f"examples/{path.name}"
        return read, [one for one in parse_examples(read.pack, read.files) if one.file == wanted]
    if path.is_dir():
        read = open_pack(path)
        return read, list(parse_examples(read.pack, read.files))
    for folder in find_packs(folders):
        read = open_pack(folder)
        if read.pack.name == given:
            return read, list(parse_examples(read.pack, read.files))
    raise Refusal("pack.unknown", given=given, known=[folder.name for folder in find_packs(folders)])


def _say_result(out: Output, result: ExampleResult) -> None:
    out.say(f"{'passed' if result.is_passed else 'FAILED'}  {result.file}:{result.line}  {result.name}")
    for failure in result.failures:
        out.say(f"        {failure}")


def _say_report(out: Output, report: Report) -> None:
    out.facts({"procedure": report.procedure, "matters": report.matters, "turns each": report.turns_each})
    out.table(("end", "matters"), list(report.ends.items()))
    out.table(
        ("clock", "started", "breached"),
        [(name, count, report.clocks_breached[name]) for name, count in report.clocks_started.items()],
    )
    if report.never_taken:
        out.say(f"never taken: {', '.join(report.never_taken)}")
    for stuck in report.stuck[:20]:
        out.say(f"stuck: matter {stuck.matter} in {stuck.state}: {stuck.trouble} ({' → '.join(stuck.steps)})")
