import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from fakes.city import an_office
from fakes.tracks import CLOSED, COURT, FORMS, TALK
from fakes.walk import MONDAY
from yuzhi.base.actor import Actor
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import TABLES, HandTo, NewMatter, NewStep
from yuzhi.doors.cli import Command, run
from yuzhi.doors.cli.journal import Needs, Opened
from yuzhi.store.postgres.pool import open_pool
from yuzhi.store.postgres.store import PostgresStore

TABLE = [Command("journal", "yuzhi.doors.cli.journal:app", "The journal.")]
CLERK = Actor(hand="post", id="p", unit="city", duties=frozenset({"desk", "handler"}), covers=("3302",))
Typed = Callable[..., tuple[int, str, str]]


async def handed_over(dsn: str) -> str:
    """Hand a matter over and return the number of the one that gave."""
    pool = await open_pool(dsn, size=2, name="yuzhi test")
    office = an_office(PostgresStore(pool, TABLES), TALK, COURT, CLOSED, forms=FORMS)
    asked = NewMatter(procedure="talk", subject="漏水", kind="help", territory="330212001001")
    opened = json.loads(await matters.open_matter(office, asked, CLERK, MONDAY))
    id_ = await matters.by_number(pool, opened["number"])
    assert id_ is not None
    agree = NewStep(form={"agreed_on": "2026-03-02"})
    await matters.take_step(office, id_, "agree", agree, CLERK, MONDAY)
    give = NewStep(hand_over=HandTo(procedure="court"))
    await matters.take_step(office, id_, "give", give, CLERK, MONDAY)
    await pool.close()
    number: str = opened["number"]
    return number


@pytest.fixture
def typed(fresh_database: str, capsys: pytest.CaptureFixture[str]) -> Typed:
    """The commands on a database of the test's own."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        pool = await open_pool(fresh_database, size=2, name="yuzhi test")
        try:
            store = PostgresStore(pool, TABLES)
            office = an_office(store, TALK, COURT, CLOSED, forms=FORMS)
            yield Opened(pool=pool, store=store, shelf=office.shelf)  # type: ignore[arg-type]
        finally:
            await pool.close()

    def type_(*words: str) -> tuple[int, str, str]:
        status = 0
        try:
            run(TABLE, lambda _kind: Needs(open=opened), words=list(words))  # type: ignore[arg-type]
        except SystemExit as ended:
            status = int(ended.code or 0)
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return type_


def test_a_thread_is_shown_by_the_number_of_any_matter_of_it(typed: Typed, fresh_database: str) -> None:
    number = asyncio.run(handed_over(fresh_database))
    status, out, _ = typed("journal", "thread", number, "--json")
    parts = json.loads(out)
    assert status == 0
    assert [one["procedure"] for one in parts] == ["talk", "court"]
    assert parts[1]["from_number"] == number
    status, out, _ = typed("journal", "thread", parts[1]["number"])
    assert number in out
    assert typed("journal", "verify")[0] == 0


def test_a_number_nobody_gave(typed: Typed) -> None:
    status, _, err = typed("journal", "thread", "2026030200000013")
    assert status != 0
    assert "matter.not_found" in err
