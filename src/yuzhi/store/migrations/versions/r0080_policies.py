"""Policy answers and what they are looked up by, from the frozen file of `ddl`."""

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy.util import await_only

revision = "0080"
down_revision = "0070"

DDL = Path(__file__).parents[1] / "ddl"
ROOMS = ("policies",)


def upgrade() -> None:
    """Create the tables."""
    session: Any = op.get_bind().connection.driver_connection
    for room in ROOMS:
        # A file holds many statements: they go by the simple protocol, which the dialect does not use.
        await_only(session.execute((DDL / f"{room}.sql").read_text(encoding="utf-8")))
