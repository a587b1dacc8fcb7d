"""The ground of one day, ready to be asked: tree, points and words in one frozen value.

Processes keep one and load another when a `ground_changed` notice arrives.
"""

from datetime import date
from typing import Final

import asyncpg
from msgspec import Struct

from yuzhi.capabilities.territory._centres import Centres
from yuzhi.capabilities.territory._codes import ancestors, covers
from yuzhi.capabilities.territory._gazetteer import Gazetteer
from yuzhi.capabilities.territory._locate import Locator
from yuzhi.capabilities.territory._outlines import Outlines
from yuzhi.capabilities.territory._queries import load_atlas, load_boundaries, load_landmarks
from yuzhi.capabilities.territory._tree import Atlas

SURE_ENOUGH: Final = 0.6  # from this score on, words alone place a matter; below it somebody should look
_RIVAL: Final = 0.9  # a guess that comes this near the best one is as likely


class Terrain(Struct, frozen=True):
    """Atlas, locator, gazetteer, middles and outlines of territories on the day `on`."""

    on: date
    atlas: Atlas
    locator: Locator
    gazetteer: Gazetteer
    centres: Centres = Centres(())
    outlines: Outlines = Outlines(())

    def place(self, code: str, *, lon: float | None, lat: float | None, words: str) -> str:
        """The territory meant: by code if it stands, else by point, else by words; empty if none is.

        A withdrawn code leads to its successor, if that is one and not several. Words that
        name two places as likely lead to the smallest territory around both.
        """
        if code in self.atlas:
            heirs = [heir for heir in self.atlas.successor(code, self.on) if heir in self.atlas]
            if len(heirs) == 1 and self.atlas[heirs[0]].is_valid(self.on):
                return heirs[0]
        if lon is not None and lat is not None and (found := self.locator.locate(lon, lat)):
            return found
        guesses = self.gazetteer.find(words) if words else ()
        likely = [one.code for one in guesses if one.score >= max(SURE_ENOUGH, _RIVAL * guesses[0].score)]
        return next((one for one in _ladder(likely) if all(covers(one, code) for code in likely)), "")

    def whole(self) -> str:
        """Return the smallest territory that holds all others of its day; empty if there is none."""
        code = ""
        while len(below := [one for one in self.atlas.children(code or None) if one.is_valid(self.on)]) == 1:
            code = below[0].code
        return code


def _ladder(codes: list[str]) -> tuple[str, ...]:
    """The first code and all above it, nearest first."""
    return (codes[0], *ancestors(codes[0])) if codes else ()


async def load_terrain(conn: asyncpg.Connection, on: date) -> Terrain:
    """Load the ground and make it ready for the day `on`."""
    atlas = await load_atlas(conn)
    landmarks = await load_landmarks(conn)
    boundaries = await load_boundaries(conn, on)
    gazetteer = Gazetteer(atlas, landmarks, on=on)
    return Terrain(on, atlas, Locator(boundaries), gazetteer, Centres(boundaries), Outlines(boundaries))
