"""Who asks goes to the vault: e-mail addresses there, and a trace of reading that its owner cannot rewrite.

The plain table `requester` stays, empty once a process of this version has sealed what was in it; a later
revision drops it.
"""

from alembic import op

revision = "0010"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, bring the rule about erasing up to date, take rights away, and index what is asked."""
    op.execute("alter table vault_person add column email bytea")
    op.execute(
        "alter table vault_person add constraint vault_person_erased_email"
        " check (erased_at is null or email is null)"
    )
    op.execute("revoke all on personal_access from public, current_user")
    op.execute("grant select, insert on personal_access to current_user")
