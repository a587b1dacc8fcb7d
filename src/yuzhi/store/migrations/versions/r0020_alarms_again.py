"""A letter sent again and lost again is alarmed about again; inboxes are read by matter, and unread first."""

from alembic import op

revision = "0020"
down_revision = "0004"


def upgrade() -> None:
    """Let a delivery have more than one alarm; which they are follows from how often it was sent again."""
    op.execute("drop index delivery_alarm")
    op.execute("create index delivery_alarm on delivery (about, unit) where about is not null")
    op.execute("create index notice_of_matter on notice (matter_id, at desc, delivery_id desc)")
    op.execute(
        "create index notice_unread on notice (unit, at desc, delivery_id desc)"
        " where unit <> '' and read_at is null"
    )
