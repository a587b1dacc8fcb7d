import asyncio
import hmac
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from timeit import repeat
from uuid import UUID

import asyncpg
import pytest

from yuzhi.base.actor import CLOCK, Actor, requester
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import vault
from yuzhi.capabilities.vault import TABLE, Guard, Keys, Person
from yuzhi.store.postgres.store import PostgresStore
from yuzhi.store.unit import Row

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MATTER = UUID(int=77)
ZHANG = UUID(int=1)
PLAIN = Guard()
PERSON = Person(
    name="张三丰", phone="138-1234-1234", address="海曙区鼓楼街道中营社区8号", id_type="居民身份证",
    id_number="11010519491231002x",
)  # fmt: skip
DESK = Actor(hand="post", id="p1", unit="desk", duties=frozenset({"intake_desk"}))
OFFICER = Actor(hand="post", id="p9", unit="office", duties=frozenset({"confidant"}))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(lambda: vault.load_keyring(tmp_path / "vault.keys", os.urandom))


async def keep(
    pool: asyncpg.Pool,
    keys: Keys,
    person: Person = PERSON,
    *,
    id: UUID = ZHANG,  # noqa: A002
    guard: Guard = PLAIN,
) -> None:
    rows = vault.sealed_rows(person, NOW, keys.ring, id=id, chance=os.urandom, guard=guard)
    await insert(pool, rows)


async def insert(pool: asyncpg.Pool, rows: list[Row]) -> None:
    columns = [column for column, _ in TABLE.columns]
    async with pool.acquire() as conn:
        await conn.copy_records_to_table(TABLE.name, records=rows, columns=columns)


async def reveal(pool: asyncpg.Pool, keys: Keys, *fields: str, **more: object) -> dict[str, str]:
    given = {"purpose": "contact", "actor": DESK, "matter": MATTER, "now": NOW, "keys": keys, **more}
    async with pool.acquire() as conn:
        return dict(await vault.reveal(conn, ZHANG, fields, **given))  # type: ignore[arg-type]


async def traces(pool: asyncpg.Pool) -> list[tuple[object, ...]]:
    rows = await pool.fetch(
        "select act, person, actor, unit, purpose, matter_id, fields from personal_access"
    )
    return [tuple(row) for row in rows]


def code_of(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.code


async def test_what_goes_in_comes_out_for_a_purpose_and_leaves_a_trace(
    pool: asyncpg.Pool, keys: Keys
) -> None:
    await keep(pool, keys)
    assert await reveal(pool, keys, "name", "phone") == {"name": "张三丰", "phone": "138-1234-1234"}
    assert await reveal(pool, keys, "id_type", "id_number", purpose="identify") == {
        "id_type": "居民身份证",
        "id_number": "11010519491231002x",
    }
    assert await traces(pool) == [
        ("read", ZHANG, "p1", "desk", "contact", MATTER, ["name", "phone"]),
        ("read", ZHANG, "p1", "desk", "identify", MATTER, ["id_number", "id_type"]),
    ]


async def test_nothing_of_a_person_is_in_the_database_in_clear(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    row = await pool.fetchrow("select v.*, v::text as whole from vault_person v")
    for value in ("张三丰", "13812341234", "138-1234-1234", "鼓楼", "110105"):
        assert value not in row["whole"]
        assert value.encode().hex() not in row["whole"]
    assert keys.ring.current.secret.hex() not in row["whole"]


async def test_the_same_person_twice_looks_different(keys: Keys) -> None:
    one, two = (vault.sealed_rows(PERSON, NOW, keys.ring, id=ZHANG, chance=os.urandom)[0] for _ in range(2))
    names = [column for column, _ in TABLE.columns]
    for column in ("wrapped", "name", "phone", "address", "id_number"):
        assert one[names.index(column)] != two[names.index(column)]


async def test_rows_go_in_with_a_matter(pool: asyncpg.Pool, keys: Keys) -> None:
    """The store writes them by arrays of columns, as it writes everything that belongs to an entry."""
    rows = vault.sealed_rows(PERSON, NOW, keys.ring, id=ZHANG, chance=os.urandom)
    assert all(len(row) == len(TABLE.columns) for row in rows)
    assert PostgresStore(pool, [TABLE])
    columns = [column for column, _ in TABLE.columns]
    arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(TABLE.columns, start=1))
    await pool.execute(
        f"insert into {TABLE.name} ({', '.join(columns)}) select * from unnest({arrays})",
        *(list(column) for column in zip(*rows, strict=True)),
    )
    assert (await reveal(pool, keys, "name"))["name"] == "张三丰"


@pytest.mark.parametrize(
    "sql",
    [
        "update vault_person set name = phone",
        "update vault_person set name = set_byte(name, 14, get_byte(name, 14) # 1)",
        "update vault_person set name = substr(name, 1, 8)",
        "update vault_person set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)",
        "update vault_person a set name = b.name from vault_person b where a.id <> b.id",
        "update vault_person a set wrapped = b.wrapped, name = b.name from vault_person b where a.id <> b.id",
    ],
)
async def test_what_was_altered_or_moved_does_not_open(pool: asyncpg.Pool, keys: Keys, sql: str) -> None:
    await keep(pool, keys)
    await keep(pool, keys, Person(name="李四", phone="13900000000"), id=UUID(int=2))
    await pool.execute(sql)
    with pytest.raises(Refusal) as refused:
        await reveal(pool, keys, "name")
    assert code_of(refused) == "vault.altered"
    assert await traces(pool) == []


async def test_another_installations_keys_open_nothing(
    pool: asyncpg.Pool, keys: Keys, tmp_path: Path
) -> None:
    await keep(pool, keys)
    others = Keys(lambda: vault.load_keyring(tmp_path / "others", os.urandom))
    with pytest.raises(Refusal) as refused:
        await reveal(pool, others, "name")
    assert code_of(refused) == "vault.key_missing"


async def test_a_trace_that_could_be_rolled_back_is_none(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    async with pool.acquire() as conn, conn.transaction():
        with pytest.raises(RuntimeError, match="durable"):
            await vault.reveal(
                conn, ZHANG, ["name"], purpose="contact", actor=DESK, matter=MATTER, now=NOW, keys=keys
            )


@pytest.mark.parametrize(
    ("fields", "more", "code"),
    [
        (("name",), {"purpose": "curiosity"}, "vault.purpose_unknown"),
        (("name",), {"purpose": "own"}, "vault.purpose_not_yours"),
        (("id_number",), {"purpose": "contact"}, "vault.field_not_needed"),
        (("name", "secrets"), {}, "vault.field_not_needed"),
        ((), {}, "vault.field_not_needed"),
        (("name",), {"actor": requester(str(ZHANG))}, "vault.purpose_not_yours"),
        (("name",), {"actor": requester(str(UUID(int=9))), "purpose": "own"}, "vault.not_yours"),
        (("name",), {"actor": CLOCK}, "vault.purpose_not_yours"),
    ],
)
async def test_what_nobody_needs_is_not_read(
    pool: asyncpg.Pool, keys: Keys, fields: tuple[str, ...], more: dict[str, object], code: str
) -> None:
    await keep(pool, keys)
    with pytest.raises(Refusal) as refused:
        await reveal(pool, keys, *fields, **more)
    assert code_of(refused) == code
    assert await traces(pool) == []


async def test_a_resident_reads_and_sees_who_else_did(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    await reveal(pool, keys, "phone")
    mine = await reveal(pool, keys, "name", actor=requester(str(ZHANG)), purpose="own", matter=None)
    assert mine == {"name": "张三丰"}
    async with pool.acquire() as conn:
        seen = await vault.who_read(conn, ZHANG)
    assert [(one.act, one.unit, one.purpose, one.fields, one.matter) for one in seen] == [
        ("read", "", "own", ("name",), None),
        ("read", "desk", "contact", ("phone",), MATTER),
    ]


async def test_masked_by_default_and_without_a_trace(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    async with pool.acquire() as conn:
        seen = (await vault.masked(conn, [ZHANG, UUID(int=404)], keys, DESK))[ZHANG]
    assert (seen.name, seen.phone, seen.address) == ("张**", "138****1234", "海曙区鼓楼街道中营社区***")
    assert seen.id_number == "110105********002x"
    assert await traces(pool) == []


async def test_whistle_blowers_are_known_to_one_duty_only(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(
        pool, keys, guard=Guard(retention="whistle", kept_for="confidant", kept_from=("office", "bureau"))
    )
    accused = Actor(hand="post", id="p8", unit="bureau", duties=frozenset({"confidant", "supervisor"}))
    trusted = Actor(hand="post", id="p7", unit="party", duties=frozenset({"confidant"}))
    for actor in (DESK, OFFICER, accused):
        with pytest.raises(Refusal) as refused:
            await reveal(pool, keys, "name", actor=actor)
        assert code_of(refused) == "vault.not_yours"
        async with pool.acquire() as conn:
            shown = (await vault.masked(conn, [ZHANG], keys, actor))[ZHANG]
            found = await vault.find_by_phone(
                conn, "13812341234", purpose="contact", actor=actor, now=NOW, keys=keys
            )
        assert (shown.name, shown.phone, shown.address, found) == ("***", "", "", ())
    assert (await reveal(pool, keys, "name", actor=trusted))["name"] == "张三丰"


@pytest.mark.parametrize("asked", ["13812341234", "+86 138 1234 1234", "１３８-1234-1234"])
async def test_found_by_telephone_however_it_is_written(pool: asyncpg.Pool, keys: Keys, asked: str) -> None:
    await keep(pool, keys)
    await keep(pool, keys, Person(phone="13900000000"), id=UUID(int=2))
    async with pool.acquire() as conn:
        found = await vault.find_by_phone(conn, asked, purpose="contact", actor=DESK, now=NOW, keys=keys)
        none = await vault.find_by_phone(conn, "", purpose="contact", actor=DESK, now=NOW, keys=keys)
        nobody = await vault.find_by_phone(conn, "12345", purpose="contact", actor=DESK, now=NOW, keys=keys)
        by_id = await vault.find_by_id_number(
            conn, "11010519491231002X", purpose="identify", actor=DESK, now=NOW, keys=keys
        )
    assert (found, none, nobody, by_id) == ((ZHANG,), (), (), (ZHANG,))
    assert [(act, person) for act, person, *_ in await traces(pool)] == [
        ("search", ZHANG),
        ("search", None),
        ("search", ZHANG),
    ]


async def test_the_hash_says_nothing_without_its_key(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    kept = await pool.fetchval("select phone_hash from vault_person")
    assert kept == hmac.digest(keys.ring.phone, b"13812341234", "sha256")[:16]
    assert keys.ring.phone != keys.ring.id_number != keys.ring.index


async def correct(pool: asyncpg.Pool, keys: Keys, changes: dict[str, str], actor: Actor = DESK) -> None:
    async with pool.acquire() as conn:
        await vault.correct(conn, ZHANG, changes, actor=actor, matter=MATTER, now=NOW, keys=keys)


async def test_a_correction_is_found_and_read(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    await correct(pool, keys, {"phone": "13900000000", "address": ""}, requester(str(ZHANG)))
    read = await reveal(pool, keys, "name", "phone", "address", purpose="visit")
    assert read == {"name": "张三丰", "phone": "13900000000"}
    async with pool.acquire() as conn:
        old, new = [
            await vault.find_by_phone(conn, phone, purpose="contact", actor=DESK, now=NOW, keys=keys)
            for phone in ("13812341234", "13900000000")
        ]
    assert (old, new) == ((), (ZHANG,))
    assert (await traces(pool))[0][:2] == ("correct", ZHANG)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "138****1234"}, "vault.masked_value"),
        ({"name": "李四", "address": "海曙区***"}, "vault.masked_value"),
        ({"name": "x" * 201}, "text.too_long"),
        ({"name": "a\x00b"}, "text.control_character"),
        ({"name": "a\ud800"}, "text.not_unicode"),
        ({"nickname": "三"}, "vault.field_not_needed"),
        ({}, "vault.field_not_needed"),
    ],
)
async def test_what_may_not_be_written_changes_nothing(
    pool: asyncpg.Pool, keys: Keys, changes: dict[str, str], code: str
) -> None:
    await keep(pool, keys)
    with pytest.raises(Refusal) as refused:
        await correct(pool, keys, changes)
    assert code_of(refused) == code
    assert (await reveal(pool, keys, "name", "phone"))["name"] == "张三丰"


@pytest.mark.parametrize("field", ["name", "phone", "address", "id_number"])
def test_masked_values_are_refused_when_they_come_in(keys: Keys, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        vault.sealed_rows(Person(**{field: "张*"}), NOW, keys.ring, id=ZHANG, chance=os.urandom)
    assert refused.value.facts == {"field": field}


async def test_nobody_corrects_or_erases_for_another(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    stranger = requester(str(UUID(int=9)))
    with pytest.raises(Refusal) as refused:
        await correct(pool, keys, {"name": "李四"}, stranger)
    assert code_of(refused) == "vault.not_yours"
    async with pool.acquire() as conn:
        with pytest.raises(Refusal) as refused:
            await vault.erase(conn, [ZHANG], actor=stranger, matter=None, now=NOW)
    assert code_of(refused) == "vault.not_yours"


async def test_who_is_erased_is_gone_for_good(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    async with pool.acquire() as conn:
        me = requester(str(ZHANG))
        assert await vault.erase(conn, [ZHANG], actor=me, matter=None, now=NOW) == 1
        assert await vault.erase(conn, [ZHANG], actor=me, matter=None, now=NOW) == 0
        found = await vault.find_by_phone(
            conn, "13812341234", purpose="contact", actor=DESK, now=NOW, keys=keys
        )
        shown = (await vault.masked(conn, [ZHANG], keys, DESK))[ZHANG]
    assert (found, shown.is_erased, shown.name) == ((), True, "")
    row = await pool.fetchrow("select * from vault_person")
    assert {name for name, value in row.items() if value is not None} == {
        "id", "kept_for", "kept_from", "retention", "created_at", "erased_at",
    }  # fmt: skip
    for change in (lambda: reveal(pool, keys, "name"), lambda: correct(pool, keys, {"name": "李四"})):
        with pytest.raises(Refusal) as refused:
            await change()
        assert code_of(refused) == "vault.erased"


async def test_the_trace_can_only_be_added_to(pool: asyncpg.Pool, keys: Keys) -> None:
    await keep(pool, keys)
    await reveal(pool, keys, "name")
    for sql in (
        "update personal_access set actor = 'me'",
        "delete from personal_access",
        "truncate personal_access",
    ):
        # Its owner lacks the right; a superuser, whom rights do not bind, meets the trigger.
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
            await pool.execute(sql)


async def test_a_new_master_takes_over_while_everything_runs(
    pool: asyncpg.Pool, keys: Keys, tmp_path: Path
) -> None:
    rows = [
        vault.sealed_rows(Person(name=f"王{n}"), NOW, keys.ring, id=UUID(int=n), chance=os.urandom)[0]
        for n in range(1, 301)
    ]
    await insert(pool, rows)
    serving = Keys(lambda: vault.load_keyring(tmp_path / "vault.keys", os.urandom))
    old = serving.ring.current
    vault.add_master(tmp_path / "vault.keys", serving.ring, os.urandom)
    rotating = Keys(lambda: vault.load_keyring(tmp_path / "vault.keys", os.urandom))

    async def read_on() -> None:
        for n in range(1, 301, 7):
            async with pool.acquire() as conn:
                found = await vault.reveal(
                    conn,
                    UUID(int=n),
                    ["name"],
                    purpose="contact",
                    actor=DESK,
                    matter=None,
                    now=NOW,
                    keys=serving,
                )
            assert found == {"name": f"王{n}"}

    seen: list[int] = []
    done, _ = await asyncio.gather(vault.rewrap(pool, rotating, batch=40, progress=seen.append), read_on())
    assert done == 300
    assert seen == [40, 80, 120, 160, 200, 240, 280, 300]
    assert await vault.rewrap(pool, rotating) == 0
    async with pool.acquire() as conn:
        await vault.register(conn, rotating.ring, NOW)
        assert await vault.retire(conn, rotating.ring, NOW) == (old.id,)
        vault.drop_masters(tmp_path / "vault.keys", rotating.ring)
        only = Keys(lambda: vault.load_keyring(tmp_path / "vault.keys", os.urandom))
        assert set(only.ring.masters) == {rotating.ring.current.id}
        await vault.register(conn, only.ring, NOW)
    assert (await reveal(pool, only, "name"))["name"] == "王1"


async def test_a_change_of_keys_that_was_cut_off_goes_on(
    pool: asyncpg.Pool, keys: Keys, tmp_path: Path
) -> None:
    for n in range(1, 51):
        await keep(pool, keys, Person(name=f"王{n}"), id=UUID(int=n))
    vault.add_master(tmp_path / "vault.keys", keys.ring, os.urandom)
    rotating = Keys(lambda: vault.load_keyring(tmp_path / "vault.keys", os.urandom))

    def break_off(done: int) -> None:
        if done >= 20:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await vault.rewrap(pool, rotating, batch=10, progress=break_off)
    async with pool.acquire() as conn:
        with pytest.raises(Refusal) as refused:
            await vault.retire(conn, rotating.ring, NOW)
    assert (code_of(refused), refused.value.facts) == ("vault.key_in_use", {"persons": 30})
    assert await vault.rewrap(pool, rotating, batch=10) == 30


async def test_keys_that_open_nothing_here_are_refused_at_the_start(
    pool: asyncpg.Pool, keys: Keys, tmp_path: Path
) -> None:
    async with pool.acquire() as conn:
        await vault.register(conn, keys.ring, NOW)
        await vault.register(conn, keys.ring, NOW)
        others = vault.load_keyring(tmp_path / "others", os.urandom)
        with pytest.raises(Refusal) as refused:
            await vault.register(conn, others, NOW)
        assert code_of(refused) == "vault.key_missing"
        mixed = vault.parse_keyring(_with_index_of(keys.ring.to_text(), others.to_text()))
        with pytest.raises(Refusal) as refused:
            await vault.register(conn, mixed, NOW)
        assert code_of(refused) == "vault.keys_differ"


def _with_index_of(text: str, other: str) -> str:
    index = next(line for line in other.splitlines() if line.startswith("index"))
    return "\n".join(index if line.startswith("index") else line for line in text.splitlines())


async def test_retention_runs_from_release_and_tells_before_it_acts(pool: asyncpg.Pool, keys: Keys) -> None:
    days = {"request": 30, "whistle": 10}
    for n, retention in enumerate(("request", "request", "whistle", "relic"), start=1):
        await keep(pool, keys, id=UUID(int=n), guard=Guard(retention=retention))
    async with pool.acquire() as conn:
        assert await vault.release(conn, {UUID(int=n): NOW for n in (1, 3, 4)}) == 3
        assert await vault.release(conn, {UUID(int=1): NOW + timedelta(days=9)}) == 0
        later = NOW + timedelta(days=30)
        told = {
            one.retention: (one.days, one.persons, one.waiting) for one in await vault.due(conn, later, days)
        }
        assert told == {"relic": (-1, 0, 1), "request": (30, 1, 1), "whistle": (10, 1, 0)}
        assert await conn.fetchval("select count(*) from vault_person where erased_at is not null") == 0

        assert await vault.hold(conn, [UUID(int=1)]) == 1
        assert await vault.expire(conn, later, CLOCK, days) == 1
        assert await vault.release(conn, {UUID(int=1): NOW}) == 1
        assert await vault.expire(conn, later, CLOCK, days, most=1) == 1
        assert await vault.expire(conn, later, CLOCK, days) == 0
        left = await conn.fetch("select id from vault_person where erased_at is null order by id")
    assert [row["id"].int for row in left] == [2, 4]


def test_sealing_takes_microseconds(keys: Keys) -> None:
    """A limit far above what it takes, to notice when something slow gets into it."""
    seconds = repeat(
        lambda: vault.sealed_rows(PERSON, NOW, keys.ring, id=ZHANG, chance=os.urandom), number=200, repeat=5
    )
    assert min(seconds) / 200 < 200e-6
