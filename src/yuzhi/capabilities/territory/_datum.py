"""The two datums in which Chinese places are given, and the way from one to the other.

GCJ-02 is the published offset applied by Chinese map services; WGS-84 is what a GPS receiver
reports and what we keep. The offset has a known closed form (the constants are those of the
widely used `eviltransform`); its inverse has none and is found by iteration.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Datum = Literal["WGS84", "GCJ02"]

Degrees = NDArray[np.float64]

_AXIS: Final = 6378245.0  # Krasovsky 1940, metres
_ECCENTRICITY: Final = 0.00669342162296594323  # squared
_ROUNDS: Final = 8  # the error shrinks about a thousandfold a round; 8 is far below a millimetre


def datum_named(text: str) -> Datum | None:
    """The datum a file names, however it is hyphenated; None for one we do not know."""
    names: dict[str, Datum] = {"WGS84": "WGS84", "GCJ02": "GCJ02"}
    return names.get(text.upper().replace("-", "").replace(" ", "").replace("_", ""))


def to_gcj02(lons: Degrees, lats: Degrees) -> tuple[Degrees, Degrees]:
    """WGS-84 degrees to GCJ-02 degrees; outside China's rectangle the two are the same."""
    east, north = _offsets(lons, lats)
    return lons + east, lats + north


def to_wgs84(lons: Degrees, lats: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees to WGS-84 degrees, to well under a centimetre."""
    guess_lons, guess_lats = np.array(lons, dtype=float), np.array(lats, dtype=float)
    for _ in range(_ROUNDS):
        east, north = _offsets(guess_lons, guess_lats)
        guess_lons, guess_lats = lons - east, lats - north
    return guess_lons, guess_lats


def _offsets(lons: Degrees, lats: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lons - 105.0, lats - 35.0
    root = np.sqrt(np.abs(x))
    short = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + short
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + short
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    radians = lats / 180.0 * np.pi
    magic = 1.0 - _ECCENTRICITY * np.sin(radians) ** 2
    metres_north = (_AXIS * (1.0 - _ECCENTRICITY)) / (magic * np.sqrt(magic)) * np.pi / 180.0
    metres_east = _AXIS / np.sqrt(magic) * np.cos(radians) * np.pi / 180.0
    inside = (lons >= 72.004) & (lons <= 137.8347) & (lats >= 0.8293) & (lats <= 55.8271)
    return np.where(inside, east / metres_east, 0.0), np.where(inside, north / metres_north, 0.0)
