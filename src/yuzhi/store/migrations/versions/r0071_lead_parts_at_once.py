"""Who may be told which lead units had a matter is worked out once, not for each matter anew."""

from alembic import op

revision = "0071"
down_revision = "0090"


def upgrade() -> None:
    """Replace the function."""
    op.execute("""
create or replace function yuzhi_lead_parts(wanted uuid[])
    returns table (matter_id uuid, unit text, state text)
    language sql stable security definer set search_path = public, pg_temp rows 10000 as $$
    select a.matter_id, a.unit, a.state
    from unnest(wanted) w(id) join matter m on m.id = w.id
        join assignment a on a.matter_id = m.id and a.role = 'lead'
    where m.city = any ((select yuzhi_ground())::text[]) or m.district = any ((select yuzhi_ground())::text[])
        or m.town = any ((select yuzhi_ground())::text[])
        or m.community = any ((select yuzhi_ground())::text[])
        or m.territory = any ((select yuzhi_ground())::text[])
        or m.id in (select o.matter_id from assignment o where o.unit = any ((select yuzhi_units())::text[]))
$$""")
