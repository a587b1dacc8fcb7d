"""A mail becomes a matter, or a note of the matter it answers: exactly once, whatever comes again.

That a mail was taken stands in the transaction of the entry it made.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from yuzhi.base.actor import requester, stranger
from yuzhi.base.ids import uuid4_of
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.correspondence._message import Mail, read_mail, unquoted
from yuzhi.capabilities.matters import Attachment, NewMatter, NewStep, Office
from yuzhi.capabilities.vault import Person
from yuzhi.engine.definition import StepDef
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.unit import Change, Table

CHANNEL = "letter"
AN_HOUR = timedelta(hours=1)
MOST_FROM_ONE = 20
"""Mails of one sender in an hour; what comes beyond is set aside."""
TEXT_MOST = 19_000
TRIES = 4

TAKEN = Table(
    name="mail_taken",
    columns=(("message", "bytea"), ("matter_id", "uuid"), ("sender", "bytea"), ("taken_at", "timestamptz")),
    key=("message",),
)
TABLES = (TAKEN,)


@dataclass(frozen=True)
class Desk:
    """What taking mail in needs: what it opens, how files are kept, and the key that hides senders.

    `keep` keeps a file and returns its SHA-256; it raises Refusal for what is not taken.
    """

    office: Office
    pool: asyncpg.Pool
    keep: Callable[[bytes], Awaitable[str]]
    key: bytes
    procedure: str
    kind: str


class Taken(Struct, frozen=True):
    """What became of a mail, and the matter it is in now."""

    status: Literal["opened", "noted", "repeated"]
    matter: UUID


async def take_mail(desk: Desk, raw: bytes, now: datetime) -> Taken:
    """Take a mail in; return once it is durable.

    Raises Refusal `mail.automatic` for what no person wrote (it is never answered), `mail.too_many`, those of
    reading it, and those of opening a matter.
    """
    mail = read_mail(raw)
    if mail.is_automatic:
        raise Refusal("mail.automatic")
    sender = hmac.digest(desk.key, mail.sender.encode(), sha256)
    async with acquired(desk.pool) as conn:
        if (before := await _before(conn, mail)) is not None:
            return Taken("repeated", before)
        recent = "select count(*) from mail_taken where sender = $1 and taken_at > $2"
        if await conn.fetchval(recent, sender, now - AN_HOUR) >= MOST_FROM_ONE:
            raise Refusal("mail.too_many", most=MOST_FROM_ONE)
        about = await _answered(conn, mail, sender)
    attachments, left_out = await _enclosed(desk, mail)
    try:
        if about is not None and (noted := await _note(desk, mail, about, sender, attachments, now)):
            return noted
        return await _open(desk, mail, sender, attachments, left_out, now)
    except Refusal as refusal:
        if refusal.code != "store.row_exists" or refusal.facts.get("table") != TAKEN.name:
            raise
        async with acquired(desk.pool) as conn:  # another process was quicker
            before = await _before(conn, mail)
        if before is None:
            raise
        return Taken("repeated", before)


async def _open(
    desk: Desk, mail: Mail, sender: bytes, attachments: tuple[Attachment, ...], left_out: str, now: datetime
) -> Taken:
    words = mail.text if len(mail.text) <= TEXT_MOST else f"{mail.text[:TEXT_MOST]}\n（以下从略）"
    ask = NewMatter(
        procedure=desk.procedure, kind=desk.kind, channel=CHANNEL,
        subject=mail.subject[:200] or mail.text[:40].replace("\n", " ") or "（无主题）",
        detail=f"{words}\n\n{left_out}".strip(), attachments=attachments,
        requester=Person(name=mail.name, email=mail.sender),
    )  # fmt: skip
    office = desk.office
    by = stranger(str(uuid4_of(office.chance(16))))
    prepared = matters.prepare(office, ask, by, now, serial=await office.serials.next())
    await office.gathering.save(_with(prepared.change, mail, sender, now))
    return Taken("opened", prepared.matter.id)


async def _note(
    desk: Desk, mail: Mail, about: UUID, sender: bytes, attachments: tuple[Attachment, ...], now: datetime
) -> Taken | None:
    """Add a reply to the matter it answers, if the procedure has a step for it now; None if it has none."""
    text = unquoted(mail.text) or mail.subject
    for _ in range(TRIES):
        found = await matters.standings(desk.office, [about])
        step = _step(desk.office, found[0]) if found and text else None
        if step is None:
            return None
        ask = NewStep(texts={step.texts[0]: text[:TEXT_MOST]}, attachments=attachments)
        by, at = requester(found[0].requester), max(now, found[0].updated_at)
        try:
            change, _ = matters.prepare_step(desk.office, found[0], step.name, ask, by, at)
            await desk.office.gathering.save(_with(change, mail, sender, now))
        except Refusal as refusal:
            if refusal.code != "matter.stale":
                raise
        else:
            return Taken("noted", about)
    raise Refusal("store.busy", retry_after=1)


def _step(office: Office, matter: Matter) -> StepDef | None:
    """Return the step by which the requester may add words now: one text, and nothing else asked."""
    procedure = office.shelf.procedure(matter.procedure, matter.version)
    return next(
        (
            one
            for one in procedure.steps_from(matter.state)
            if "requester" in one.duties
            and len(one.texts) == 1
            and not (one.does or one.form or one.needs or one.guards or one.reason or one.reasons)
        ),
        None,
    )


def _with(change: Change, mail: Mail, sender: bytes, now: datetime) -> Change:
    row = (mail.digest, change.matter, sender, now)
    return replace(change, rows={**change.rows, TAKEN.name: [row]})


async def _enclosed(desk: Desk, mail: Mail) -> tuple[tuple[Attachment, ...], str]:
    """Keep what is enclosed, and return words that name what was not taken."""
    kept, refused = [], []
    for one in mail.enclosures:
        try:
            file = await desk.keep(one.content)
        except Refusal as refusal:
            if refusal.code.startswith("store."):
                raise
            refused.append(one.name)
        else:
            kept.append(Attachment(file=file, kind="letter"))
    left_out = f"（未收取的附件：{'、'.join(refused)}）" if refused else ""
    return tuple(kept), left_out


async def _before(conn: asyncpg.Connection, mail: Mail) -> UUID | None:
    found: UUID | None = await conn.fetchval(
        "select matter_id from mail_taken where message = $1", mail.digest
    )
    return found


async def _answered(conn: asyncpg.Connection, mail: Mail, sender: bytes) -> UUID | None:
    """Return the matter a mail answers: one of our letters to this sender, or an earlier mail of theirs.

    Only whoever opened a matter by mail adds to it by mail: an address is easily feigned, a letter's id is
    not.
    """
    letters = [letter for one in mail.references if (letter := _uuid(one.partition("@")[0]))]
    own = [sha256(f"{one}\0{mail.sender}".encode()).digest() for one in mail.references]
    found: UUID | None = await conn.fetchval(
        "select t.matter_id from mail_taken t where t.sender = $1 and (t.message = any($2) or t.matter_id in"
        " (select d.matter_id from delivery d where d.id = any($3) and d.audience = 'requester'))"
        " order by t.taken_at desc limit 1",
        sender,
        own,
        letters,
    )
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
