"""`yuzhi understand ...`: train, measure and use what understands residents' words, on files."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from errno import EISDIR
from os import strerror
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated

import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding import category, dispatch, issues, replies
from yuzhi.capabilities.understanding.category import training as category_training
from yuzhi.capabilities.understanding.dispatch import training as dispatch_training
from yuzhi.capabilities.understanding.replies import training as replies_training
from yuzhi.capabilities.understanding.text import Row, read_rows, words_of
from yuzhi.doors.cli import group
from yuzhi.doors.cli.output import JsonFlag, Output

app = group("Understand residents' words: categories, hot issues, duplicates, replies, routes.")

TextColumns = Annotated[
    list[str], typer.Option("--text", help="Column of the text; the first of several is the subject.")
]
LabelColumns = Annotated[list[str], typer.Option("--label", help="Column of the label; several are levels.")]
ModelFile = Annotated[Path, typer.Option("--model", help="Model file, as written by `train`.")]
Catalogue = Annotated[
    Path | None,
    typer.Option("--catalogue", help="CSV of categories, a column a level; stands in for a missing model."),
]
DEFAULT_TEXT = ["subject", "detail"]
DEFAULT_LABEL = ["label"]
CATEGORY_LEVELS = ["event_type", "main_type", "sub_type"]
PLACE_LEVELS = ["street", "community"]


def _messages(rows: Sequence[Row], text: Sequence[str]) -> list[category.Message]:
    return [words_of(row, text) for row in rows]


def _labels(rows: Sequence[Row], label: Sequence[str]) -> list[str]:
    return ["/".join(filter(None, (row.get(column, "").strip() for column in label))) for row in rows]


def _catalogue(path: Path) -> list[str]:
    return ["/".join(filter(None, (value.strip() for value in row.values()))) for row in read_rows(path)]


def _loaded(model: Path, catalogue: Path | None, levels: int | None, out: Output) -> category.CategoryModel:
    """Load a model; where that fails and a catalogue is at hand, say so and start cold."""
    try:
        return category.load_model(model)
    except Refusal as refusal:
        if catalogue is None:
            raise
        out.note(f"warning: {refusal}; suggesting from the words of {catalogue} alone")
        return category.cold_model(_catalogue(catalogue), levels=levels)


def _writable(out: Path) -> Path:
    """Return where a model is to lie; raise `file.unwritable` before the time of training is spent."""
    try:
        if out.is_dir():
            raise IsADirectoryError(EISDIR, strerror(EISDIR))
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out.parent):
            return out
    except OSError as trouble:
        raise Refusal("file.unwritable", file=str(out), trouble=trouble.strerror or "") from trouble


@app.command()
def train(
    source: Annotated[Path, typer.Option("--from", help="Table of labelled messages.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the model.")],
    *,
    text: TextColumns = DEFAULT_TEXT,
    label: LabelColumns = DEFAULT_LABEL,
    json: JsonFlag = False,
) -> None:
    """Learn categories from labelled messages and write a model file."""
    output, out = Output(json=json), _writable(out)
    rows = read_rows(source, needs=(*text, *label))
    with output.progress("learning categories") as advance:
        model = category_training.train(
            _messages(rows, text), _labels(rows, label), progress=lambda _: advance()
        )
        category.save_model(model, out)
    output.facts(
        {
            "model": str(out),
            "n": model.trained_on,
            "labels": len(_labels_of(model)),
            "bytes": out.stat().st_size,
        }
    )


def _labels_of(model: category.CategoryModel) -> set[str]:
    return {f"{parent}/{label}" for parent, node in model.nodes.items() for label in node.labels}


@app.command("cold-start")
def cold_start(
    catalogue: Annotated[Path, typer.Option("--catalogue", help="CSV of categories, a column a level.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the model.")],
    *,
    levels: Annotated[int | None, typer.Option(help="Tell only so many levels apart.")] = None,
    json: JsonFlag = False,
) -> None:
    """Make a first model from the words of a category catalogue alone."""
    model = category.cold_model(_catalogue(catalogue), levels=levels)
    category.save_model(model, _writable(out))
    Output(json=json).facts(
        {"model": str(out), "labels": len(_labels_of(model)), "bytes": out.stat().st_size}
    )


@app.command()
def evaluate(
    model: ModelFile,
    on: Annotated[Path, typer.Option("--on", help="Table of labelled messages the model has not seen.")],
    *,
    text: TextColumns = DEFAULT_TEXT,
    label: LabelColumns = DEFAULT_LABEL,
    by: Annotated[
        list[str] | None, typer.Option(help="Column to tell the score by, such as channel or district.")
    ] = None,
    catalogue: Catalogue = None,
    levels: Annotated[int | None, typer.Option(help="Levels of a catalogue's categories.")] = None,
    json: JsonFlag = False,
) -> None:
    """Measure a model on messages it has not seen: F1, calibration, speed, and each group's share."""
    output = Output(json=json)
    rows = read_rows(on, needs=(*text, *label, *(by or ())))
    using = _loaded(model, catalogue, levels, output)
    found = category.score(
        using,
        _messages(rows, text),
        _labels(rows, label),
        groups={column: [row[column] for row in rows] for column in by or ()},
    )
    if json:
        output.data(found)
        return
    told = {
        name: getattr(found, name) for name in found.__struct_fields__ if name not in {"groups", "labels"}
    }
    output.facts(told)
    output.table(("label", "F1"), sorted(found.labels.items()))
    output.table(
        ("by", "group", "n", "macro F1", "micro F1"),
        [(one.of, one.group, one.n, one.macro_f1, one.micro_f1) for one in found.groups],
    )


@app.command()
def classify(
    file: Annotated[Path, typer.Argument(help="Table of messages.")],
    model: ModelFile,
    *,
    text: TextColumns = DEFAULT_TEXT,
    top: Annotated[int, typer.Option(min=1, max=20, help="Categories to suggest for each message.")] = 3,
    catalogue: Catalogue = None,
    levels: Annotated[int | None, typer.Option(help="Levels of a catalogue's categories.")] = None,
    json: JsonFlag = False,
) -> None:
    """Suggest categories for each message, with probabilities and the words that speak for them."""
    output = Output(json=json)
    rows = read_rows(file, needs=text)
    using = _loaded(model, catalogue, levels, output)
    messages = _messages(rows, text)
    guesses = []
    with output.progress("classifying", total=len(messages)) as advance:
        for begin in range(0, len(messages), 500):
            part = messages[begin : begin + 500]
            guesses += using.suggest(part, most=top)
            advance(len(part))
    if json:
        output.data(
            [
                {"row": at, "id": row.get("msg_id") or row.get("id") or str(at), "suggestions": guess}
                for at, (row, guess) in enumerate(zip(rows, guesses, strict=True), start=1)
            ]
        )
        return
    output.table(
        ("row", "category", "probability", "words"),
        [
            (at, one.label, one.probability, " ".join(one.words))
            for at, guess in enumerate(guesses, start=1)
            for one in guess
        ],
    )


@app.command()
def retrain(
    shelf: Annotated[Path, typer.Option("--shelf", help="Folder of model versions.")],
    source: Annotated[Path, typer.Option("--from", help="Table of labelled or closed matters.")],
    newest: Annotated[
        Path, typer.Option("--newest", help="The newest closed matters, kept out of training.")
    ],
    *,
    text: TextColumns = DEFAULT_TEXT,
    label: LabelColumns = DEFAULT_LABEL,
    json: JsonFlag = False,
) -> None:
    """Train a new version, compare it with the serving one on the newest matters, promote it if not worse."""
    output = Output(json=json)
    rows, fresh = read_rows(source, needs=(*text, *label)), read_rows(newest, needs=(*text, *label))
    with output.progress("learning categories") as advance:
        model = category_training.train(
            _messages(rows, text), _labels(rows, label), progress=lambda _: advance()
        )
    promotion = category.ModelShelf(shelf).offer(model, _messages(fresh, text), _labels(fresh, label))
    output.facts({name: getattr(promotion, name) for name in promotion.__struct_fields__})


@app.command()
def versions(
    shelf: Annotated[Path, typer.Option("--shelf", help="Folder of model versions.")],
    *,
    json: JsonFlag = False,
) -> None:
    """List the model versions of a shelf and which one serves."""
    kept = category.ModelShelf(shelf)
    served = kept.served()
    Output(json=json).table(
        ("version", "serves", "served"),
        [(one, bool(served) and one == served[-1], one in served) for one in kept.versions()],
    )


@app.command("roll-back")
def roll_back(
    shelf: Annotated[Path, typer.Option("--shelf", help="Folder of model versions.")],
    *,
    json: JsonFlag = False,
) -> None:
    """Let the model version serve that served before."""
    Output(json=json).facts({"serving": category.ModelShelf(shelf).roll_back()})


def _instant(row: Row, column: str, path: Path, line: int) -> datetime:
    try:
        found = datetime.fromisoformat(row[column].strip().replace("/", "-"))
    except ValueError as error:
        raise Refusal(
            "understanding.bad-file", path=str(path), line=line, why=f"{column}: {error}"
        ) from error
    # Files without a zone are taken as of one zone: only distances in time matter here.
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _count(row: Row, column: str) -> int:
    text = row.get(column, "").strip()
    return int(float(text)) if text.replace(".", "", 1).isdigit() else 0


@app.command()
def hot(
    file: Annotated[Path, typer.Argument(help="Table of messages.")],
    *,
    top: Annotated[int, typer.Option(min=1, help="Issues to tell.")] = 5,
    text: TextColumns = DEFAULT_TEXT,
    at: Annotated[str, typer.Option("--time", help="Column of the time.")] = "created",
    id_column: Annotated[str, typer.Option("--id", help="Column of the message's id.")] = "msg_id",
    requester: Annotated[str, typer.Option(help="Column of the requester, if any.")] = "user_id",
    likes: Annotated[str, typer.Option(help="Column of likes, if any.")] = "likes",
    dislikes: Annotated[str, typer.Option(help="Column of dislikes, if any.")] = "dislikes",
    place: Annotated[str, typer.Option(help="Column of a territory code, if any.")] = "territory",
    json: JsonFlag = False,
) -> None:
    """Find the hottest issues: title, place, period, members, and heat with its parts."""
    output = Output(json=json)
    rows = read_rows(file, needs=(*text, at))
    messages = []
    for line, row in enumerate(rows, start=2):
        subject, body = words_of(row, text)
        messages.append(
            issues.Message(
                id=row.get(id_column) or str(line - 1),
                subject=subject,
                text=body,
                at=_instant(row, at, file, line),
                requester=row.get(requester, ""),
                likes=_count(row, likes),
                dislikes=_count(row, dislikes),
                place=row.get(place, ""),
            )
        )
    with output.progress("grouping messages", total=len(messages)) as advance:
        waiting = [len(messages)]

        def tell(left: int) -> None:
            advance(waiting[0] - left)
            waiting[0] = left

        found = issues.hot_issues(messages, top=top, progress=tell)
    if json:
        output.data({"n": len(messages), "issues": found})
        return
    output.table(
        ("heat", "messages", "title", "place", "from", "to", "voices", "recency", "growth"),
        [
            (
                one.heat.heat,
                len(one.members),
                one.title,
                one.place,
                one.first_at.date(),
                one.last_at.date(),
                one.heat.voices,
                one.heat.recency,
                one.heat.growth,
            )
            for one in found
        ],
    )


@app.command()
def duplicates(
    file: Annotated[Path, typer.Argument(help="Table of messages, in the order they came.")],
    *,
    text: TextColumns = DEFAULT_TEXT,
    id_column: Annotated[str, typer.Option("--id", help="Column of the message's id.")] = "msg_id",
    least: Annotated[float, typer.Option(min=0.3, max=1, help="Share of character pairs in common.")] = 0.6,
    json: JsonFlag = False,
) -> None:
    """Find messages that nearly repeat an earlier one."""
    output = Output(json=json)
    rows = read_rows(file, needs=text)
    index = issues.DuplicateIndex()
    found: list[tuple[str, tuple[issues.NearDuplicate, ...]]] = []
    with output.progress("comparing messages", total=len(rows)) as advance:
        for at, row in enumerate(rows, start=1):
            name, words = row.get(id_column) or str(at), "\n".join(words_of(row, text))
            near = index.find(words, least=least)
            if near:
                found.append((name, near))
            index.add((name,), (words,))
            advance()
    if json:
        output.data({"n": len(rows), "duplicates": [{"id": name, "repeats": near} for name, near in found]})
        return
    output.table(
        ("message", "repeats", "alike"),
        [(name, one.id, one.alike) for name, near in found for one in near],
    )


route = group("Units learnt from where matters went.")
app.add_typer(route, name="route")


@route.command("evaluate")
def evaluate_route(
    file: Annotated[Path, typer.Argument(help="Table of matters with the unit that handled each.")],
    *,
    category_columns: Annotated[
        list[str], typer.Option("--category", help="Column of a category level, wide ones first.")
    ] = CATEGORY_LEVELS,
    place: Annotated[list[str], typer.Option(help="Column of a place, wide ones first.")] = PLACE_LEVELS,
    channel: Annotated[str, typer.Option(help="Column of the channel.")] = "source",
    kind: Annotated[str, typer.Option(help="Column of the kind of request.")] = "property",
    unit: Annotated[str, typer.Option(help="Column of the unit.")] = "dispose_unit",
    at: Annotated[str, typer.Option("--time", help="Column of the day or time.")] = "created_date",
    order: Annotated[str, typer.Option(help="Column that orders a day's matters, if any.")] = "rec_id",
    share: Annotated[float, typer.Option(min=0.1, max=0.95, help="Share, by time, to learn from.")] = 0.8,
    json: JsonFlag = False,
) -> None:
    """Measure dispatch in time order: learn from the earlier matters, be asked about the later ones."""
    output = Output(json=json)
    rows = read_rows(file, needs=(*category_columns, *place, unit, at))
    dated = [
        (_instant(row, at, file, line).date(), _count(row, order), row)
        for line, row in enumerate(rows, start=2)
    ]
    dated.sort(key=lambda one: one[:2])
    cases = [
        dispatch.Case(
            category=tuple(row[column] for column in category_columns),
            places=tuple(row[column] for column in place),
            channel=row.get(channel, ""),
            kind=row.get(kind, ""),
            on=day,
        )
        for day, _, row in dated
    ]
    with output.progress("replaying", total=4) as advance:
        found = dispatch_training.replay(
            cases, [row[unit] for _, _, row in dated], share=share, progress=advance
        )
    if json:
        output.data(found)
        return
    output.facts({name: getattr(found, name) for name in found.__struct_fields__ if name != "thresholds"})
    output.table(
        ("threshold", "sent by itself", "of these rightly"),
        [(one.threshold, one.sent, one.right) for one in found.thresholds],
    )


replies_app = group("Quality of official answers.")
app.add_typer(replies_app, name="replies")

MarkColumn = Annotated[str, typer.Option("--mark", help="Column of people's marks, 1 good and 0 not.")]
ReplyColumn = Annotated[str, typer.Option("--reply", help="Column of the official answer.")]
AskedColumn = Annotated[str, typer.Option("--asked", help="Column of the time of the question, if any.")]
RepliedColumn = Annotated[str, typer.Option("--replied", help="Column of the time of the answer, if any.")]
DEFAULT_MARK = "human_explainable_teamA"


def _took(row: Row, asked: str, replied: str) -> timedelta | None:
    try:
        return datetime.fromisoformat(row[replied].replace("/", "-")) - datetime.fromisoformat(
            row[asked].replace("/", "-")
        )
    except (KeyError, ValueError, TypeError):
        return None


def _answers(
    path: Path, text: Sequence[str], reply: str, asked: str, replied: str, mark: str
) -> tuple[list[replies.Answer], list[bool]]:
    answers, marks = [], []
    for line, row in enumerate(read_rows(path, needs=(*text, reply, mark)), start=2):
        told = row[mark].strip()
        if not told:
            continue
        if told not in {"0", "1"}:
            raise Refusal(
                "understanding.bad-file", path=str(path), line=line, why=f"{mark} is {told!r}, not 0 or 1"
            )
        answers.append(replies.Answer("\n".join(words_of(row, text)), row[reply], _took(row, asked, replied)))
        marks.append(told == "1")
    return answers, marks


@replies_app.command("train")
def train_replies(
    source: Annotated[Path, typer.Option("--from", help="Table of questions with marked answers.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the model.")],
    *,
    text: TextColumns = DEFAULT_TEXT,
    reply: ReplyColumn = "reply",
    asked: AskedColumn = "created",
    replied: RepliedColumn = "replied",
    mark: MarkColumn = DEFAULT_MARK,
    json: JsonFlag = False,
) -> None:
    """Learn what the aspects of an answer weigh, from marked answers."""
    output, out = Output(json=json), _writable(out)
    with output.progress("weighing answers"):
        model = replies_training.train_replies(*_answers(source, text, reply, asked, replied, mark))
    replies.save_replies(model, out)
    output.facts({"model": str(out), "n": model.trained_on})


@replies_app.command("evaluate")
def evaluate_replies(
    on: Annotated[Path, typer.Option("--on", help="Table of questions with marked answers.")],
    *,
    model: Annotated[
        Path | None, typer.Option("--model", help="Model file; cross-validated on the table without one.")
    ] = None,
    text: TextColumns = DEFAULT_TEXT,
    reply: ReplyColumn = "reply",
    asked: AskedColumn = "created",
    replied: RepliedColumn = "replied",
    mark: MarkColumn = DEFAULT_MARK,
    json: JsonFlag = False,
) -> None:
    """Compare the quality of answers with people's marks (rank correlation)."""
    output = Output(json=json)
    using = None if model is None else replies.load_replies(model)
    with output.progress("weighing answers"):
        found = replies_training.score_replies(*_answers(on, text, reply, asked, replied, mark), using)
    output.data(found) if json else output.facts(
        {name: getattr(found, name) for name in found.__struct_fields__}
    )


@replies_app.command("check")
def check_replies(
    file: Annotated[Path, typer.Argument(help="Table of questions and answers.")],
    *,
    model: Annotated[
        Path | None, typer.Option("--model", help="Model file, as written by `replies train`.")
    ] = None,
    text: TextColumns = DEFAULT_TEXT,
    reply: ReplyColumn = "reply",
    asked: AskedColumn = "created",
    replied: RepliedColumn = "replied",
    json: JsonFlag = False,
) -> None:
    """Weigh each answer and warn of empty ones."""
    output = Output(json=json)
    using = replies.ReplyModel() if model is None else replies.load_replies(model)
    rows = read_rows(file, needs=(*text, reply))
    checks = []
    with output.progress("weighing answers", total=len(rows)) as advance:
        for row in rows:
            question = "\n".join(words_of(row, text))
            checks.append(using.check(replies.Answer(question, row[reply], _took(row, asked, replied))))
            advance()
    if json:
        output.data([{"row": at, "check": check} for at, check in enumerate(checks, start=1)])
        return
    output.table(
        ("row", "quality", "warning", "relevance", "completeness", "explanation"),
        [
            (
                at,
                one.quality,
                one.warning,
                one.aspects.relevance.value,
                one.aspects.completeness.value,
                one.aspects.explanation.value,
            )
            for at, one in enumerate(checks, start=1)
        ],
    )
