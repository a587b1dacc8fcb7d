"""Says how the first administrator comes in, while nobody has an account."""

import structlog

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.accounts import keeping
from yuzhi.settings import Settings
from yuzhi.store.postgres.pool import connect
from yuzhi.wiring.entrance import address_of, gate_of
from yuzhi.wiring.ground import now

log = structlog.get_logger()


async def tell_first_code(settings: Settings, dsn: str) -> None:
    """Print a code for the first administrator where the machine stands; former ones are void.

    With the development sign-in nobody needs an account, and nothing is printed.
    """
    if settings.development_sign_in:
        return
    conn = await connect(dsn, name="yuzhi first run")
    try:
        code = await keeping.first_invitation(conn, gate_of(settings), now())
    except Refusal as refusal:
        if refusal.code != "first_run.over":
            raise
    else:
        log.warning(
            "nobody has an account yet", code=code, send_it_to=f"{address_of(settings)}/api/v1/first-run"
        )
    finally:
        await conn.close()
