"""A unit's own part in a matter is asked for matter by matter: not by gathering all the parts it ever had."""

from alembic import op

revision = "0090"
down_revision = "0040"


def upgrade() -> None:
    """Alter the policy by which matters are seen."""
    # As a set of ids the planner took the parts of a unit for work to be done whole before the first matter
    # could be looked at, and would rather read every matter there is than follow an index.
    op.execute(
        """
        alter policy seen on matter using (
            city = any ((select yuzhi_ground())::text[])
            or district = any ((select yuzhi_ground())::text[])
            or town = any ((select yuzhi_ground())::text[])
            or community = any ((select yuzhi_ground())::text[])
            or territory = any ((select yuzhi_ground())::text[])
            or exists (
                select from assignment a
                where a.matter_id = id and a.unit = any ((select yuzhi_units())::text[])
            )
            or requester = (select yuzhi_requester())
        )
        """
    )
