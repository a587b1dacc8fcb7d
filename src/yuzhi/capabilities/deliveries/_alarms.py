"""Letters about letters: when nothing more can be done, those answerable are told; it stays on the list."""

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.resources import files
from string import Formatter
from uuid import UUID, uuid5

import asyncpg
import structlog

from yuzhi.capabilities.deliveries._carriers import Letter
from yuzhi.capabilities.deliveries._channels import ALARM
from yuzhi.capabilities.deliveries._claims import Claimed

log = structlog.get_logger()

LETTER = "undelivered"
Told = Callable[[str], Sequence[str]]
"""The units to tell when a letter about a matter in a territory could not be delivered."""

# A letter that is on another way, or got there by one, is not lost. An alarm is not alarmed about: it is in
# the inbox of those it is for.
_LOST = (
    "select d.id, d.matter_id, d.seq, coalesce(m.territory, '') territory, d.letter, d.channel,"
    " d.last_reason, d.forgiven from delivery d left join matter m on m.id = d.matter_id"
    " where d.id = any($1) and d.state = 'dead' and d.matter_id is not null and d.audience <> 'alarm'"
    " and not exists (select from delivery o where o.letter_of = d.letter_of and o.id <> d.id"
    " and o.state in ('queued', 'sending', 'sent', 'acknowledged'))"
)
_RAISE = (
    "insert into delivery (id, matter_id, seq, letter, audience, unit, state, next_at, created_at, is_urgent,"
    " recipient, about) select id, matter, seq, $5, $6, unit, 'queued', $7, $7, true, 'unit:' || unit, about"
    " from unnest($1::uuid[], $2::uuid[], $3::int4[], $4::text[], $8::uuid[]) t(id, matter, seq, unit, about)"
    " on conflict do nothing"
)


async def raise_alarms(conn: asyncpg.Connection, dead: Sequence[UUID], told: Told, now: datetime) -> int:
    """Queue a letter to those answerable for each delivery that is lost; return how many were.

    Once, and once more when it was sent again and is lost again.
    """
    if not dead:
        return 0
    # When the last two ways of a letter end at the same moment, one of both has to see that.
    await conn.execute(
        "select from delivery where id in (select letter_of from delivery where id = any($1))"
        " order by id for update",
        dead,
    )
    lost = await conn.fetch(_LOST, dead)
    rows = []
    for one in lost:
        units = told(one["territory"])
        log.error(
            "a letter could not be delivered", delivery=str(one["id"]), letter=one["letter"],
            channel=one["channel"], reason=one["last_reason"], told=list(units),
        )  # fmt: skip
        for unit in units:
            id_ = uuid5(one["id"], f"{one['forgiven']} {unit}")
            rows.append((id_, one["matter_id"], one["seq"], unit, one["id"]))
    if rows:
        ids, matters, seqs, units_, abouts = (list(column) for column in zip(*rows, strict=True))
        await conn.execute(_RAISE, ids, matters, seqs, units_, LETTER, ALARM, now, abouts)
    return len(lost)


async def write_alarms(
    conn: asyncpg.Connection, claimed: Sequence[Claimed], unit_name: Callable[[str], str], language: str
) -> list[Letter]:
    """Return alarms as letters, each saying which letter could not be delivered to whom, and why."""
    rows = await conn.fetch(
        "select d.id, d.letter, d.unit, d.channel, d.last_reason, d.person, m.number from delivery d"
        " join matter m on m.id = d.matter_id where d.id = any($1)",
        [one.about for one in claimed],
    )
    about = {row["id"]: row for row in rows}
    template = (files("yuzhi") / "data" / "letters" / f"{LETTER}.{language}.md").read_text(encoding="utf-8")
    residents = {"zh": ("诉求人", "当事人"), "en": ("the requester", "a party")}
    letters = []
    for one in claimed:
        row = about.get(one.about)
        values = {
            "number": row["number"] if row else "—",
            "letter": row["letter"] if row else "—",
            "to": (unit_name(row["unit"]) if row["unit"] else residents[language][row["person"] is not None])
            if row
            else "—",
            "channel": (row["channel"] or "—") if row else "—",
            "reason": row["last_reason"] if row else "—",
        }
        title, _, body = Formatter().vformat(template, (), values).strip().partition("\n")
        letter = Letter(
            id=one.id, matter=one.matter, number=values["number"], name=one.letter, unit=one.unit,
            requester=None, title=title.lstrip("# ").strip(), body=body.strip(), at=one.created_at,
        )  # fmt: skip
        letters.append(letter)
    return letters
