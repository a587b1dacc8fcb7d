"""Files in, one sound edition out, or one refusal with every fault of every file."""

from collections.abc import Callable, Iterable
from pathlib import Path

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory._codes import is_code, level_of
from yuzhi.capabilities.territory._datum import Datum
from yuzhi.capabilities.territory._faults import Faults, read_text
from yuzhi.capabilities.territory._lists import (
    DIVISION_COLUMNS,
    LANDMARK_COLUMNS,
    Divisions,
    Landmarks,
)
from yuzhi.capabilities.territory._polygons import Boundaries
from yuzhi.capabilities.territory._table import Table, header_of, read_table
from yuzhi.capabilities.territory._tree import EMPTY, Atlas
from yuzhi.capabilities.territory._views import Edition


def read_edition(
    files: Iterable[str | Path],
    *,
    under: str | None = None,
    atlas: Atlas = EMPTY,
    datum: Datum | None = None,
    encoding: str = "utf-8",
    mend: bool = False,
) -> Edition:
    """Read division lists, landmark lists (CSV, may be gzip) and boundaries (GeoJSON) together.

    A file is taken for GeoJSON if its text begins with a brace, for landmarks if its header has
    `territory`, else for a division list; the order of files does not matter. `under` keeps
    only what is under that code, and the territories above it. `atlas` is what is known
    already: parents and boundary owners may be there. `datum` is that of coordinates whose
    file states none (WGS-84 if not given); GCJ-02 is converted. `mend` repairs
    self-intersecting boundaries instead of refusing them, if their area stays the same.

    Refuses `territory.code_malformed` (of `under`) and `territory.file_refused` with
    `errors`, a list of `Fault(file, line, code, detail)`; then nothing at all is returned.
    """
    if under is not None:
        level_of(under)
    faults = Faults()
    tables, drawings = _opened(files, faults, encoding=encoding)
    divisions = Divisions(atlas, under, faults)
    for table in tables:
        if "territory" not in table.columns:
            divisions.read(table)
    territories = divisions.settled()
    landmarks = Landmarks(divisions, faults, datum=datum or "WGS84")
    for table in tables:
        if "territory" in table.columns:
            landmarks.read(table)
    boundaries = Boundaries(_owner(divisions), faults, datum=datum, mend=mend)
    for file, text in drawings:
        boundaries.read(file, text)
    faults.refuse()
    if not (territories or landmarks.found or boundaries.found):
        raise Refusal("territory.nothing_to_import", under=under)
    return Edition(
        territories=territories,
        boundaries=tuple(boundaries.found[code] for code in sorted(boundaries.found)),
        landmarks=tuple(landmarks.found.values()),
        under=under,
        stated=divisions.stated(),
        outside=divisions.outside + boundaries.outside,
        skipped=divisions.skipped,
        mended=tuple(sorted(boundaries.mended)),
    )


def _opened(
    files: Iterable[str | Path], faults: Faults, *, encoding: str
) -> tuple[list[Table], list[tuple[str, str]]]:
    """The CSV files as tables, the GeoJSON files as (file, text)."""
    tables: list[Table] = []
    drawings: list[tuple[str, str]] = []
    for file in dict.fromkeys(str(file) for file in files):
        text = read_text(file, faults, encoding=encoding)
        if text is None:
            continue
        if text.lstrip()[:1] in {"{", "["}:
            drawings.append((file, text))
        elif table := _table(file, text, faults):
            tables.append(table)
    return tables, drawings


def _table(file: str, text: str, faults: Faults) -> Table | None:
    if "territory" in header_of(text):
        return read_table(file, text, faults, known=LANDMARK_COLUMNS, needed=("name", "territory"))
    return read_table(file, text, faults, known=DIVISION_COLUMNS, needed=("code", "name"))


def _owner(divisions: Divisions) -> Callable[[str], str | None]:
    """How a boundary's written code finds its territory; see `Boundaries`."""

    def canonical(written: str) -> str | None:
        # Boundary files write a city as its six-digit code of GB/T 2260, which ends in 00.
        city = written[:4] if len(written) == 6 and written.endswith("00") else written
        for code in (written, city):
            if is_code(code) and divisions.knows(code):
                return code if divisions.is_wanted(code) else ""
            if is_code(code) and not divisions.is_wanted(code):
                return ""
        return None

    return canonical
