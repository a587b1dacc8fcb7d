"""`yuzhi deliveries` as it is typed."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from yuzhi.doors.cli import Command, deliveries, run
from yuzhi.store.postgres.pool import open_pool

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LOST, SENT = UUID(int=1), UUID(int=2)
TABLE = [Command("deliveries", "yuzhi.doors.cli.deliveries:app", "Deliveries.")]
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(fresh_database: str, capsys: pytest.CaptureFixture[str]) -> Typed:
    @asynccontextmanager
    async def open_() -> AsyncIterator[asyncpg.Pool]:
        pool = await open_pool(fresh_database, size=1, name="yuzhi test")
        try:
            yield pool
        finally:
            await pool.close()

    def typed(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            run(TABLE, lambda _: deliveries.Needs(open=open_, now=lambda: NOW), words=words)  # type: ignore[arg-type]
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return typed


@pytest.fixture
async def _outbox(fresh_database: str) -> None:
    conn = await asyncpg.connect(fresh_database)
    await conn.execute(
        "insert into delivery (id, matter_id, seq, letter, audience, unit, state, attempts, created_at,"
        " channel, last_reason) values ($1, $3, 1, 'dispatched', 'assignee', 'roads', 'dead', 16, $4, 'bus',"
        " 'http.status_500'), ($2, $3, 1, 'received', 'requester', '', 'sent', 1, $4, '', '')",
        LOST, SENT, UUID(int=9), NOW,
    )  # fmt: skip
    await conn.execute(
        "insert into delivery_attempt values ($1, 16, $2, 'failed', 'http.status_500')", LOST, NOW
    )
    await conn.close()


@pytest.mark.usefixtures("_outbox")
def test_what_failed_is_listed_shown_and_sent_again(typed: Typed) -> None:
    code, out, _ = typed("deliveries", "list", "--json")
    assert (code, len(json.loads(out)["rows"])) == (0, 2)
    code, out, _ = typed("deliveries", "list", "--channel", "", "--json")
    assert [one["id"] for one in json.loads(out)["rows"]] == [str(SENT)]
    code, out, _ = typed("deliveries", "dead")
    assert code == 1, "whoever watches learns of it"
    assert "http.status_500" in out
    code, out, _ = typed("deliveries", "show", str(LOST), "--json")
    assert json.loads(out)["attempts"][0]["reason"] == "http.status_500"
    assert typed("deliveries", "resend", str(LOST), "--json")[0] == 0
    code, out, _ = typed("deliveries", "dead")
    assert code == 0
    code, _, err = typed("deliveries", "resend", str(LOST))
    assert (code, "delivery.not_dead" in err) == (1, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", str(UUID(int=7))), "delivery.unknown"), (("list", "--state", "lost"), "list.bad_filter"),
        (("list", "--after", "?"), "list.bad_cursor"),
    ],
)  # fmt: skip
def test_what_is_of_no_use_is_refused(typed: Typed, words: tuple[str, ...], told: str) -> None:
    code, _, err = typed("deliveries", *words)
    assert (code, told in err) == (1, True)
