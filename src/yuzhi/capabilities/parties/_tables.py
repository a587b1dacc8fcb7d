"""The tables a newly opened dispute writes in the transaction that opens its matter."""

from yuzhi.capabilities import vault
from yuzhi.capabilities.matters import Tie
from yuzhi.store.unit import Table

DISPUTE = Table(
    name="dispute",
    columns=(
        ("matter_id", "uuid"),
        ("unit", "text"),
        ("happened_on", "date"),
        ("origin", "uuid"),
        ("opened_at", "timestamptz"),
    ),
    key=("matter_id",),
)
PARTY = Table(
    name="party",
    columns=(
        ("id", "uuid"),
        ("matter_id", "uuid"),
        ("side", "int4"),
        ("kind", "text"),
        ("person", "uuid"),
        ("requester", "uuid"),
        ("capacity", "text"),
        ("strong", "text"),
        ("weak", "text"),
        ("joined_at", "timestamptz"),
    ),
    key=("id",),
)
REPRESENTATIVE = Table(
    name="representative",
    columns=(
        ("id", "uuid"),
        ("matter_id", "uuid"),
        ("party", "uuid"),
        ("role", "text"),
        ("person", "uuid"),
        ("requester", "uuid"),
        ("relation", "text"),
        ("scope", "text"),
        ("valid_to", "date"),
        ("consent", "text"),
        ("consented_at", "timestamptz"),
        ("added_at", "timestamptz"),
    ),
    key=("id",),
)
ACT = Table(
    name="case_act",
    columns=(
        ("matter_id", "uuid"),
        ("at", "timestamptz"),
        ("actor", "text"),
        ("unit", "text"),
        ("act", "text"),
        ("facts", "jsonb"),
    ),
    key=("matter_id", "at", "act"),
)
TIES = (Tie("party", "person", "matter_id"), Tie("representative", "person", "matter_id"))
"""Where persons in disputes are found, so that the vault keeps them no longer than they are needed."""
GUARD = vault.Guard(retention="dispute")
TABLES = (DISPUTE, PARTY, REPRESENTATIVE, ACT, vault.TABLE)

GUARDIAN = """(
    select r.id, r.person from representative r where r.party = p.id and r.role = 'guardian'
        and r.ended_at is null order by r.added_at, r.id limit 1
)"""
"""Who acts for the party `p` while it lacks full capacity (民法典 23), to be joined laterally."""
PLACES = "(select *, row_number() over (order by joined_at, side, id) as no from party where matter_id = {})"
"""A matter's parties with their places: parties never go from the table, and come to its end."""
