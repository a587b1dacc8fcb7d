"""From what a GeoReport client posts to a matter that asks to be opened. Nothing is read or written here."""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from urllib.parse import urlsplit

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import NewMatter
from yuzhi.capabilities.open311._attributes import read_attributes
from yuzhi.capabilities.open311._services import CHANNEL, Service
from yuzhi.capabilities.vault import Person

LONGEST = 4000
"""Characters of a description (GeoReport v2, POST service request)."""
SUBJECT = 60
LONGEST_ADDRESS = 200
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,80})\](\[\])?")

Arguments = Mapping[str, Sequence[str]]


def new_matter(service: Service, arguments: Arguments) -> NewMatter:
    """Return the matter that a POST of arguments asks to open.

    Raises Refusal `open311.argument_twice`, `open311.too_long`, `open311.place_missing`,
    `open311.bad_place`, `open311.bad_address` and those of `read_attributes`.
    """
    told = {name: one_of(arguments, name) for name in arguments if not name.startswith("attribute[")}
    description = _bounded("description", told.get("description", ""), LONGEST)
    address = _bounded("address_string", told.get("address_string", ""), LONGEST_ADDRESS)
    lon, lat = _point(told.get("lat", ""), told.get("long", ""))
    code = told.get("address_id", "").strip()
    if lon is None and not address.strip() and not code:
        raise Refusal("open311.place_missing")
    given = read_attributes(service, _attributes(arguments))
    lines = [line.strip() for line in description.splitlines() if line.strip()]
    media = _address(told.get("media_url", ""))
    return NewMatter(
        procedure=service.procedure.name,
        subject=(lines[0] if lines else service.name)[:SUBJECT],
        detail="\n".join([description.strip(), *([media] if media else [])]).strip(),
        kind=given.kind,
        channel=CHANNEL,
        category=service.category,
        territory=code,
        lon=lon,
        lat=lat,
        place_words=address,
        requester=_person(told),
        form=given.form,
    )


def one_of(arguments: Arguments, name: str) -> str:
    """Return the value of an argument, empty if it was not given; refuse `open311.argument_twice`."""
    values = list(dict.fromkeys(arguments.get(name, ())))
    if len(values) > 1:
        raise Refusal("open311.argument_twice", argument=name[:40])
    return values[0] if values else ""


def _attributes(arguments: Arguments) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in arguments.items():
        if name.startswith("attribute["):
            named = _ATTRIBUTE.fullmatch(name)
            if named is None:
                raise Refusal("open311.attribute_unknown", codes=[name[:40]])
            found.setdefault(named[1], []).extend(values)
    return found


def _bounded(name: str, text: str, most: int) -> str:
    if len(text) > most:
        raise Refusal("open311.too_long", argument=name, most=most)
    return text


def _point(lat: str, long: str) -> tuple[float | None, float | None]:
    """Return longitude and latitude in WGS-84 degrees, or neither."""
    if not lat.strip() and not long.strip():
        return None, None
    try:
        lon, north = float(long), float(lat)
    except ValueError:
        raise Refusal("open311.bad_place", lat=lat[:40], long=long[:40]) from None
    if not (isfinite(lon) and isfinite(north) and abs(lon) <= 180 and abs(north) <= 90):
        raise Refusal("open311.bad_place", lat=lat[:40], long=long[:40])
    return lon, north


def _address(url: str) -> str:
    """Return the address of a picture as it was given; it is kept as words and never fetched."""
    if not url.strip():
        return ""
    parts = urlsplit(url.strip()) if len(url) <= 2000 else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Refusal("open311.bad_address", argument="media_url")
    return url.strip()


def _person(told: Mapping[str, str]) -> Person | None:
    """Return who asks, if they say it. A name in Chinese is written family name first, without a blank."""
    first, last = told.get("first_name", "").strip(), told.get("last_name", "").strip()
    is_western = (first + last).isascii()
    name = " ".join(part for part in (first, last) if part) if is_western else last + first
    email, phone = told.get("email", "").strip(), told.get("phone", "").strip()
    if not (name or phone or email):
        return None
    return Person(name=name, phone=phone, email=email)
