"""`yuzhi vault`: who asked, in clear for a purpose; erasing, retention, and the keys.

Whoever types here has the machine; what they do is in the trace under `operator:` and their name. Even so the
identity of those it is kept for one duty is not told here.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import asyncpg
import typer

from yuzhi.base.actor import Actor
from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters, trace, vault
from yuzhi.capabilities.matters import Office
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output
from yuzhi.store.postgres.pool import acquired

Done = TypeVar("Done")

app = group("Personal data: read for a purpose, correct, erase, retention, keys.")

Matter = Annotated[str, typer.Argument(metavar="MATTER", help="A matter's number or id.")]
Purpose = Annotated[str, typer.Option(help=f"What for: {', '.join(vault.MAY_READ)}.")]
FIELDS = ("name", "phone", "email", "address", "id_type", "id_number")


@dataclass(frozen=True)
class Opened:
    """An open database; `key_file` is None when the keys are not ours to change."""

    office: Office
    pool: asyncpg.Pool
    key_file: Path | None


@dataclass(frozen=True)
class Needs:
    """What these commands are handed; `operator` is who types, as the trace names them.

    `adopt` seals what lies outside the vault, in a database of an older version, too.
    """

    open: Callable[[], AbstractAsyncContextManager[Opened]]
    adopt: Callable[[], Awaitable[int]]
    operator: str
    now: Callable[[], datetime]

    @property
    def who(self) -> Actor:
        """Return the operator as somebody who reads."""
        return Actor(hand="operator", id=self.operator.removeprefix("operator:"))


@app.command("show")
def show(
    ctx: typer.Context,
    matter: Matter,
    *,
    purpose: Purpose = "",
    field: Annotated[
        list[str] | None, typer.Option(help="A field to read in clear; repeat for more.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show who asked, masked; with a purpose, in clear and traced."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> dict[str, object]:
        id_, person = await _asked(opened, matter, needs.who)
        keys = opened.office.keys
        async with acquired(opened.pool) as conn:
            if purpose:
                fields = field or sorted(vault.MAY_READ.get(purpose, frozenset(FIELDS)))
                return dict(
                    await vault.reveal(
                        conn, person, fields, purpose=purpose, actor=needs.who, matter=id_, now=needs.now(),
                        keys=keys,
                    )
                )  # fmt: skip
            found = (await vault.masked(conn, [person], keys, needs.who)).get(person)
        if found is None:
            raise Refusal("matter.nobody_asked")
        return {name: getattr(found, name) for name in (*FIELDS, "is_erased") if getattr(found, name)}

    Output(json=json).facts(_run(needs, work))


@app.command("readers")
def readers(ctx: typer.Context, matter: Matter, *, json: JsonFlag = False) -> None:
    """Show who has read, corrected or looked for the data of who asked, and what for."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> list[tuple[object, ...]]:
        _, person = await _asked(opened, matter, needs.who)
        async with acquired(opened.pool) as conn:
            return [
                (one.at, one.act, f"{one.hand}:{one.actor}", one.unit, one.purpose, " ".join(one.fields))
                for one in await vault.who_read(conn, person)
            ]

    Output(json=json).table(("at", "act", "by", "unit", "purpose", "fields"), _run(needs, work))


@app.command("correct")
def correct(
    ctx: typer.Context,
    matter: Matter,
    values: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE…", help="An empty value takes it out.")],
    *,
    json: JsonFlag = False,
) -> None:
    """Put right what is kept of who asked."""
    needs = needed(ctx, Needs)
    changes = dict(one.partition("=")[::2] for one in values)
    if unknown := [name for name in changes if name not in FIELDS]:
        raise Refusal("vault.field_not_needed", purpose="correct", fields=unknown)

    async def work(opened: Opened) -> None:
        id_, person = await _asked(opened, matter, needs.who)
        async with acquired(opened.pool) as conn:
            await vault.correct(
                conn, person, changes, actor=needs.who, matter=id_, now=needs.now(), keys=opened.office.keys
            )

    _run(needs, work)
    Output(json=json).facts({"corrected": sorted(changes)})


@app.command("erase")
def erase(ctx: typer.Context, matter: Matter, *, yes: bool = False, json: JsonFlag = False) -> None:
    """Erase who asked, for good; journal and receipts stay whole."""
    needs = needed(ctx, Needs)
    if not yes:
        typer.confirm("Nobody can bring this back. Erase?", abort=True)

    async def work(opened: Opened) -> int:
        id_, person = await _asked(opened, matter, needs.who)
        async with acquired(opened.pool) as conn:
            return await vault.erase(conn, [person], actor=needs.who, matter=id_, now=needs.now())

    Output(json=json).facts({"erased": _run(needs, work)})


@app.command("due")
def due(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Show how many persons retention is over for; nothing is changed."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> list[tuple[object, ...]]:
        async with acquired(opened.pool) as conn:
            return [
                (one.retention, one.days, one.persons, one.waiting, one.oldest)
                for one in await vault.due(conn, needs.now())
            ]

    Output(json=json).table(("class", "days", "due", "not yet", "oldest"), _run(needs, work))


@app.command("expire")
def expire(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Erase every person retention is over for; see `yuzhi vault due` before."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> int:
        erased = 0
        async with acquired(opened.pool) as conn:
            while some := await vault.expire(conn, needs.now(), needs.who):
                erased += some
        return erased

    Output(json=json).facts({"erased": _run(needs, work)})


@app.command("adopt")
def adopt(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Seal who asked before there was the vault, so that the database can be upgraded; may be run again."""
    needs = needed(ctx, Needs)

    async def work() -> int:
        return await needs.adopt()

    Output(json=json).facts({"sealed": asyncio.run(work())})


@app.command("keys")
def keys(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Show the master keys by name, since when, and how many persons each wraps."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> list[tuple[object, ...]]:
        async with acquired(opened.pool) as conn:
            found = await vault.key_uses(conn)
        current = opened.office.keys.ring.current.id
        return [(one.id, one.since, one.retired_at, one.persons, one.id == current) for one in found]

    Output(json=json).table(("key", "since", "retired", "persons", "in use"), _run(needs, work))


@app.command("add-key")
def add_key(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Make a new master key, in use from now on; copy the key file to where the old copy is."""
    needs = needed(ctx, Needs)
    Output(json=json).facts({"key": _run(needs, lambda opened: _add(opened, needs))})


@app.command("rewrap")
def rewrap(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Wrap every person's key with the master in use, while everything runs."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> int:
        done = await vault.rewrap(opened.pool, opened.office.keys)
        await _note(opened, needs, "rewrapped", persons=done)
        return done

    Output(json=json).facts({"rewrapped": _run(needs, work)})


@app.command("retire")
def retire(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Take the masters nothing needs any more out of use and out of the file."""
    needs = needed(ctx, Needs)
    Output(json=json).facts({"retired": _run(needs, lambda opened: _retire(opened, needs))})


@app.command("rotate")
def rotate(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Change the master key: a new one, everything wrapped with it, the old one retired."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> dict[str, object]:
        key = await _add(opened, needs)
        await asyncio.sleep(2 * vault.LOOKS)  # by then every running process seals with the new one
        done = await vault.rewrap(opened.pool, opened.office.keys)
        await _note(opened, needs, "rewrapped", persons=done)
        return {"key": key, "rewrapped": done, "retired": await _retire(opened, needs)}

    Output(json=json).facts(_run(needs, work))


async def _add(opened: Opened, needs: Needs) -> str:
    file, keys = _file(opened), opened.office.keys
    keys.ring = vault.add_master(file, keys.ring, os.urandom)
    async with acquired(opened.pool) as conn:
        await vault.register(conn, keys.ring, needs.now())
    await _note(opened, needs, "added", keys=[keys.ring.current.id])
    return keys.ring.current.id


async def _retire(opened: Opened, needs: Needs) -> list[str]:
    file, keys = _file(opened), opened.office.keys
    async with acquired(opened.pool) as conn:
        retired = list(await vault.retire(conn, keys.ring, needs.now()))
    keys.ring = vault.drop_masters(file, keys.ring)
    await _note(opened, needs, "retired", keys=retired)
    return retired


async def _note(
    opened: Opened, needs: Needs, what: str, *, keys: Sequence[str] = (), persons: int = 0
) -> None:
    async with acquired(opened.pool) as conn:
        await trace.note(
            conn,
            "key_changed",
            by=needs.operator,
            at=needs.now(),
            subject="vault",
            what=what,
            keys=list(keys),
            persons=persons,
        )


def _file(opened: Opened) -> Path:
    if opened.key_file is None:
        raise Refusal("vault.keys_elsewhere")
    return opened.key_file


async def _asked(opened: Opened, matter: str, by: Actor) -> tuple[UUID, UUID]:
    """Return a matter's id and the reference to who asked."""
    if is_matter_number(matter):
        found = await matters.by_number(opened.pool, matter)
    else:
        try:
            found = UUID(matter)
        except ValueError:
            found = None
    if found is None:
        raise Refusal("matter.not_found", matter=matter[:40])
    return found, await matters.who_asked(opened.office, found, by)


def _run(needs: Needs, work: Callable[[Opened], Awaitable[Done]]) -> Done:
    async def all_() -> Done:
        async with needs.open() as opened:
            return await work(opened)

    return asyncio.run(all_())
