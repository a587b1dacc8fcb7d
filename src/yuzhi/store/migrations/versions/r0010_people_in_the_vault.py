"""Who asks goes to the vault: e-mail addresses there, and a trace of reading that its owner cannot rewrite.

The plain table `requester` stays, empty once a process of this version has sealed what was in it; a later
revision drops it.
"""

from alembic import op

revision = "0010"
down_revision = "0060"


def upgrade() -> None:
    """Add the column, bring the rule about erasing up to date, take rights away, and index what is asked."""
    op.execute("alter table vault_person add column email bytea")
    op.execute(
        "alter table vault_person add constraint vault_person_erased_email"
        " check (erased_at is null or email is null)"
    )
    # A process that has not heard of a change of keys must not seal with one that is about to be forgotten.
    op.execute("""
        create function vault_refuse_retired() returns trigger language plpgsql as $$
        begin
            if exists (select from vault_key where id = new.key_id and retired_at is not null) then
                raise exception 'the key % is retired', new.key_id using errcode = 'restrict_violation';
            end if;
            return new;
        end $$
    """)
    op.execute(
        "create trigger vault_person_key before insert or update of key_id on vault_person"
        " for each row when (new.key_id is not null) execute function vault_refuse_retired()"
    )
    op.execute("revoke all on personal_access from public, current_user")
    op.execute("grant select, insert on personal_access to current_user")
