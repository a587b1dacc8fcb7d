"""Changes made by hand, for tests of stores: an entry and a row or two, with nothing behind them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from yuzhi.store.journal import StoredEntry, leaf_hash
from yuzhi.store.unit import Change, Row, Table

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

TEXT = Table(
    name="text",
    columns=(("id", "uuid"), ("matter_id", "uuid"), ("name", "text"), ("salt", "bytea"), ("body", "text")),
    key=("id",),
)
KEYS = Table(
    name="idempotency",
    columns=(
        ("actor", "text"),
        ("key", "text"),
        ("request", "bytea"),
        ("response", "bytea"),
        ("at", "timestamptz"),
    ),
    key=("actor", "key"),
)
LINK = Table(
    name="link",
    columns=(("matter_id", "uuid"), ("no", "int4"), ("kind", "text"), ("target", "uuid")),
    key=("matter_id", "no"),
    replaces=True,
)  # fmt: skip
TABLES = (TEXT, KEYS, LINK)


def id_of(n: int) -> UUID:
    """Return the id of the nth matter, in order."""
    return UUID(int=n)


def change(
    n: int, seq: int = 1, *, said: str = "", rows: Mapping[str, Sequence[Row]] | None = None
) -> Change:
    """Return a change of the nth matter, with rows by table name."""
    body = f'{{"matter":{n},"said":"{said}","seq":{seq}}}'.encode()
    entry = StoredEntry(matter=id_of(n), seq=seq, at=AT, step="step", body=body, leaf=leaf_hash(body))
    return Change(entry=entry, rows=rows or {})


def text(n: int, body: str | None, id: int | None = None) -> dict[str, list[Row]]:  # noqa: A002
    """Return rows that keep a text for the nth matter."""
    return {"text": [(UUID(int=n if id is None else id), id_of(n), "subject", b"salt", body)]}


def key(actor: str, name: str, response: bytes = b"{}") -> dict[str, list[Row]]:
    """Return rows that remember an answer."""
    return {"idempotency": [(actor, name, b"digest", response, AT)]}


def link(n: int, kind: str, no: int = 1) -> dict[str, list[Row]]:
    """Return rows of a table whose newest row wins."""
    return {"link": [(id_of(n), no, kind, id_of(99))]}
