"""Reads the files of a pack's folder from disk, within bounds; it never follows a link out of the folder."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from yuzhi.base.refusal import Refusal
from yuzhi.engine.parse import MOST_FILES, unsound
from yuzhi.engine.problems import Findings

LARGEST_FILE = 2_000_000
LARGEST_PACK = 20_000_000
HEAD = "pack.toml"


def find_packs(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the pack folders among and directly inside some folders, in the order of their names.

    A folder with a pack.toml is a pack itself. Raises Refusal `pack.folder_missing`.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise Refusal("pack.folder_missing", folder=str(folder))
        if (folder / HEAD).is_file():
            found.append(folder)
        else:
            found += sorted(inner for inner in folder.iterdir() if (inner / HEAD).is_file())
    return tuple(dict.fromkeys(found))


def read_folder(folder: Path) -> dict[str, str]:
    """Return the text of every file of a pack by its path inside the folder; hidden files are passed over.

    Raises Refusal `pack.folder_missing`, `pack.outside` for a link that leads out of the folder,
    `pack.no_file` for anything that is no plain file, `pack.too_large`, and `pack.unsound` with
    `problems` for files that are not UTF-8.
    """
    if not folder.is_dir():
        raise Refusal("pack.folder_missing", folder=str(folder))
    findings = Findings()
    texts: dict[str, str] = {}
    total = 0
    home = folder.resolve()
    for path, file in _files(folder):
        content = _read(home, path, file)
        total += len(content)
        if total > LARGEST_PACK or len(texts) >= MOST_FILES:
            raise Refusal("pack.too_large", folder=str(folder), bytes=LARGEST_PACK, files=MOST_FILES)
        try:
            texts[path] = content.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            findings.add(path, line, "file.encoding", "the file is not UTF-8 text")
    if findings.count:
        raise unsound(findings.sorted())
    return texts


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for parent, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in inner:
            if (Path(parent) / name).is_symlink():
                raise Refusal("pack.outside", file=str((Path(parent) / name).relative_to(folder)))
        for name in sorted(names):
            if not name.startswith("."):
                file = Path(parent) / name
                yield file.relative_to(folder).as_posix(), file


def _read(home: Path, path: str, file: Path) -> bytes:
    if not file.resolve().is_relative_to(home):
        raise Refusal("pack.outside", file=path)
    try:
        # A pipe or device would be opened for ever, so its kind is asked before and after.
        if not stat.S_ISREG(file.stat().st_mode):
            raise Refusal("pack.no_file", file=path)
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Refusal("pack.unreadable", file=path, trouble=error.strerror or "") from error
    if len(content) > LARGEST_FILE:
        raise Refusal("pack.too_large", file=path, bytes=LARGEST_FILE)
    return content
