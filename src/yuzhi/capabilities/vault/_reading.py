"""Reading from the vault: masked for whoever sees the matter, in clear for a purpose and with a trace."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, convert

from yuzhi.base.actor import CLOCK, Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.vault._entering import FIELDS, id_hash, phone_hash
from yuzhi.capabilities.vault._keys import Keys
from yuzhi.capabilities.vault._masking import Sight, mask
from yuzhi.capabilities.vault._purposes import check_purpose
from yuzhi.capabilities.vault._sealing import unseal, unwrap

MOST_FOUND = 100
_KINDS: Mapping[str, trace.Kind] = {
    "read": "unmasked", "search": "person_sought", "correct": "corrected", "erase": "erased",
}  # fmt: skip
_COLUMNS = f"id, key_id, wrapped, {', '.join(FIELDS)}, id_type, kept_for, kept_from, erased_at"


class MaskedView(Struct, frozen=True):
    """A person as anybody who sees their matter may see them; `is_erased` when nothing is kept any more."""

    id: UUID
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    id_type: str = ""
    id_number: str = ""
    is_erased: bool = False


class AccessView(Struct, frozen=True):
    """One access to somebody's data: when, what was done, by which post of which unit, what for."""

    at: datetime
    act: str
    hand: str
    actor: str
    unit: str
    purpose: str
    matter: UUID | None
    fields: tuple[str, ...]


async def masked(
    conn: asyncpg.Connection, ids: Collection[UUID], keys: Keys, actor: Actor, *, sight: Sight = "staff"
) -> Mapping[UUID, MaskedView]:
    """Return persons masked. Of one whose identity is kept from `actor`, nothing but marks."""
    found = {}
    for row in await conn.fetch(f"select {_COLUMNS} from vault_person where id = any($1)", list(ids)):
        if row["erased_at"] is not None:
            found[row["id"]] = MaskedView(id=row["id"], is_erased=True)
        elif is_kept_from(row, actor):
            found[row["id"]] = MaskedView(id=row["id"], name="***")
        else:
            shown = {field: mask(field, value, sight) for field, value in _opened(row, FIELDS, keys).items()}
            found[row["id"]] = convert(
                {**shown, "id": row["id"], "id_type": row["id_type"] or ""}, MaskedView
            )
    return found


async def reveal(
    conn: asyncpg.Connection,
    id: UUID,  # noqa: A002
    fields: Collection[str],
    *,
    purpose: str,
    actor: Actor,
    matter: UUID | None,
    now: datetime,
    keys: Keys,
) -> Mapping[str, str]:
    """Return fields of a person in clear, once the trace of it is durable; absent ones are left out.

    Whether `actor` may see the matter is asked before. `conn` must not be in a transaction: a trace
    that could still be rolled back is none. Raises those of `check_purpose`, and Refusal
    `vault.not_found`, `vault.not_yours` (another's data, or an identity kept from this post),
    `vault.erased`, `vault.altered`, `vault.key_missing`.
    """
    if conn.is_in_transaction():
        raise RuntimeError("what is read is given out only once its trace is durable")
    check_purpose(actor, purpose, fields)
    async with conn.transaction():
        row = await conn.fetchrow(f"select {_COLUMNS} from vault_person where id = $1", id)
        check_row(row, id, actor)
        opened = _opened(row, [field for field in fields if field in FIELDS], keys)
        await leave_trace(
            conn, "read", [id], actor=actor, purpose=purpose, matter=matter, fields=fields, now=now
        )
    if "id_type" in fields and row["id_type"]:
        opened["id_type"] = row["id_type"]
    return opened


async def for_letters(
    conn: asyncpg.Connection, ids: Collection[UUID], field: str, *, now: datetime, keys: Keys
) -> Mapping[UUID, str]:
    """Return one field of many persons, for the machine that carries letters; each leaves its trace.

    Whoever is erased, or has told no such thing, is absent.
    """
    check_purpose(CLOCK, "letter", [field])
    async with conn.transaction():
        rows = await conn.fetch(
            f"select {_COLUMNS} from vault_person where id = any($1) and {field} is not null", list(ids)
        )
        found = {row["id"]: _opened(row, [field], keys)[field] for row in rows}
        await leave_trace(
            conn, "read", list(found), actor=CLOCK, purpose="letter", matter=None, fields=[field], now=now
        )
    return found


async def striking_out(
    conn: asyncpg.Connection,
    id: UUID,  # noqa: A002
    keys: Keys,
) -> Callable[[str], str]:
    """Return what masks, in any text, whatever is kept of a person; nobody is told anything by it."""
    row = await conn.fetchrow(f"select {_COLUMNS} from vault_person where id = $1", id)
    opened = _opened(row, FIELDS, keys) if row is not None and row["erased_at"] is None else {}
    known = [(value, mask(field, value)) for field, value in opened.items() if value]
    known.sort(key=lambda one: -len(one[0]))

    def strike(text: str) -> str:
        for value, masked_value in known:
            text = text.replace(value, masked_value)
        return text

    return strike


async def find_by_phone(
    conn: asyncpg.Connection, phone: str, *, purpose: str, actor: Actor, now: datetime, keys: Keys
) -> tuple[UUID, ...]:
    """Return the persons who gave a telephone number, the newest first; looking leaves a trace.

    Those whose identity is kept from `actor` are not among them.
    """
    return await _find(conn, "phone", phone_hash(keys.ring, phone), purpose=purpose, actor=actor, now=now)


async def find_by_id_number(
    conn: asyncpg.Connection, number: str, *, purpose: str, actor: Actor, now: datetime, keys: Keys
) -> tuple[UUID, ...]:
    """Return the persons who gave an identity number, as `find_by_phone`."""
    return await _find(conn, "id_number", id_hash(keys.ring, number), purpose=purpose, actor=actor, now=now)


async def who_read(conn: asyncpg.Connection, person: UUID, *, most: int = 500) -> tuple[AccessView, ...]:
    """Return who did what with a person's data, the newest first."""
    rows = await conn.fetch(
        "select at, act, hand, actor, unit, purpose, matter_id, fields from personal_access"
        " where person = $1 order by id desc limit $2",
        person,
        most,
    )
    return tuple(
        AccessView(
            at=row["at"], act=row["act"], hand=row["hand"], actor=row["actor"], unit=row["unit"],
            purpose=row["purpose"], matter=row["matter_id"], fields=tuple(row["fields"]),
        )
        for row in rows
    )  # fmt: skip


async def leave_trace(
    conn: asyncpg.Connection, act: str, persons: Sequence[UUID | None], *, actor: Actor, purpose: str,
    matter: UUID | None, fields: Collection[str], now: datetime,
) -> None:  # fmt: skip
    """Add to the trace, a row for each person; what people did also stands where supervisors look."""
    await conn.execute(
        "insert into personal_access (at, act, person, hand, actor, unit, purpose, matter_id, fields)"
        " select $1, $2, person, $4, $5, $6, $7, $8, $9 from unnest($3::uuid[]) as person",
        now, act, list(persons), actor.hand, actor.id, actor.unit, purpose, matter, sorted(fields),
    )  # fmt: skip
    if actor.hand == "clock" or not persons:
        return
    subject = f"requester:{persons[0] or ''}" if len(persons) == 1 else "requester:"
    await trace.note(
        conn, _KINDS[act], by=actor, at=now, subject=subject, matter=matter, purpose=purpose,
        fields=sorted(fields), persons=len(persons),
    )  # fmt: skip


async def is_guarded(conn: asyncpg.Connection, id: UUID) -> bool:  # noqa: A002
    """Say whether somebody's identity is kept from anybody in their matter."""
    found: bool = await conn.fetchval(
        "select exists (select from vault_person where id = $1 and (kept_for <> '' or kept_from <> ''))", id
    )
    return found


def check_row(row: asyncpg.Record | None, id: UUID, actor: Actor) -> None:  # noqa: A002
    """Raise Refusal `vault.not_found`, `vault.not_yours` or `vault.erased`, the first that holds."""
    if actor.hand == "requester" and actor.id != str(id):
        raise Refusal("vault.not_yours")
    if row is None:
        raise Refusal("vault.not_found", person=str(id))
    if is_kept_from(row, actor):
        raise Refusal("vault.not_yours")
    if row["erased_at"] is not None:
        raise Refusal("vault.erased", person=str(id))


def is_kept_from(row: asyncpg.Record, actor: Actor) -> bool:
    """Say whether a person's identity is kept from somebody: a unit complained about, a duty not named."""
    if actor.hand == "requester":
        return actor.id != str(row["id"])
    if actor.unit and actor.unit in row["kept_from"].split():
        return True
    return actor.hand != "clock" and row["kept_for"] != "" and row["kept_for"] not in actor.duties


def _opened(row: asyncpg.Record, fields: Sequence[str], keys: Keys) -> dict[str, str]:
    sealed = {field: row[field] for field in fields if row[field] is not None}
    if not sealed:
        return {}
    return unseal(unwrap(keys, row["key_id"], row["id"], row["wrapped"]), row["id"], sealed)


async def _find(
    conn: asyncpg.Connection, by: str, hashed: bytes | None, *, purpose: str, actor: Actor, now: datetime
) -> tuple[UUID, ...]:
    check_purpose(actor, purpose, ["name"])
    if hashed is None:
        return ()
    column = {"phone": "phone_hash", "id_number": "id_hash"}[by]
    async with conn.transaction():
        rows = await conn.fetch(
            f"select id, kept_for, kept_from from vault_person where {column} = $1"
            " order by created_at desc, id limit $2",
            hashed,
            MOST_FOUND,
        )
        found = [row["id"] for row in rows if not is_kept_from(row, actor)]
        await leave_trace(
            conn, "search", found or [None], actor=actor, purpose=purpose, matter=None, fields=[by], now=now
        )
    return tuple(found)
