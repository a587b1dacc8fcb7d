"""Who asks is in the vault and nowhere else; what they say is among the texts, never in the journal."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from fakes.city import EAST, an_office
from fakes.keys import told
from fakes.people import DESK, SOMEBODY, post, resident
from fakes.request import REQUEST
from fakes.walk import MONDAY
from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import TABLES, NewMatter, NewStep, Office, OpenedView
from yuzhi.capabilities.vault import FIELDS, TABLE, Person
from yuzhi.engine.definition import Identity
from yuzhi.store.memory.store import MemoryStore

CLERK = post("desk", "dispatcher", unit=DESK, id="clerk")
WANG = Person(
    name="王小明",
    phone="13800001111",
    email="wang@example.org",
    address="东路3弄5号",
    id_type="居民身份证",
    id_number="330203199001011234",
)
SECRETS = [getattr(WANG, name) for name in FIELDS]


async def bodies(store: MemoryStore) -> bytes:
    return b"".join([entry.body async for batch in store.all_entries() for entry in batch])


async def opened(office: Office, by: Actor = CLERK, now: datetime = MONDAY, **said: Any) -> OpenedView:
    fields: dict[str, Any] = {
        "procedure": "request", "subject": "漏水", "kind": "help", "channel": "web",
        "territory": EAST, **said,
    }  # fmt: skip
    answer = await matters.open_matter(office, NewMatter(**fields), by, now)
    return msgspec.json.decode(answer, type=OpenedView)


async def test_who_asks_is_in_the_vault_and_nowhere_else() -> None:
    store = MemoryStore(TABLES)
    office = an_office(store)
    found = await opened(office, requester=WANG)
    (row,) = store.rows["vault_person"].values()
    assert told(row) == WANG
    written = (await bodies(store)).decode() + repr(store.rows)
    assert not [secret for secret in SECRETS if secret in written]
    view = await matters.view(office, found.id, CLERK)
    assert view.has_requester
    assert not [secret for secret in SECRETS if secret in repr(view)]


async def test_who_asks_twice_is_one_person() -> None:
    store = MemoryStore(TABLES)
    office = an_office(store)
    for phone in ("13800001111", "13900002222"):
        await opened(office, resident(), requester=Person(name="王小明", phone=phone))
    (row,) = store.rows["vault_person"].values()
    assert (row[0], told(row).phone) == (UUID(SOMEBODY), "13900002222")
    assert len(store.rows["matter"]) == 2


async def test_nobody_is_told_of_a_person_that_was_not_named() -> None:
    store = MemoryStore(TABLES)
    office = an_office(store)
    assert (await matters.view(office, (await opened(office)).id, CLERK)).has_requester is False
    assert (await matters.view(office, (await opened(office, resident())).id, CLERK)).has_requester is True
    assert store.rows["vault_person"] == {}


SAID = "王小明住在东路3弄5号"


async def test_no_words_of_anybody_are_in_the_journal() -> None:
    store = MemoryStore(TABLES)
    office = an_office(store)
    found = await opened(office, subject=SAID, detail=SAID, place_words=SAID, form={"whom": SAID})
    handler = post("handler")
    await matters.take_step(office, found.id, "dispatch", NewStep(lead="water"), CLERK, MONDAY)
    await matters.take_step(office, found.id, "object", NewStep(reason="not_ours"), handler, MONDAY)
    await matters.take_step(office, found.id, "refuse", NewStep(reason=SAID), CLERK, MONDAY)
    await matters.take_step(office, found.id, "sign", NewStep(), handler, MONDAY)
    answer = NewStep(texts={"reply": SAID}, outcome="solved", form={"cost": 1})
    await matters.take_step(office, found.id, "answer", answer, handler, MONDAY)
    assert SAID.encode() not in await bodies(store)
    assert [row[4] for row in store.rows["text"].values()].count(SAID) == 5
    view = await matters.view(office, found.id, CLERK)
    assert view.texts["reason"] == SAID


async def test_a_reason_that_has_a_name_is_in_the_journal_by_that_name() -> None:
    store = MemoryStore(TABLES)
    office = an_office(store)
    found = await opened(office, category="water")
    await matters.take_step(office, found.id, "object", NewStep(reason="not_ours"), post("handler"), MONDAY)
    assert b'"reason":"not_ours"' in await bodies(store)


async def test_the_same_words_never_have_the_same_digest() -> None:
    store = MemoryStore(TABLES)
    office = an_office(store)
    for _ in range(2):
        await opened(office, subject="漏水", detail="漏水")
    entries = [entry async for batch in store.all_entries() for entry in batch]
    digests = [
        ref["digest"]
        for entry in entries
        for ref in msgspec.json.decode(entry.body)["facts"][0]["texts"].values()
    ]
    assert len(set(digests)) == len(digests) == 4


any_text = st.text(min_size=6, max_size=30).map(lambda text: f"§{text}§")


@settings(max_examples=60, deadline=None)
@given(any_text, any_text, any_text)
async def test_whatever_people_say(subject: str, detail: str, reason: str) -> None:
    store = MemoryStore(TABLES)
    office = an_office(store)
    try:
        found = await opened(
            office, subject=subject, detail=detail, category="water", requester=Person(name=detail)
        )
        await matters.take_step(
            office, found.id, "object", NewStep(reason="not_ours"), post("handler"), MONDAY
        )
        await matters.take_step(office, found.id, "refuse", NewStep(reason=reason), CLERK, MONDAY)
    except Refusal as refusal:
        assert refusal.code.startswith(("text.", "vault."))  # noqa: PT017
    written = (await bodies(store)).decode()
    assert "§" not in written


@pytest.mark.parametrize("name", ["name", "phone", "email", "address", "id_type", "id_number"])
async def test_a_part_that_is_not_told_is_not_kept(name: str) -> None:
    store = MemoryStore(TABLES)
    await opened(an_office(store), requester=Person(**{name: " told "}))
    (row,) = store.rows["vault_person"].values()
    assert msgspec.to_builtins(told(row)) == {**dict.fromkeys(FIELDS, ""), "id_type": "", name: "told"}


async def test_whose_identity_is_kept_acts_under_a_reference_of_that_matter_alone() -> None:
    """Neither the journal nor the rows of a matter about a unit lead to who else its sender is."""
    store = MemoryStore(TABLES)
    office = an_office(store)
    plain = await opened(office, resident(), requester=WANG)
    kept = await opened(office, resident(), requester=WANG, about_units=("water",))
    one, other = store.rows["vault_person"].values()
    assert one[0] == UUID(SOMEBODY) != other[0]
    assert told(other) == WANG
    bodies_of = {entry.matter: entry.body async for batch in store.all_entries() for entry in batch}
    assert SOMEBODY.encode() in bodies_of[plain.id]
    assert SOMEBODY.encode() not in bodies_of[kept.id]
    assert store.rows["matter"][(kept.id,)][14] == other[0]
    assert other[[name for name, _ in TABLE.columns].index("kept_from")] == "water"


async def test_a_report_is_kept_for_one_duty() -> None:
    store = MemoryStore(TABLES)
    opening = structs.replace(REQUEST.opening, identity=Identity(kinds=("complaint",), duty="dispatcher"))
    office = an_office(store, structs.replace(REQUEST, name="kept", opening=opening))
    for kind, kept_for, retention in (("help", "", "request"), ("complaint", "dispatcher", "whistle")):
        store.rows["vault_person"].clear()
        await opened(office, procedure="kept", kind=kind, requester=WANG)
        (row,) = store.rows["vault_person"].values()
        columns = dict(zip((name for name, _ in TABLE.columns), row, strict=True))
        assert (columns["kept_for"], columns["retention"]) == (kept_for, retention)


async def test_a_masked_value_is_never_written() -> None:
    store = MemoryStore(TABLES)
    with pytest.raises(Refusal) as refused:
        await opened(an_office(store), requester=Person(phone="138****1234"))
    assert refused.value.code == "vault.masked_value"
    assert [rows for rows in store.rows.values() if rows] == []


async def test_nobody_complains_about_a_unit_that_is_not_there() -> None:
    store = MemoryStore(TABLES)
    with pytest.raises(Refusal) as refused:
        await opened(an_office(store), about_units=("nobody",), requester=WANG)
    assert refused.value.code == "unit.unknown"
