"""`yuzhi vault` as it is typed: shown, read, corrected, erased, and the keys changed."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from fakes.revisions import upgraded_before
from fakes.town import ASK, a_town
from fakes.typed import Typed
from yuzhi.base.refusal import Refusal
from yuzhi.store.migrations import head, migrate

WANG = {"name": "王小明", "phone": "13800001111"}


@pytest.fixture
def typed(fresh_database: str, tmp_path: Path) -> Typed:
    return Typed(fresh_database, tmp_path, "vault")


async def test_who_asked_at_the_machine_itself(typed: Typed, tmp_path: Path) -> None:
    async with a_town(typed.dsn, tmp_path) as town:
        async with town.client() as browser:
            opened = (await browser.post("/api/v1/matters", {**ASK, "requester": WANG})).json()
            report = (
                await browser.post("/api/v1/matters", {**ASK, "kind": "report", "requester": WANG})
            ).json()
        number = opened["number"]
        assert (await typed("show", number))[1]["phone"] == "138****1111"
        assert (await typed("show", number, "--purpose", "contact"))[1] == WANG
        assert (await typed("show", report["number"], "--purpose", "contact"))[1]["code"] == "vault.not_yours"
        assert (await typed("correct", number, "phone=139****2222"))[1]["code"] == "vault.masked_value"
        assert (await typed("correct", number, "phone=13900002222"))[1] == {"corrected": ["phone"]}
        readers = (await typed("readers", number))[1]
        assert [(one["act"], one["purpose"]) for one in readers] == [
            ("correct", "correct"),
            ("read", "contact"),
        ]

        # The server goes on while the master changes, and seals with the new one.
        before = (tmp_path / "keys" / "vault.keys").read_text(encoding="utf-8")
        changed = (await typed("rotate"))[1]
        assert (changed["rewrapped"], len(changed["retired"])) == (2, 1)
        after = (tmp_path / "keys" / "vault.keys").read_text(encoding="utf-8")
        assert changed["retired"][0] in before
        assert changed["retired"][0] not in after
        async with town.client() as browser:
            newer = await browser.post("/api/v1/matters", {**ASK, "requester": WANG})
            assert newer.status_code == 201
        assert (await typed("show", newer.json()["number"], "--purpose", "contact"))[1] == WANG
        keys = (await typed("keys"))[1]
        assert [(one["persons"], one["in use"]) for one in keys] == [(0, False), (3, True)]

        assert (await typed("due"))[1][0]["due"] == 0
        assert (await typed("erase", number, "--yes"))[1] == {"erased": 1}
        assert (await typed("show", number))[1] == {"is_erased": True}
        kinds = await town.pool.fetch("select kind, actor, facts from trace order by id")
        found: list[Any] = [(row["kind"], json.loads(row["facts"]).get("what")) for row in kinds]
        assert ("key_changed", "retired") in found
        assert {"unmasked", "corrected", "erased"} <= {kind for kind, _ in found}
        by = {row["actor"].partition(":")[0] for row in kinds if row["kind"] in {"unmasked", "key_changed"}}
        assert by == {"operator"}


async def test_who_asked_before_there_was_a_vault_is_sealed_so_that_the_database_can_be_upgraded(
    empty_database: str, tmp_path: Path
) -> None:
    typed = Typed(empty_database, tmp_path, "vault")
    await upgraded_before("0040", empty_database)
    conn = await asyncpg.connect(empty_database)
    await conn.execute("insert into requester (id, name, created_at) values (gen_random_uuid(), '王', now())")
    with pytest.raises(Refusal, match="plain_requesters"):
        await migrate(empty_database)
    assert (await typed("adopt"))[1] == {"sealed": 1}
    assert await migrate(empty_database) == head()
    assert (await typed("adopt"))[1] == {"sealed": 0}
    assert await conn.fetchval("select count(*) from vault_person") == 1
    await conn.close()
