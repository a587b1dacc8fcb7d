"""Letters to other systems: signed webhooks in the Standard Webhooks format."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from yuzhi.capabilities.deliveries._carriers import Letter
from yuzhi.capabilities.deliveries._gateway import post_json
from yuzhi.capabilities.deliveries._http import Poster
from yuzhi.capabilities.deliveries._signing import signed_headers

TYPE = "letter.sent"


class Webhook:
    """Posts `{type, timestamp, data}`; the id is the letter's, so that a second time is known as such."""

    def __init__(self, poster: Poster, keys: Sequence[bytes], now: Callable[[], datetime]) -> None:
        self._poster, self._keys, self._now = poster, tuple(keys), now

    async def carry(self, letter: Letter) -> None:
        """Post the letter; any 2xx says that it arrived."""
        body = msgspec.json.encode({
            "type": TYPE,
            "timestamp": letter.at.astimezone(UTC),
            "data": {
                "id": letter.id, "matter": letter.matter, "number": letter.number, "letter": letter.name,
                "unit": letter.unit, "title": letter.title, "body": letter.body, "count": letter.count,
            },
        })  # fmt: skip
        headers = signed_headers(self._keys, str(letter.id), self._now(), body)
        await post_json(self._poster, letter.address, body, headers)
