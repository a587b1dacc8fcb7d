"""Territory: the city's tree of places at all dates, and the ways from a point or words to one of them."""

from yuzhi.capabilities.territory._centres import Centres
from yuzhi.capabilities.territory._codes import LEVELS, Level, ancestors, covers, is_code, level_of, spans
from yuzhi.capabilities.territory._datum import Datum, to_gcj02, to_wgs84
from yuzhi.capabilities.territory._faults import Fault
from yuzhi.capabilities.territory._gazetteer import Gazetteer
from yuzhi.capabilities.territory._ground import Terrain, load_terrain
from yuzhi.capabilities.territory._lineage import Change, ChangeKind, Former
from yuzhi.capabilities.territory._locate import Locator
from yuzhi.capabilities.territory._outlines import Outlines
from yuzhi.capabilities.territory._queries import CHANNEL, load_atlas, load_boundaries, load_landmarks
from yuzhi.capabilities.territory._reading import read_edition
from yuzhi.capabilities.territory._reorganise import reorganised
from yuzhi.capabilities.territory._saving import reorganise, save_import
from yuzhi.capabilities.territory._tree import EMPTY, Atlas, Territory
from yuzhi.capabilities.territory._views import (
    Boundary,
    Edition,
    EditionView,
    ImportView,
    Landmark,
    ReorganisedView,
    describe_import,
)
from yuzhi.capabilities.territory._weighing import PlaceGuess, Why

# fmt: off
__all__ = [
    "CHANNEL", "EMPTY", "LEVELS", "Atlas", "Boundary", "Centres", "Change", "ChangeKind", "Datum", "Edition",
    "EditionView", "Fault", "Former", "Gazetteer", "ImportView", "Landmark", "Level", "Locator", "Outlines",
    "PlaceGuess", "ReorganisedView", "Terrain", "Territory", "Why", "ancestors", "covers", "describe_import",
    "is_code", "level_of", "load_atlas", "load_boundaries", "load_landmarks", "load_terrain", "read_edition",
    "reorganise", "reorganised", "save_import", "spans", "to_gcj02", "to_wgs84",
]
