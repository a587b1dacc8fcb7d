"""What was done in the field over HTTP: a batch goes in, and every item of it is answered for."""

from datetime import datetime
from functools import partial
from typing import Any, Final, Literal

from litestar import Request, post
from msgspec import Struct

from yuzhi.capabilities import field
from yuzhi.capabilities.field import Depot, Outcome, TakenView
from yuzhi.doors.api._attached import missing_files
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._problems import language_of, status_of
from yuzhi.doors.wording import Language, word

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a batch: a thousand reports of some thousand characters."""


class ItemView(Struct, frozen=True, omit_defaults=True):
    """What became of an item; of a refused one the code and words, and the status it would have had alone."""

    id: str
    status: Literal["taken", "repeated", "refused"]
    matter: TakenView | None = None
    code: str = ""
    says: str = ""
    do: str = ""
    http_status: int = 0
    facts: dict[str, Any] = {}


class BatchView(Struct, frozen=True):
    """What became of a batch: `at` is our time, `clock_behind` by how many seconds the device's was off."""

    at: datetime
    clock_behind: int
    taken: int
    repeated: int
    refused: int
    items: tuple[ItemView, ...]


@post("/batches", status_code=200, request_max_body_size=LARGEST)
async def take_batch(request: Request[Any, Any, Any]) -> BatchView:
    """Take in what was done without a connection: each item once, in order, refusals item by item."""
    handed, by, now = asking(request)
    batch = field.read_batch(await request.body())
    depot = Depot(handed.office, handed.pool, missing=partial(missing_files, request))
    done = await field.take_batch(depot, batch, by, now)
    language = language_of(request)
    states = [one.status for one in done.outcomes]
    return BatchView(
        at=done.at,
        clock_behind=done.behind,
        taken=states.count("taken"),
        repeated=states.count("repeated"),
        refused=states.count("refused"),
        items=tuple(_item(one, language) for one in done.outcomes),
    )


def _item(outcome: Outcome, language: Language) -> ItemView:
    refusal = outcome.refusal
    if refusal is None:
        return ItemView(id=outcome.id, status=outcome.status, matter=outcome.matter)
    wording = word(refusal, language)
    facts = {name: _plain(value) for name, value in refusal.facts.items()}
    return ItemView(
        id=outcome.id, status=outcome.status, code=refusal.code, says=wording.says, do=wording.do,
        http_status=int(status_of(refusal)), facts=facts,
    )  # fmt: skip


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


HANDLERS = (take_batch,)
