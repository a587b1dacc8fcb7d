"""Row types: what is written all the time goes over as one array of rows a table, not one array a column."""

from alembic import op

revision = "0120"
down_revision = "0071"

# Whoever gives a written table another column makes a new type beside the old one (matter_row_2), which
# servers of the version before go on using until they are replaced.
TYPES = (
    "entry_row as (matter_id uuid, seq int4, at timestamptz, step text, body bytea, leaf bytea)",
    """matter_row as (
        id uuid, number text, pack text, version text, procedure text, state text, since timestamptz,
        kind text, channel text, urgency text, category text, territory text, lon_e6 int4, lat_e6 int4,
        requester uuid, subject uuid, opened_at timestamptz, updated_at timestamptz, seq int4,
        lead_unit text, route text, outcome text, resolved_at timestamptz, reopen_until timestamptz,
        ended_at timestamptz, satisfaction text, is_solved bool, reopened int4, urged int4,
        supervised int4, escalated int4, due_at timestamptz, amber_at timestamptz, paused_at timestamptz,
        is_breached bool, was_met bool
    )""",
    """assignment_row as (
        matter_id uuid, no int4, unit text, role text, state text, given_at timestamptz, by_unit text,
        signed_at timestamptz, ended_at timestamptz, returns_refused int4, is_live bool,
        opened_at timestamptz, due_at timestamptz
    )""",
    """clock_row as (
        matter_id uuid, name text, no int4, run int4, state text, "limit" text, started_at timestamptz,
        due_at timestamptz, amber_at timestamptz, next_at timestamptz, paused_at timestamptz,
        stopped_at timestamptz, breached_at timestamptz
    )""",
    "link_row as (matter_id uuid, no int4, kind text, target uuid, is_live bool)",
    "text_row as (id uuid, matter_id uuid, name text, salt bytea, body text)",
    "idempotency_row as (actor text, key text, request bytea, response bytea, at timestamptz)",
    """delivery_row as (
        id uuid, matter_id uuid, seq int4, letter text, audience text, unit text, requester uuid,
        state text, next_at timestamptz, created_at timestamptz
    )""",
    """vault_person_row as (
        id uuid, key_id text, wrapped bytea, name bytea, phone bytea, email bytea, address bytea,
        id_number bytea, id_type text, phone_hash bytea, id_hash bytea, kept_for text, kept_from text,
        retention text, created_at timestamptz, changed_at timestamptz, released_at timestamptz,
        erased_at timestamptz
    )""",
)


def upgrade() -> None:
    """Make the types."""
    for made in TYPES:
        op.execute(f"create type {made}")
