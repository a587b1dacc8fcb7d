"""Whose agency is over is inside the case no more, whoever forgot to end it."""

from alembic import op

revision = "0102"
down_revision = "0101"


def upgrade() -> None:
    """Let the function that says who is inside a case look at the last day of an agency."""
    # The server's day: where it is behind the city's, an agent stays for the hours between.
    op.execute("""
create or replace function yuzhi_in_case(matter uuid) returns boolean language sql stable security definer
    set search_path = public, pg_temp as $$
    select exists (select from dispute d where d.matter_id = matter and d.unit = any (yuzhi_units()))
        or exists (select from assignment a where a.matter_id = matter and a.unit = any (yuzhi_units())
            and (a.is_live or a.signed_at is not null))
        or exists (select from presiding p where p.matter_id = matter and p.post = yuzhi_post()
            and p.ended_at is null)
        or exists (select from party p where p.matter_id = matter and p.requester = yuzhi_requester()
            and p.left_at is null)
        or exists (select from representative r where r.matter_id = matter and r.requester = yuzhi_requester()
            and r.ended_at is null and (r.valid_to is null or r.valid_to >= current_date))
$$""")
