"""Returns are counted: who looks may be told which lead units had the matters they may see."""

from alembic import op

revision = "0070"
down_revision = "0061"


def upgrade() -> None:
    """Create the function; it reads the base tables itself, so that no policy asks another."""
    op.execute("""
create function yuzhi_lead_parts(wanted uuid[]) returns table (matter_id uuid, unit text, state text)
    language sql stable security definer set search_path = public, pg_temp rows 10000 as $$
    select a.matter_id, a.unit, a.state
    from assignment a join matter m on m.id = a.matter_id
    where a.matter_id = any (wanted) and a.role = 'lead' and (
        m.city = any (yuzhi_ground()) or m.district = any (yuzhi_ground()) or m.town = any (yuzhi_ground())
        or m.community = any (yuzhi_ground()) or m.territory = any (yuzhi_ground())
        or m.id in (select o.matter_id from assignment o where o.unit = any (yuzhi_units()))
    )
$$""")
