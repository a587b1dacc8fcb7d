"""`yuzhi admin`: units, people, posts, accounts, tokens, permissions and packs, at the machine itself.

Whoever types here has the machine; what they do is in the trace under `operator:` and their name.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from uuid import UUID

import asyncpg
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import administration, trace
from yuzhi.capabilities.accounts import Gate, end_sessions, keeping, second_factor, tokens
from yuzhi.capabilities.administration import Administrator, Known, Powers
from yuzhi.capabilities.packs import Shelf, difference, read_archive, read_folder, versions
from yuzhi.capabilities.registry import Deputy, EndedView, Person, Post, Shift, Unit
from yuzhi.doors.cli import group, needed
from yuzhi.doors.cli.output import JsonFlag, Output

Done = TypeVar("Done")

app = group("Administration: units, people, posts, accounts, tokens, packs.")
packs = group("Versions of packs: propose, read what changes, approve.")
app.add_typer(packs, name="packs")

MOMENT = "%Y-%m-%dT%H:%M%z"

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name an account signs in with.")]
Proposal = Annotated[UUID, typer.Argument(metavar="PROPOSAL")]


@dataclass(frozen=True)
class Opened:
    """An open database and what goes with it."""

    conn: asyncpg.Connection
    gate: Gate
    shelf: Shelf
    powers: Powers
    known: Known


@dataclass(frozen=True)
class Needs:
    """What these commands are handed; `operator` is who types, as the trace names them."""

    open: Callable[[], AbstractAsyncContextManager[Opened]]
    operator: str
    address: str
    language: Literal["zh", "en"]
    now: Callable[[], datetime]

    @property
    def who(self) -> Administrator:
        """Return the operator as somebody who administers, everywhere."""
        return Administrator(self.operator)


@app.command("first-run")
def first_run(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Print a code with which the first administrator makes themselves; former ones are void."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> str:
        return await keeping.first_invitation(opened.conn, opened.gate, needs.now())

    code = _run(needs, work)
    Output(json=json).facts({"code": code, "send it to": f"{needs.address}/api/v1/first-run"})


@app.command("unit")
def unit(
    ctx: typer.Context,
    code: str,
    name: str,
    kind: str,
    territory: str,
    *,
    parent: str = "",
    begins: Day = None,
    ends: Day = None,
    json: JsonFlag = False,
) -> None:
    """Add a unit or change it."""
    needs = needed(ctx, Needs)
    made = Unit(code, name, kind, territory, parent or None, _day(begins), _day(ends))

    async def work(opened: Opened) -> None:
        await administration.put_unit(opened.conn, needs.who, made, opened.known, needs.now())

    _run(needs, work)
    Output(json=json).facts({"unit": code})


@app.command("person")
def person(ctx: typer.Context, number: str, name: str, *, json: JsonFlag = False) -> None:
    """Add somebody to the staff or rename them."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> None:
        await administration.put_person(
            opened.conn, needs.who, Person(number, name), opened.known, needs.now()
        )

    _run(needs, work)
    Output(json=json).facts({"person": number})


@app.command("post")
def post(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="POST")],
    person: str,
    unit: str,
    duties: Annotated[str, typer.Argument(help="Duties, with commas between them.")],
    territory: str,
    *,
    begins: Day = None,
    ends: Day = None,
    json: JsonFlag = False,
) -> None:
    """Add a post or change it."""
    needs = needed(ctx, Needs)
    held = tuple(dict.fromkeys(duty.strip() for duty in duties.split(",") if duty.strip()))
    made = Post(id_, person, unit, held, territory, _day(begins), _day(ends))

    async def work(opened: Opened) -> None:
        await administration.put_post(opened.conn, needs.who, made, opened.known, needs.now())

    _run(needs, work)
    Output(json=json).facts({"post": id_})


@app.command("hand-over")
def hand_over(
    ctx: typer.Context,
    post: str,
    to: Annotated[str, typer.Argument(help="The person who holds it from then on.")],
    begins: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])],
    new: Annotated[str, typer.Argument(help="The id of the post that begins then.")],
    *,
    json: JsonFlag = False,
) -> None:
    """Let another person hold POST from a day on; open work stays with the unit."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> Post:
        return await administration.hand_post_over(
            opened.conn, needs.who, post, to=to, begins=begins.date(), id_=new, known=opened.known,
            now=needs.now(),
        )  # fmt: skip

    Output(json=json).facts({"post": _run(needs, work).id})


@app.command("deputy")
def deputy(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="DEPUTY", help="A name for this standing in.")],
    post: Annotated[str, typer.Argument(help="The post that is stood in for.")],
    acting: Annotated[str, typer.Argument(help="The post that stands in.")],
    begins: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])],
    ends: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The first day without it.")],
    *,
    reason: str = "",
    json: JsonFlag = False,
) -> None:
    """Let a post stand in for another, from a day to before another."""
    needs = needed(ctx, Needs)
    made = Deputy(id_, post, acting, begins.date(), ends.date(), reason)

    async def work(opened: Opened) -> None:
        await administration.put_deputy(opened.conn, needs.who, made, opened.known, needs.now())

    _run(needs, work)
    Output(json=json).facts({"deputy": id_})


@app.command("shift")
def shift(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="SHIFT", help="A name for this shift.")],
    unit: str,
    post: str,
    starts: Annotated[datetime, typer.Argument(formats=[MOMENT], help="Such as 2026-03-02T08:00+0800.")],
    ends: Annotated[datetime, typer.Argument(formats=[MOMENT])],
    *,
    role: str = "",
    json: JsonFlag = False,
) -> None:
    """Put a post on duty in a unit for a span of time."""
    needs = needed(ctx, Needs)
    made = Shift(id_, unit, post, role, starts, ends)

    async def work(opened: Opened) -> None:
        await administration.put_shift(opened.conn, needs.who, made, opened.known, needs.now())

    _run(needs, work)
    Output(json=json).facts({"shift": id_})


@app.command("end-deputy")
def end_deputy(
    ctx: typer.Context, id_: Annotated[str, typer.Argument(metavar="DEPUTY")], *, json: JsonFlag = False
) -> None:
    """Let a standing-in end today; one that had not begun before today is removed."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> EndedView:
        return await administration.end_deputy(opened.conn, needs.who, id_, opened.known, needs.now())

    ended = _run(needs, work)
    Output(json=json).facts({"deputy": ended.id, "removed": ended.is_removed})


@app.command("end-shift")
def end_shift(
    ctx: typer.Context, id_: Annotated[str, typer.Argument(metavar="SHIFT")], *, json: JsonFlag = False
) -> None:
    """Let a shift end now; one to come is removed."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> EndedView:
        return await administration.end_shift(opened.conn, needs.who, id_, opened.known, needs.now())

    ended = _run(needs, work)
    Output(json=json).facts({"shift": ended.id, "removed": ended.is_removed})


@app.command("account")
def account(
    ctx: typer.Context,
    name: Name,
    person: Annotated[str, typer.Argument(help="Whose it is, by their number on the staff.")],
    *,
    service: Annotated[
        bool, typer.Option("--service", help="For a machine: it has tokens, no password.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Make an account; prints the code with which its owner sets a password."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> str:
        _, code = await keeping.create_account(
            opened.conn, opened.gate, name, person=person, kind="service" if service else "person",
            by=needs.operator, now=needs.now(),
        )  # fmt: skip
        return code

    Output(json=json).facts({"account": name, "code": _run(needs, work)})


@app.command("invite")
def invite(ctx: typer.Context, name: Name, *, json: JsonFlag = False) -> None:
    """Print a new code with which an account's owner sets a password."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> str:
        view = await keeping.account_named(opened.conn, name)
        return await keeping.invite(opened.conn, opened.gate, view.id, by=needs.operator, now=needs.now())

    Output(json=json).facts({"account": name, "code": _run(needs, work)})


@app.command("close")
def close(
    ctx: typer.Context,
    name: Name,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Open it again.")] = False,
    json: JsonFlag = False,
) -> None:
    """Close an account: its sessions and tokens end at once."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> None:
        view = await keeping.account_named(opened.conn, name)
        await keeping.set_disabled(
            opened.conn, view.id, is_disabled=not undo, by=needs.operator, now=needs.now()
        )

    _run(needs, work)
    Output(json=json).facts({"account": name, "closed": not undo})


@app.command("end-sessions")
def sessions(ctx: typer.Context, name: Name, *, json: JsonFlag = False) -> None:
    """End every session of an account."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> int:
        view = await keeping.account_named(opened.conn, name)
        ended = await end_sessions(opened.conn, view.id, needs.now(), by=needs.operator)
        await trace.note(
            opened.conn, "session_revoked", by=needs.operator, at=needs.now(), subject=f"account:{view.name}",
            count=ended,
        )  # fmt: skip
        return ended

    Output(json=json).facts({"account": name, "ended": _run(needs, work)})


@app.command("forget-second-factor")
def forget_second_factor(ctx: typer.Context, name: Name, *, json: JsonFlag = False) -> None:
    """Take the second factor from an account whose owner has lost it."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> None:
        view = await keeping.account_named(opened.conn, name)
        await second_factor.remove_second_factor(
            opened.conn, view.id, by=needs.operator, name=view.name, now=needs.now()
        )

    _run(needs, work)
    Output(json=json).facts({"account": name})


@app.command("token")
def token(
    ctx: typer.Context,
    name: Name,
    post: str,
    scopes: Annotated[str, typer.Argument(help="Such as read:matters,write:matters.")],
    *,
    purpose: Annotated[str, typer.Option(help="What the token is for.")] = "token",
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it holds.")] = 90,
    json: JsonFlag = False,
) -> None:
    """Issue a token to a service account, for one of its posts; printed this once."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> str:
        view = await keeping.account_named(opened.conn, name)
        held = {one.id for one in opened.known.roster.posts_of(view.person, on=opened.known.on)}
        if post not in held:
            raise Refusal("registry.post_unknown", post=post)
        _, issued = await tokens.issue_token(
            opened.conn, opened.gate, view.id, name=purpose, post=post,
            scopes=[one.strip() for one in scopes.split(",")], lasts_for=timedelta(days=days),
            by=needs.operator, now=needs.now(),
        )  # fmt: skip
        return issued

    Output(json=json).facts({"token": _run(needs, work)})


@app.command("revoke-token")
def revoke_token(ctx: typer.Context, token: UUID, *, json: JsonFlag = False) -> None:
    """Revoke a token by its id."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> None:
        await tokens.revoke_token(opened.conn, token, by=needs.operator, now=needs.now())

    _run(needs, work)
    Output(json=json).facts({"revoked": token})


@app.command("permissions")
def permissions(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx")],
    *,
    json: JsonFlag = False,
) -> None:
    """Write the table of who may do what, for review."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> bytes:
        rows = administration.permissions(opened.known.roster, opened.shelf, opened.powers, opened.known.on)
        book = administration.as_workbook(rows, needs.language)
        await trace.note(
            opened.conn, "exported", by=needs.operator, at=needs.now(), subject="permissions", bytes=len(book)
        )
        return book

    book = _run(needs, work)
    try:
        file.write_bytes(book)
    except OSError as trouble:
        raise Refusal("file.unwritable", file=str(file), trouble=trouble.strerror or "") from trouble
    Output(json=json).facts({"file": str(file), "bytes": len(book)})


@packs.command("propose")
def propose(
    ctx: typer.Context,
    pack: Annotated[Path, typer.Argument(metavar="DIR|ZIP")],
    *,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    begins: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it begins; usually the pack's own.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Propose a version of a pack: it is checked, and somebody else must approve it."""
    needs = needed(ctx, Needs)
    files = read_folder(pack) if pack.is_dir() else read_archive(_bytes(pack))

    async def work(opened: Opened) -> tuple[versions.ProposalView, str]:
        view = await versions.propose(
            opened.conn, files, opened.shelf, by=needs.operator, note=note, begins=_day(begins),
            today=opened.known.on, now=needs.now(), entropy=opened.gate.chance(10),
        )  # fmt: skip
        return view, await _difference(opened, view.id, needs.language)

    view, text = _run(needs, work)
    out = Output(json=json)
    if json:
        return out.data({"proposal": view, "difference": text})
    out.facts({"proposal": view.id, "pack": view.pack, "version": view.version, "begins": view.in_force_from})
    return out.say(text)


@packs.command("list")
def list_proposals(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """List proposals, decided ones too."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> tuple[versions.ProposalView, ...]:
        return await versions.proposals(opened.conn)

    Output(json=json).table(
        ("proposal", "pack", "version", "begins", "by", "decision", "decided by"),
        [
            (one.id, one.pack, one.version, one.in_force_from, one.proposed_by, one.decision, one.decided_by)
            for one in _run(needs, work)
        ],
    )


@packs.command("diff")
def diff(ctx: typer.Context, proposal: Proposal, *, json: JsonFlag = False) -> None:
    """Tell in plain words what a proposal changes against the version in force."""
    needs = needed(ctx, Needs)

    async def work(opened: Opened) -> str:
        return await _difference(opened, proposal, needs.language)

    text = _run(needs, work)
    out = Output(json=json)
    return out.data({"difference": text}) if json else out.say(text)


@packs.command("approve")
def approve(ctx: typer.Context, proposal: Proposal, *, json: JsonFlag = False) -> None:
    """Approve what somebody else proposed; it begins on its day."""
    _decide(needed(ctx, Needs), proposal, "", Output(json=json), is_approved=True)


@packs.command("reject")
def reject(
    ctx: typer.Context,
    proposal: Proposal,
    *,
    reason: Annotated[str, typer.Option()] = "",
    json: JsonFlag = False,
) -> None:
    """Reject a proposal, or take one's own back."""
    _decide(needed(ctx, Needs), proposal, reason, Output(json=json), is_approved=False)


def _decide(needs: Needs, proposal: UUID, reason: str, out: Output, *, is_approved: bool) -> None:
    async def work(opened: Opened) -> versions.ProposalView:
        return await versions.decide(
            opened.conn, proposal, approve=is_approved, by=needs.operator, reason=reason,
            today=opened.known.on, now=needs.now(),
        )  # fmt: skip

    view = _run(needs, work)
    out.facts({"pack": view.pack, "version": view.version, "decision": view.decision})


async def _difference(opened: Opened, proposal: UUID, language: Literal["zh", "en"]) -> str:
    new = await versions.proposed_pack(opened.conn, proposal)
    try:
        old = opened.shelf.pack(new.name)
    except Refusal:
        old = None
    return difference(old, new, language)


def _run(needs: Needs, work: Callable[[Opened], Awaitable[Done]]) -> Done:
    """Do some work in one transaction."""

    async def within() -> Done:
        async with needs.open() as opened, opened.conn.transaction():
            return await work(opened)

    return asyncio.run(within())


def _day(at: datetime | None) -> date | None:
    return at.date() if at is not None else None


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as trouble:
        raise Refusal("file.unreadable", file=str(file), trouble=trouble.strerror or "") from trouble
