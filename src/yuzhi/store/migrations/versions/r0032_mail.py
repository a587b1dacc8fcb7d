"""Mail that was taken in, from the frozen files of `ddl`."""

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy.util import await_only

revision = "0032"
down_revision = "0031"

DDL = Path(__file__).parents[1] / "ddl"
ROOMS = ("mail",)


def upgrade() -> None:
    """Create the tables."""
    session: Any = op.get_bind().connection.driver_connection
    for room in ROOMS:
        # A file holds many statements: they go by the simple protocol, which the dialect does not use.
        await_only(session.execute((DDL / f"{room}.sql").read_text(encoding="utf-8")))
