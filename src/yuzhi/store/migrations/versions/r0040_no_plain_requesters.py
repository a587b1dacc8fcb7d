"""Drops the plain table of who asked, now that nobody reads it: they are in the vault.

As long as somebody is left in it nothing is dropped: `yuzhi vault adopt` seals them first.
"""

from alembic import op

revision = "0040"
down_revision = "0081"


def upgrade() -> None:
    """Drop the table, if it is empty."""
    # Locked before it is looked at: nobody can be put into it between the two.
    op.execute("lock table requester in access exclusive mode")
    op.execute(
        "do $$ begin if exists (select from requester) then"
        " raise exception 'somebody is left in requester' using errcode = 'object_not_in_prerequisite_state';"
        " end if; end $$"
    )
    op.execute("drop table requester")
