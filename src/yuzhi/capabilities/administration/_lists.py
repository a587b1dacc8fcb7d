"""Whole lists of units, people, posts, deputies and shifts, by somebody who may, on their own ground."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal, assert_never
from zoneinfo import ZoneInfo

import asyncpg

from yuzhi.capabilities.administration._allowed import (
    check_deputy,
    check_listed_post,
    check_person,
    check_shift,
    check_unit,
)
from yuzhi.capabilities.administration._office import Administrator, Known
from yuzhi.capabilities.registry import (
    ImportView,
    read_deputies,
    read_people,
    read_posts,
    read_shifts,
    read_units,
    save_deputies,
    save_people,
    save_posts,
    save_shifts,
    save_units,
)

What = Literal["units", "people", "posts", "deputies", "shifts"]
Saving = Callable[..., Awaitable[ImportView]]
"""Saves what was read; wants a connection and `now`."""

LARGEST: Final = 16 << 20  # bytes of a list that comes over the network


def read_list(what: What, path: Path, who: Administrator, known: Known, *, zone: ZoneInfo) -> Saving:
    """Read and check a list, and return what saves it; every row as if it were entered by itself.

    Raises Refusal `registry.file_refused` with every fault as `errors`, each with its `line`.
    """
    roster, actor = known.roster, who.name
    match what:
        case "units":
            units = read_units(
                path, roster, kinds=known.kinds, territory=known.has_territory,
                check=partial(check_unit, who, known),
            )  # fmt: skip
            return partial(save_units, units=units, actor=actor)
        case "people":
            people = read_people(path, check=partial(check_person, who, known))
            return partial(save_people, people=people, actor=actor)
        case "posts":
            posts = read_posts(
                path, roster, duties=known.duties, territory=known.has_territory,
                check=partial(check_listed_post, who, known),
            )  # fmt: skip
            return partial(save_posts, posts=posts, actor=actor)
        case "deputies":
            deputies = read_deputies(path, roster, check=partial(check_deputy, who, known))
            return partial(save_deputies, deputies=deputies, actor=actor)
        case "shifts":
            shifts = read_shifts(path, roster, zone=zone, check=partial(check_shift, who, known))
            return partial(save_shifts, shifts=shifts, actor=actor)
        case _:
            assert_never(what)


async def take_list(conn: asyncpg.Connection, saving: Saving, now: datetime, *, is_trial: bool) -> ImportView:
    """Save a list that was read, all of it or nothing; a trial tells what would change, and changes nothing.

    Raises Refusal `registry.unit_unknown` and `registry.post_unknown` for what has gone meanwhile.
    """
    trying = conn.transaction()
    await trying.start()
    try:
        done = await saving(conn, now=now)
    except BaseException:
        await trying.rollback()
        raise
    await (trying.rollback() if is_trial else trying.commit())
    return done
