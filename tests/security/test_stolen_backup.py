"""Whoever has the database and not the key files: what is readable in every row of every table."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.town import ASK, Town, a_town, by_phone

API = "/api/v1"
NAME, PHONE, EMAIL, ID_NUMBER, HOME = (
    "欧阳不存在", "13987650432", "ouyang@mail.example", "330212199001011239", "某路九十九号四零四室",
)  # fmt: skip


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        yield made


async def everything(town: Town) -> dict[str, str]:
    """Return every table as the text a backup holds."""
    async with town.pool.acquire() as conn:
        tables = await conn.fetch("select tablename from pg_tables where schemaname = 'public'")
        return {
            row["tablename"]: "\n".join(
                str(one[0]) for one in await conn.fetch(f'select t::text from "{row["tablename"]}" t')
            )
            for row in tables
        }


async def test_a_backup_without_the_keys_names_nobody_and_opens_nothing(town: Town) -> None:
    requester = {
        "name": NAME, "phone": PHONE, "email": EMAIL, "address": HOME, "id_type": "id_card",
        "id_number": ID_NUMBER,
    }  # fmt: skip
    async with town.signed_in("acc-desk") as desk:
        made = await desk.post(f"{API}/matters", {**ASK, "channel": "hotline", "requester": requester})
        assert made.status_code == 201, made.text
        session = desk.http.cookies["__Host-yuzhi-session"]
        draft = "/calls/drafts/01890000-0000-7000-8000-000000000001"
        kept = await desk.put(f"{API}{draft}", {"version": 0, "content": {"name": NAME, "phone": PHONE}})
        assert kept.status_code == 200, kept.text
        begun = (await desk.post(f"{API}/session/second-factor")).json()
    async with town.client() as resident:
        await by_phone(town, resident, PHONE)
        theirs = resident.http.cookies["__Host-yuzhi-session"]
    code = made.json()["tracking_code"]
    secrets = (
        NAME, PHONE, EMAIL, ID_NUMBER, HOME, PHONE[3:], session, theirs, begun["secret"], code,
        code.replace("-", ""),
    )  # fmt: skip
    tables = await everything(town)
    assert [(table, one) for table, text in tables.items() for one in secrets if one in text] == []
    # What residents wrote is readable: the documents say so, and so must this, lest they claim more.
    assert ASK["detail"] in tables["text"]
