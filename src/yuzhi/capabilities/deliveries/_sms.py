"""Short messages through a gateway: a neutral JSON request, signed, that names a template of the gateway."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from yuzhi.capabilities.deliveries._carriers import Letter, Undelivered
from yuzhi.capabilities.deliveries._gateway import post_json
from yuzhi.capabilities.deliveries._http import Poster
from yuzhi.capabilities.deliveries._signing import signed_headers

TEXT_MOST = 500
OTHERS, SEVERAL = "others", "several"
"""In `templates`: for letters that have none of their own, and for several letters in one message."""
_NUMBER = re.compile(r"(\+?86)?(1[3-9]\d{9})", re.ASCII)


class Sms:
    """Posts `{id, to, template, parameters, text}` to a gateway.

    The gateway answers `{"accepted": true}`, or false with `reason` and `final`; an answer without
    `accepted` counts as accepted. Its report of what became of the message comes as an acknowledgement.
    """

    def __init__(
        self, poster: Poster, url: str, keys: Sequence[bytes], templates: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._poster, self._url, self._keys = poster, url, tuple(keys)
        self._templates, self._now = dict(templates), now

    async def carry(self, letter: Letter) -> None:
        """Hand the letter to the gateway. Raises `Undelivered` `sms.bad_number`, `sms.no_template` too."""
        number = _NUMBER.fullmatch(re.sub(r"[\s-]", "", letter.address))
        if number is None:
            raise Undelivered("sms.bad_number", is_final=True)
        name = SEVERAL if letter.count > 1 else letter.name
        template = self._templates.get(name) or self._templates.get(OTHERS, "")
        if self._templates and not template:
            raise Undelivered("sms.no_template", is_final=True)
        body = msgspec.json.encode({
            "id": letter.id,
            "to": f"+86{number[2]}",
            "template": template,
            "parameters": {"number": letter.number, "title": letter.title, "count": str(letter.count)},
            "text": f"{letter.title}\n{letter.body}"[:TEXT_MOST],
        })  # fmt: skip
        headers = signed_headers(self._keys, str(letter.id), self._now(), body)
        answer = await post_json(self._poster, self._url, body, headers)
        if answer.get("accepted", True) is not True:
            raise Undelivered(
                f"sms.refused: {str(answer.get('reason', ''))[:100]}", is_final=answer.get("final") is True
            )
