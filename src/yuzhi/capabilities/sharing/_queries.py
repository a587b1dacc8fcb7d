"""All SQL that reads matters for everybody. No statement is without the keys of what packs publish."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.sharing._rules import KEY, Rule, keys_of
from yuzhi.capabilities.sharing._views import Row
from yuzhi.store.postgres.pool import acquired

PATIENCE = 5.0  # seconds
CITY = 4
LONGEST_NAME = 200
_SOONEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "m.id, m.number, m.procedure, m.version, m.state, m.since, m.kind, m.channel, m.category, m.territory,"
    " m.opened_at, m.resolved_at, m.due_at, m.lead_unit, m.outcome, m.satisfaction, m.ended_at"
)
_SUBJECT = ", (select t.body from text t where t.id = m.subject and not yuzhi_is_sealed(m.id)) as subject"


class Sought(Struct, frozen=True):
    """What is looked for; `codes` are territories, former codes included, none meaning everywhere.

    `opened_to` is the first instant that is too late. `categories` are pairs of a procedure and a branch of
    its tree; a branch that is empty means matters without a category.
    """

    codes: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    kind: str = ""
    categories: tuple[tuple[str, str], ...] = ()
    is_closed: bool | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    after: tuple[datetime, UUID] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The fields that must be public for a matter to be found by them."""
        asked = {
            "kind": self.kind, "state": self.is_closed is not None, "category": self.categories,
            "opened_at": self.opened_from or self.opened_to,
        }  # fmt: skip
        return frozenset(name for name, value in asked.items() if value)


async def find(
    pool: asyncpg.Pool, found: Iterable[Rule], roots: Sequence[str], sought: Sought, *, most: int
) -> list[Row]:
    """Return published matters, newest first.

    A matter is found only by what its procedure publishes, and in a territory only down to the level it is
    published at. Raises Refusal `list.bad_filter` and `list.too_wide`.
    """
    _check(sought)
    named = [
        rule
        for rule in found
        if rule.fields >= sought.fields
        and (not sought.procedures or rule.procedure.name in sought.procedures)
    ]
    everywhere = sorted({root[:CITY] for root in roots} | {""})
    branches = _branches(sought.codes) if sought.codes else [(CITY, everywhere)]
    arguments: list[object] = [most]
    parts = []
    for length, codes in branches:
        keys = keys_of(rule for rule in named if not sought.codes or rule.digits >= length)
        if keys:
            tests = _tests(sought, keys, arguments)
            arguments.append(codes)
            parts.append(
                f"(select x.* from unnest(${len(arguments)}::text[]) p(code), lateral"
                f" (select {_COLUMNS}, m.subject as subject_id from matter m"
                f" where left(m.territory, {length}) = p.code{tests}"
                " order by m.opened_at desc, m.id desc limit $1) x)"
            )
    if not parts:
        return []
    sql = (
        f"select {_COLUMNS}, t.body as subject from ("
        + " union all ".join(parts)
        + ") m left join text t on t.id = m.subject_id and not yuzhi_is_sealed(m.id)"
        " order by m.opened_at desc, m.id desc limit $1"
    )
    async with acquired(pool) as conn:
        try:
            rows = await conn.fetch(sql, *arguments, timeout=PATIENCE)
        except (asyncpg.QueryCanceledError, TimeoutError):
            raise Refusal("list.too_wide", seconds=PATIENCE) from None
    return [Row(*row) for row in rows]


async def by_numbers(pool: asyncpg.Pool, found: Iterable[Rule], numbers: Sequence[str]) -> list[Row]:
    """Return those of some matters that are published, newest first; of rules that publish numbers."""
    keys = keys_of(rule for rule in found if rule.shows("number"))
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            f"select {_COLUMNS}{_SUBJECT} from matter m where m.number = any($1) and {KEY} = any($2)"
            " order by m.opened_at desc, m.id desc",
            numbers,
            keys,
        )
    return [Row(*row) for row in rows]


def _check(sought: Sought) -> None:
    """Refuse what no name or instant can be, before the database sees it."""
    named = [*sought.codes, *sought.procedures, sought.kind, *(branch for _, branch in sought.categories)]
    if any(len(one) > LONGEST_NAME or not one.isprintable() for one in named):
        raise Refusal("list.bad_filter", filter="text")
    for name, at in (("opened_from", sought.opened_from), ("opened_to", sought.opened_to)):
        if at is not None and (at.tzinfo is None or not _SOONEST < at < _LATEST):
            raise Refusal("list.bad_filter", filter=name)


def _branches(codes: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return codes by their length, so that each is looked up in the index of its level."""
    by_length: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_length.setdefault(len(code), []).append(code)
    return sorted(by_length.items())


def _tests(sought: Sought, keys: list[str], arguments: list[object]) -> str:
    def place(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    told = [f"{KEY} = any({place(keys)}::text[])"]
    if sought.kind:
        told.append(f"m.kind = {place(sought.kind)}")
    if sought.categories:
        procedures, branches = zip(*sought.categories, strict=True)
        named = f"unnest({place(list(procedures))}::text[], {place(list(branches))}::text[])"
        told.append(
            f"exists (select from {named} c(procedure, branch) where c.procedure = m.procedure and"
            " (m.category = c.branch or (c.branch <> '' and starts_with(m.category, c.branch || '/'))))"
        )
    if sought.is_closed is not None:
        told.append(f"m.ended_at is {'not ' if sought.is_closed else ''}null")
    if sought.opened_from is not None:
        told.append(f"m.opened_at >= {place(sought.opened_from)}")
    if sought.opened_to is not None:
        told.append(f"m.opened_at < {place(sought.opened_to)}")
    if sought.after is not None:
        told.append(f"(m.opened_at, m.id) < ({place(sought.after[0])}, {place(sought.after[1])})")
    return "".join(f" and {one}" for one in told)


async def unsealed(pool: asyncpg.Pool, matters: Sequence[UUID]) -> list[UUID]:
    """Return those of some matters that are no dispute: what is said in one is not for everybody."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select id from unnest($1::uuid[]) one (id) where not yuzhi_is_sealed(id)", list(matters)
        )
    return [row["id"] for row in rows]
