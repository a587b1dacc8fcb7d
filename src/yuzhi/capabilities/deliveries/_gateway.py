"""What carriers that post over HTTP share: sending, and what an answer's status means for the letter."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import msgspec

from yuzhi.capabilities.deliveries._carriers import Undelivered
from yuzhi.capabilities.deliveries._http import Answer, Poster

JSON = {"content-type": "application/json; charset=utf-8"}
LONGEST_WAIT = 3600.0
"""Seconds we leave a server alone at most because it asks us to."""
_GONE = {410, 413}


async def post_json(poster: Poster, url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, object]:
    """Post JSON and return the object answered, empty when the answer is none; raise `Undelivered`.

    Reasons beside those of `Poster`: `http.status_…`. A server that says it is gone, or that the letter is
    too large for it, need not be asked again.
    """
    answer = (
        await poster.post(url, JSON, body)
        if not headers
        else await poster.post(url, {**JSON, **headers}, body)
    )
    if 200 <= answer.status < 300:
        return told(answer.body)
    raise Undelivered(
        f"http.status_{answer.status}", is_final=answer.status in _GONE, retry_after=_retry_after(answer)
    )


def told(body: bytes) -> dict[str, object]:
    """Return the JSON object of an answer, or an empty one."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _retry_after(answer: Answer) -> float:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3), bounded; 0 when there is none."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdecimal() and len(given) < 10:
        return min(float(given), LONGEST_WAIT)
    try:
        until, served = parsedate_to_datetime(given), parsedate_to_datetime(answer.headers["date"])
        return min(max((until - served).total_seconds(), 0.0), LONGEST_WAIT)
    except (KeyError, TypeError, ValueError):
        return 0.0
