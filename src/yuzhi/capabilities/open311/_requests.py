"""Requests found: by numbers, by what is sought, by the token somebody was given for one."""

from uuid import UUID

from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters, sharing
from yuzhi.capabilities.open311._finding import MOST, Wanted
from yuzhi.capabilities.open311._services import CHANNEL
from yuzhi.capabilities.open311._telling import Request, can_be_told, requests
from yuzhi.capabilities.sharing import Window


async def find(window: Window, asked: Wanted, language: str, *, extended: bool = False) -> list[Request]:
    """Return the published matters asked for, newest first, at most a thousand.

    Numbers that are not published are left out. Raises Refusal `list.too_wide`.
    """
    rules = [rule for rule in sharing.rules(window.shelf) if can_be_told(rule)]
    if asked.numbers:
        rows = await sharing.by_numbers(
            window.pool, rules, [one for one in asked.numbers if is_matter_number(one)]
        )
    else:
        rows = await sharing.find(window.pool, rules, window.places().roots(), asked.sought, most=MOST)
    views = await sharing.told(window, rows, language)
    return requests(views, window.office.calendar.zone, extended=extended)


async def found_by_token(window: Window, token: str) -> str:
    """Return the number behind a token; refuse `open311.unknown_token`.

    A token is the id of a matter that came by this channel: nobody can guess it, and it tells no more
    than the number.
    """
    try:
        standing = await matters.standings(window.office, [UUID(token)])
    except ValueError:
        standing = []
    if not standing or standing[0].channel != CHANNEL:
        raise Refusal("open311.unknown_token", given=token[:40])
    return standing[0].number
