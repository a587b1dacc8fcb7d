"""Who signed in to one matter by its number may go on calling it by that."""

from alembic import op

revision = "0011"
down_revision = "0032"


def upgrade() -> None:
    """Let a session remember the number."""
    op.execute("alter table session add column matter_number text not null default ''")
