"""Parties entered before there was a class of retention for disputes get it: by index, few for a city."""

from alembic import op

revision = "0101"
down_revision = "0100"


def upgrade() -> None:
    """Fill in the class of persons in disputes; whoever is erased is left as they are."""
    op.execute("""
        update vault_person v set retention = 'dispute'
        from (select person from party union select person from representative) p
        where v.id = p.person and v.retention = 'request' and v.erased_at is null
    """)
