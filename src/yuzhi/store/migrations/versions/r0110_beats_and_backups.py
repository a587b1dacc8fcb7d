"""Processes say that they live and what they do, backups are written down, and inboxes take our alarms."""

from alembic import op

revision = "0110"
down_revision = "0102"


def upgrade() -> None:
    """Create the tables; a notice may be about no matter."""
    op.execute(
        """
        create table process_beat (
            id uuid primary key,
            name text not null,
            host text not null,
            pid integer not null,
            version text not null,
            started_at timestamptz not null,
            seen_at timestamptz not null,
            left_at timestamptz,
            work jsonb not null
        )
        """
    )
    # `at` is the instant the database is as it was; what was read through and found whole is sound.
    op.execute(
        """
        create table backup (
            id uuid primary key,
            at timestamptz not null,
            host text not null,
            file text not null,
            size bigint not null,
            digest text not null,
            revision text not null,
            verified_at timestamptz not null,
            is_sound boolean not null
        )
        """
    )
    op.execute("create index backup_newest on backup (at desc)")
    # Before the first backup its age is that of the installation, or of this version of it.
    op.execute("create table watched_since (at timestamptz not null)")
    op.execute("insert into watched_since values (now())")
    op.execute("alter table notice alter column matter_id drop not null")
