"""A log's public files, read from a folder or over HTTP: what a witness needs to see."""

import http.client
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import Place

PATIENCE = 20  # seconds
MOST = 1024 * 1024  # bytes of any one file


class HttpSource:
    """A log by its address, such as `https://hotline.city.example/log`."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def checkpoint(self) -> str | None:
        """Return the signed checkpoint that is up."""
        content = self._get("checkpoint")
        return content.decode("utf-8", "replace") if content is not None else None

    def read_tile(self, place: Place) -> bytes:
        """Return the hashes of a tile, from the full one where the partial one is gone already."""
        for path in (place.path, Place(place.level, place.index).path):
            content = self._get(f"tile/{path}")
            if content is not None and len(content) >= place.width * 32:
                return content[: place.width * 32]
        raise Refusal("receipt.tile_missing", tile=place.path)

    def _get(self, path: str) -> bytes | None:
        request = Request(f"{self._address}/{path}", headers={"User-Agent": "yuzhi-witness"})  # noqa: S310
        try:
            # The caller took care that it is http or https.
            with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                found: bytes = answer.read(MOST)
                return found
        except HTTPError as error:
            if error.code == http.client.NOT_FOUND:
                return None
            raise Refusal("receipt.log_unreachable", address=self._address, trouble=str(error)) from error
        except (URLError, OSError, http.client.HTTPException) as error:
            raise Refusal("receipt.log_unreachable", address=self._address, trouble=str(error)) from error
