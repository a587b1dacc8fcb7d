"""The persons of disputes by person: to know when the last matter somebody is in is over."""

from alembic import op

revision = "0061"
down_revision = "0011"


def upgrade() -> None:
    """Index parties and those who speak for them by person."""
    op.execute("create index party_of_person on party (person)")
    op.execute("create index representative_of_person on representative (person)")
