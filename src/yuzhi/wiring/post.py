"""The post room: channels as the installation has them, contacts, alarms by duty, keys of those who sign."""

from collections.abc import Callable, Mapping
from datetime import datetime

import asyncpg

from yuzhi.base.ground import lies_in
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.agreements import AgreementRoom
from yuzhi.capabilities.deliveries import Postal, PostRoom, VaultedResidents, read_channels, secret_of
from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.parties import PartyCircle
from yuzhi.doors.api import PostNeeds
from yuzhi.settings import Settings
from yuzhi.wiring.admin import powers_of
from yuzhi.wiring.centre import agreement_letters, party_letters
from yuzhi.wiring.entrance import code_letters
from yuzhi.wiring.keeper import LoadedGround

Ground = Callable[[], LoadedGround]


def post_of(
    settings: Settings,
    pool: asyncpg.Pool,
    office: Office,
    agreed: AgreementRoom,
    ground: Ground,
    now: Callable[[], datetime],
) -> PostNeeds:
    """Return the post room, and the duties that answer for what could not be delivered.

    That is the duty the channels name, or else those with the power `deliveries.answer`.

    Raises Refusal as `read_channels`.
    """
    postal = (
        read_channels(settings.channels, now=now, zone=settings.timezone) if settings.channels else Postal()
    )

    named = frozenset({postal.alarm_duty} if postal.alarm_duty else ())
    duties = named or powers_of(settings).holders("deliveries.answer")

    def contacts(unit: str) -> Mapping[str, str]:
        known = ground().roster.units.get(unit)
        return known.contact if known is not None else {}

    room = PostRoom(
        office=office,
        pool=pool,
        unit_name=lambda unit: ground().unit_name(unit),
        language=settings.language,
        others={
            **code_letters(settings, pool, now),
            **agreement_letters(settings, agreed, now),
            **party_letters(settings, agreed.cases, now),
        },
        channels=postal.channels,
        rules=postal.rules,
        contacts=contacts,
        residents=VaultedResidents(pool, office.keys, now),
        told=lambda territory: units_with(ground(), duties, territory),
        circle=PartyCircle(agreed.cases),
    )
    return PostNeeds(room=room, duties=duties)


def units_with(ground: LoadedGround, duties: frozenset[str], territory: str) -> tuple[str, ...]:
    """Return the units nearest to a territory in which somebody has one of some duties for it.

    For a matter whose place nobody knows, and where nobody near has one, those who have it at all.
    """
    posts = [
        one for one in ground.roster.posts.values() if duties & set(one.duties) and one.is_valid(ground.on)
    ]
    near = [one for one in posts if territory and lies_in(territory, one.territory)] or posts
    nearest = max((len(one.territory) for one in near), default=0)
    return tuple(sorted({one.unit for one in near if len(one.territory) == nearest}))


def reading_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the keys of the settings; raise Refusal `settings.bad_value` for what is none."""
    try:
        return tuple(secret_of(one) for one in settings.reading_keys)
    except ValueError as trouble:
        expected = f"secrets such as whsec_…: {trouble}"
        raise Refusal(
            "settings.bad_value", name="YUZHI_READING_KEYS", value="***", expected=expected
        ) from None
