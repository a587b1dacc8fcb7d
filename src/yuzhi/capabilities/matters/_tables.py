"""The tables this room writes, as the store needs to know them. Their DDL is in the migrations."""

from yuzhi.capabilities import vault
from yuzhi.store.unit import Table

TEXT = Table(
    name="text",
    columns=(("id", "uuid"), ("matter_id", "uuid"), ("name", "text"), ("salt", "bytea"), ("body", "text")),
    key=("id",),
    row_type="text_row",
)
IDEMPOTENCY = Table(
    name="idempotency",
    columns=(
        ("actor", "text"),
        ("key", "text"),
        ("request", "bytea"),
        ("response", "bytea"),
        ("at", "timestamptz"),
    ),
    key=("actor", "key"),
    row_type="idempotency_row",
)
DELIVERY = Table(
    name="delivery",
    columns=(
        ("id", "uuid"),
        ("matter_id", "uuid"),
        ("seq", "int4"),
        ("letter", "text"),
        ("audience", "text"),
        ("unit", "text"),
        ("requester", "uuid"),
        ("state", "text"),
        ("next_at", "timestamptz"),
        ("created_at", "timestamptz"),
    ),
    key=("id",),
    row_type="delivery_row",
)
MATTER = Table(
    name="matter",
    columns=(
        ("id", "uuid"),
        ("number", "text"),
        ("pack", "text"),
        ("version", "text"),
        ("procedure", "text"),
        ("state", "text"),
        ("since", "timestamptz"),
        ("kind", "text"),
        ("channel", "text"),
        ("urgency", "text"),
        ("category", "text"),
        ("territory", "text"),
        ("lon_e6", "int4"),
        ("lat_e6", "int4"),
        ("requester", "uuid"),
        ("subject", "uuid"),
        ("opened_at", "timestamptz"),
        ("updated_at", "timestamptz"),
        ("seq", "int4"),
        ("lead_unit", "text"),
        ("route", "text"),
        ("outcome", "text"),
        ("resolved_at", "timestamptz"),
        ("reopen_until", "timestamptz"),
        ("ended_at", "timestamptz"),
        ("satisfaction", "text"),
        ("is_solved", "bool"),
        ("reopened", "int4"),
        ("urged", "int4"),
        ("supervised", "int4"),
        ("escalated", "int4"),
        ("due_at", "timestamptz"),
        ("amber_at", "timestamptz"),
        ("paused_at", "timestamptz"),
        ("is_breached", "bool"),
        ("was_met", "bool"),
    ),
    key=("id",),
    replaces=True,
    row_type="matter_row",
)
ASSIGNMENT = Table(
    name="assignment",
    columns=(
        ("matter_id", "uuid"),
        ("no", "int4"),
        ("unit", "text"),
        ("role", "text"),
        ("state", "text"),
        ("given_at", "timestamptz"),
        ("by_unit", "text"),
        ("signed_at", "timestamptz"),
        ("ended_at", "timestamptz"),
        ("returns_refused", "int4"),
        ("is_live", "bool"),
        ("opened_at", "timestamptz"),
        ("due_at", "timestamptz"),
    ),
    key=("matter_id", "no"),
    replaces=True,
    row_type="assignment_row",
)
CLOCK = Table(
    name="clock",
    columns=(
        ("matter_id", "uuid"),
        ("name", "text"),
        ("no", "int4"),
        ("run", "int4"),
        ("state", "text"),
        ("limit", "text"),
        ("started_at", "timestamptz"),
        ("due_at", "timestamptz"),
        ("amber_at", "timestamptz"),
        ("next_at", "timestamptz"),
        ("paused_at", "timestamptz"),
        ("stopped_at", "timestamptz"),
        ("breached_at", "timestamptz"),
    ),
    key=("matter_id", "name", "no", "run"),
    replaces=True,
    row_type="clock_row",
)
LINK = Table(
    name="link",
    columns=(
        ("matter_id", "uuid"),
        ("no", "int4"),
        ("kind", "text"),
        ("target", "uuid"),
        ("is_live", "bool"),
    ),
    key=("matter_id", "no"),
    replaces=True,
    row_type="link_row",
)

READ_TABLES = (MATTER, ASSIGNMENT, CLOCK, LINK)
TABLES = (*READ_TABLES, TEXT, vault.TABLE, IDEMPOTENCY, DELIVERY)
