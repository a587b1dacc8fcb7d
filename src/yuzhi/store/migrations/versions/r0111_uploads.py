"""Who put a file in: its name alone, which the journal tells, must not be enough to be given it."""

from alembic import op

revision = "0111"
down_revision = "0110"


def upgrade() -> None:
    """Create the table; `hand` is a keyed digest of an account, a requester or an address."""
    op.execute(
        """
        create table upload (
            file text not null,
            hand bytea not null,
            at timestamptz not null,
            attached_at timestamptz,
            primary key (file, hand)
        )
        """
    )
    op.execute("create index upload_at on upload (at)")
