"""Changing what the vault holds: correcting, releasing, erasing. Each leaves its trace."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.vault._entering import FIELDS, checked, id_hash, phone_hash
from yuzhi.capabilities.vault._keys import Keys
from yuzhi.capabilities.vault._purposes import check_purpose
from yuzhi.capabilities.vault._reading import check_row, leave_trace
from yuzhi.capabilities.vault._sealing import NONCE, seal, unwrap


async def correct(
    conn: asyncpg.Connection,
    id: UUID,  # noqa: A002
    changes: Mapping[str, str],
    *,
    actor: Actor,
    matter: UUID | None,
    now: datetime,
    keys: Keys,
    chance: Callable[[int], bytes] = os.urandom,
) -> None:
    """Write fields of a person anew; an empty value takes one out. Raises as `reveal` and `sealed_rows`.

    A value with marks of masking in it raises Refusal `vault.masked_value`, and nothing is changed.
    """
    check_purpose(actor, "correct", changes)
    values = checked(changes)
    columns: dict[str, object] = dict.fromkeys(changes)
    if "id_type" in changes:
        columns["id_type"] = values.pop("id_type", None)
    if "phone" in changes:
        columns["phone_hash"] = phone_hash(keys.ring, values.get("phone", ""))
    if "id_number" in changes:
        columns["id_hash"] = id_hash(keys.ring, values.get("id_number", ""))
    async with conn.transaction():
        row = await conn.fetchrow(
            "select id, key_id, wrapped, kept_for, kept_from, erased_at from vault_person"
            " where id = $1 for update",
            id,
        )
        check_row(row, id, actor)
        key = unwrap(keys, row["key_id"], id, row["wrapped"])
        columns |= seal(key, id, values, chance(NONCE * len(FIELDS)))
        written = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=3))
        await conn.execute(
            f"update vault_person set changed_at = $2, {written} where id = $1", id, now, *columns.values()
        )
        await leave_trace(
            conn, "correct", [id], actor=actor, purpose="correct", matter=matter, fields=changes, now=now
        )


async def erase(
    conn: asyncpg.Connection, ids: Sequence[UUID], *, actor: Actor, matter: UUID | None, now: datetime
) -> int:
    """Destroy the keys and data of persons, for good; return of how many. Entries about them stay whole.

    Raises Refusal `vault.not_yours` when a requester asks for somebody else's.
    """
    if actor.hand == "requester" and any(str(one) != actor.id for one in ids):
        raise Refusal("vault.not_yours")
    async with conn.transaction():
        rows = await conn.fetch(
            "update vault_person set key_id = null, wrapped = null, name = null, phone = null,"
            " email = null, address = null, id_type = null, id_number = null, phone_hash = null,"
            " id_hash = null, erased_at = $2"
            " where id = any($1) and erased_at is null returning id",
            list(ids),
            now,
        )
        erased = [row["id"] for row in rows]
        await leave_trace(
            conn, "erase", erased, actor=actor, purpose="erase", matter=matter, fields=[], now=now
        )
    return len(erased)


async def release(conn: asyncpg.Connection, over: Mapping[UUID, datetime]) -> int:
    """Let retention begin for persons, counted from when their last matter was over; return for how many."""
    done = await conn.execute(
        "update vault_person p set released_at = given.at"
        " from unnest($1::uuid[], $2::timestamptz[]) as given (id, at)"
        " where p.id = given.id and released_at is null and erased_at is null",
        list(over),
        list(over.values()),
    )
    return int(done.rpartition(" ")[2])


async def hold(conn: asyncpg.Connection, ids: Sequence[UUID]) -> int:
    """Stop retention again for persons who are needed after all; return how many."""
    done = await conn.execute(
        "update vault_person set released_at = null where id = any($1) and released_at is not null"
        " and erased_at is null",
        list(ids),
    )
    return int(done.rpartition(" ")[2])
