"""`yuzhi receipt`: receipts shown and checked, the log published, watched over and cosigned."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from yuzhi.capabilities.receipts import (
    COSIGNATURE,
    LogFolder,
    Source,
    VerifierKey,
    check_receipt,
    cosign,
    picture,
    rotate,
    signing_key,
    to_json,
)
from yuzhi.doors.cli import _log_tasks as tasks
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli._log_source import HttpSource
from yuzhi.doors.cli.output import JsonFlag, Output

app = group("Receipts: show, verify; the log: publish, hold against the journal, cosign.")
log = group("The log: publish it, prove it, hold the journal against it.")
app.add_typer(log, name="log")


@dataclass(frozen=True)
class Needs:
    """How the log is opened (with its database), and what is known of it without: keys, page, key file."""

    open: tasks.Open
    keys: Callable[[], tuple[VerifierKey, ...]]
    key_file: Path
    page: str
    now: Callable[[], datetime]
    chance: Callable[[int], bytes]


Keys = Annotated[
    list[Path] | None, typer.Option("--key", help="A file of verifier keys, one a line.", metavar="KEYFILE")
]


@app.command()
def show(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The matter's number.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Write the receipt to this file.")] = None,
    slip: Annotated[Path | None, typer.Option(help="Write the slip's QR code here (.svg, .png).")] = None,
    json: JsonFlag = False,
) -> None:
    """Show a matter's receipt, and write it or the QR code for its slip of paper."""
    needs = needed(ctx, Needs)
    receipt, printed = asyncio.run(tasks.receipt_and_slip(needs.open, number, needs.page))
    if out is not None:
        out.write_bytes(to_json(receipt) + b"\n")
    if slip is not None:
        slip.write_bytes(picture(printed, "png" if slip.suffix.lower() == ".png" else "svg"))
    output = Output(json=json)
    if json:
        return output.data(receipt)
    output.facts({"number": number, "leaf": printed.leaf, "address": printed.address})
    rows: list[tuple[object, ...]] = [(one.seq, one.index, one.leaf) for one in receipt.entries]
    output.table(("entry", "index", "leaf"), rows + [(one.seq, None, one.leaf) for one in receipt.waiting])
    output.say(receipt.checkpoint)
    return None


@app.command()
def verify(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The receipt; - for standard input.", metavar="FILE")],
    *,
    key: Keys = None,
    witnesses: Annotated[int, typer.Option(help="How many witnesses must have signed.", min=0)] = 0,
    json: JsonFlag = False,
) -> None:
    """Check a receipt with public keys alone, offline. Without --key: those of this installation's log."""
    keys = tasks.keys_in(key) if key else needed(ctx, Needs).keys()
    content = sys.stdin.buffer.read() if str(file) == "-" else tasks.read(file)
    checked = check_receipt(content, keys, witnesses=witnesses)
    output = Output(json=json)
    if json:
        output.data(checked)
    else:
        output.facts(
            {
                "holds": "no" if checked.faults else "yes", "number": checked.number, "log": checked.origin,
                "size": checked.size, "entries": len(checked.entries), "waiting": checked.waiting,
                "witnesses": ", ".join(one.name for one in checked.witnesses) or None,
            }
        )  # fmt: skip
        if checked.faults:
            output.table(("entry", "fault"), [(fault.seq or None, fault.code) for fault in checked.faults])
    if checked.faults:
        raise typer.Exit(1)


@app.command()
def witness(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(help="The log's folder, or its address (http, https).")],
    *,
    name: Annotated[str, typer.Option(help="The witness's name, such as witness.example/w1.")],
    home: Annotated[Path, typer.Option(help="The witness's own folder: its key, and what it last saw.")],
    key: Keys = None,
    json: JsonFlag = False,
) -> None:
    """Cosign the log's checkpoint if it continues the one last seen; refuse a fork. For others to run."""
    needs = needed(ctx, Needs)
    keys = tasks.keys_in(key) if key else needs.keys()
    signer = signing_key(home / "witness.key", name, needs.chance(32), kind=COSIGNATURE)
    is_address = source.startswith(("http://", "https://"))
    seen: Source = HttpSource(source) if is_address else LogFolder(Path(source))
    said = cosign(seen, keys, signer, home / "seen", needs.now)
    Output(json=json).facts(
        {
            "origin": said.origin, "before": said.before, "size": said.size, "line": said.line.rstrip("\n"),
            "verifier": str(signer.verifier),
        }
    )  # fmt: skip


@log.command()
def status(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Tell the log's name, keys and newest checkpoint."""
    found, shown = asyncio.run(tasks.standing(needed(ctx, Needs).open))
    Output(json=json).facts(
        {
            "origin": found.origin, "folder": str(found.folder.path), "size": shown.size if shown else None,
            "root": shown.root.hex() if shown else None, "keys": [str(key) for key in found.verifiers()],
        }
    )  # fmt: skip


@log.command()
def publish(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Bring the log up to the journal, as the worker does every second."""
    output = Output(json=json)
    with output.progress("publishing") as advance:
        done = asyncio.run(tasks.catch_up(needed(ctx, Needs).open, advance))
    output.facts({"size": done.size, "added": done.added} if done else {"busy": "another process is at it"})


@log.command("consistency")
def prove_consistency(
    ctx: typer.Context,
    before: Annotated[int, typer.Argument(help="The smaller size.", min=0)],
    after: Annotated[int, typer.Argument(help="The larger size.", min=0)],
    *,
    json: JsonFlag = False,
) -> None:
    """Prove that the log of one size continues the log of another (RFC 6962 §2.1.2)."""
    found = asyncio.run(tasks.prove(needed(ctx, Needs).open, before, after))
    output = Output(json=json)
    if json:
        return output.data(found)
    output.facts({"before": found.before, "its root": found.root_before})
    output.facts({"after": found.after, "its root": found.root_after})
    for step in found.proof:
        output.say(step)
    return None


@log.command("verify")
def hold_journal(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Hold every journal entry against the log and name what was altered. Exit 1 if anything was."""
    output = Output(json=json)
    with output.progress("holding the journal against the log") as advance:
        found = asyncio.run(tasks.hold(needed(ctx, Needs).open, advance))
    if json:
        output.data(found)
    else:
        counts = {"size": found.size, "entries": found.entries, "waiting": found.waiting}
        output.facts({**counts, "altered": len(found.altered)})
        rows = [(one.code, one.matter, one.seq or None, one.index, one.tile or None) for one in found.altered]
        if rows:
            output.table(("what", "matter", "entry", "index", "tile"), rows)
    if found.altered:
        raise typer.Exit(1)


@log.command()
def cosigned(
    ctx: typer.Context,
    size: Annotated[int, typer.Argument(help="The size of the checkpoint that was cosigned.", min=0)],
    file: Annotated[Path, typer.Argument(help="The witnesses' lines; - for standard input.", metavar="FILE")],
    *,
    key: Keys = None,
    json: JsonFlag = False,
) -> None:
    """Keep witnesses' signature lines, so that the checkpoint and receipts show them. --key: their keys."""
    lines = sys.stdin.read() if str(file) == "-" else tasks.read(file).decode("utf-8", "replace")
    kept = asyncio.run(tasks.keep(needed(ctx, Needs).open, lines, tasks.keys_in(key or []), size))
    Output(json=json).facts({"kept": kept})


@log.command("rotate-key")
def rotate_key(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Give the log a new key and destroy the old private one; its public half is kept for old receipts."""
    needs = needed(ctx, Needs)
    found, _ = asyncio.run(tasks.standing(needs.open))
    new = rotate(needs.key_file, found.folder, found.signer(), needs.chance(32))
    Output(json=json).facts({"verifier": str(new.verifier)})
