"""All places of a text, ranked: known ones from the gazetteer and parsed ones, each with its reason."""

from collections.abc import Iterable

from msgspec.structs import replace

from yuzhi.capabilities.understanding.places._parse import parse_places
from yuzhi.capabilities.understanding.places._shapes import Gazetteer, Place
from yuzhi.capabilities.understanding.text import plain

_READ = 3_000


def find_places(
    text: str, gazetteer: Gazetteer | None = None, *, within: str | None = None, most: int = 8
) -> tuple[Place, ...]:
    """Return the places a text names, the surest first, at most `most`.

    Offsets are those in the plain text. A name the gazetteer knows brings its code and coordinates;
    a parsed name takes the code of the likeliest known place, for it most likely lies in it.
    """
    text = plain(text)[:_READ]
    known = [
        Place(
            "landmark" if one.lon is not None else "territory",
            one.name,
            round(one.score, 2),
            f"“{text[one.start : one.end]}”是已知地名",
            one.start,
            one.end,
            code=one.code,
            lon=one.lon,
            lat=one.lat,
        )
        for one in (gazetteer.find(text, within) if gazetteer else ())
    ]
    code = known[0].code if known else ""
    chosen: list[Place] = []
    for place in sorted(parse_places(text), key=lambda one: (-(one.end - one.start), -one.score)):
        covered = any(place.start < one.end and one.start < place.end for one in chosen)
        if not covered:
            chosen.append(replace(place, code=code) if code else place)
    named = _once(sorted((*known, *chosen), key=lambda one: (-one.score, one.start)))
    return named[:most]


def _once(places: Iterable[Place]) -> tuple[Place, ...]:
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for place in places:
        key = place.kind, place.name, place.number
        if key not in seen:
            seen.add(key)
            kept.append(place)
    return tuple(kept)
