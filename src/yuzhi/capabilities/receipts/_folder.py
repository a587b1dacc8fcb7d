"""The log's public files below one folder: tiles, checkpoint and verifier keys, as they are served.

Files come whole or not at all, and tiles never change. Whoever can read this folder can check
everything there is to check about the log; nothing in it is secret or personal.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts._checkpoint import parse_checkpoint
from yuzhi.capabilities.receipts._merkle import HASH
from yuzhi.capabilities.receipts._notes import VerifierKey, parse_keys, split_note
from yuzhi.capabilities.receipts._tiles import WIDTH, Place, Tile

_KEYS_HEAD = "# Verifier keys of this log, the newest last. Former ones stay: old receipts need them.\n"


class LogFolder:
    """A log's folder; made when something is first written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder

    def read_tile(self, place: Place) -> bytes:
        """Return the first `place.width` hashes of a tile, from any file of it that has as many.

        Raises Refusal `receipt.tile_missing`, and `receipt.tile_altered` for a file of the wrong length.
        """
        for file in self._candidates(place):
            with suppress(FileNotFoundError):
                content = file.read_bytes()
                if len(content) % HASH or len(content) < place.width * HASH:
                    raise Refusal("receipt.tile_altered", tile=place.path)
                return content[: place.width * HASH]
        raise Refusal("receipt.tile_missing", tile=place.path)

    def write_tiles(self, tiles: Iterable[Tile]) -> None:
        """Keep tiles, durable on return. One that is there already must be the same.

        Raises Refusal `receipt.tile_altered` when it is not, and `store.full`.
        """
        touched: set[Path] = set()
        for tile in tiles:
            file = self._file(tile.place)
            if file.exists():
                if file.read_bytes() != tile.content:
                    raise Refusal("receipt.tile_altered", tile=tile.place.path)
                continue
            made = _make_folders(file.parent, above=self.path)
            touched |= made | {file.parent}
            _replace(file, tile.content)
            if tile.place.width == WIDTH:
                rmtree(file.with_name(file.name + ".p"), ignore_errors=True)
        for folder in touched:
            _sync_folder(folder)

    def checkpoint(self) -> str | None:
        """Return the newest signed checkpoint, None before the first."""
        return self._text("checkpoint")

    def publish(self, note: str) -> bool:
        """Put a signed checkpoint up, unless one of a larger tree is up already; say whether it was."""
        size = _size_of(note)
        with self._locked():
            shown = self.checkpoint()
            if shown is not None and _size_of(shown) > size:
                return False
            if shown != note:
                self._write("checkpoint", note)
        return True

    def keys(self) -> tuple[VerifierKey, ...]:
        """Return the verifier keys of this log, the newest last; raises Refusal `receipt.bad_key`."""
        return parse_keys(self._text("keys") or "")

    def add_key(self, key: VerifierKey) -> None:
        """Add a verifier key to those that are shown; one that is there already stays where it is."""
        with self._locked():
            shown = self._text("keys") or _KEYS_HEAD
            if str(key) not in shown.splitlines():
                self._write("keys", f"{shown}{key}\n")

    def partial_places(self, place: Place) -> list[Place]:
        """Return the partial tiles there are at a tile's place, the narrowest first."""
        folder = self._file(Place(level=place.level, index=place.index))
        names = [file.name for file in folder.with_name(folder.name + ".p").glob("*")]
        widths = sorted(int(name) for name in names if name.isascii() and name.isdigit())
        return [Place(level=place.level, index=place.index, width=width) for width in widths]

    def _candidates(self, place: Place) -> Iterator[Path]:
        yield self._file(place)
        if place.width < WIDTH:
            for wider in self.partial_places(place):
                if wider.width > place.width:
                    yield self._file(wider)
            # Last, for a partial tile is removed only once the full one is there.
            yield self._file(Place(level=place.level, index=place.index))

    def _file(self, place: Place) -> Path:
        return self.path / "tile" / place.path

    def _text(self, name: str) -> str | None:
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def _write(self, name: str, text: str) -> None:
        _make_folders(self.path, above=self.path.parent)
        _replace(self.path / name, text.encode())
        _sync_folder(self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder against other processes while what is up is looked at and replaced."""
        _make_folders(self.path, above=self.path.parent)
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _size_of(note: str) -> int:
    return parse_checkpoint(split_note(note)[0]).size


def _make_folders(folder: Path, *, above: Path) -> set[Path]:
    """Make a folder and those over it; return those that got a new entry, which are to be flushed."""
    missing = [one for one in (folder, *folder.parents) if not one.exists() and one != above.parent]
    folder.mkdir(parents=True, exist_ok=True)
    return {one.parent for one in missing}


def _replace(file: Path, content: bytes) -> None:
    """Write a file aside, flush it, and give it its name."""
    try:
        with NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as aside:
            try:
                aside.write(content)
                aside.flush()
                os.fchmod(aside.fileno(), 0o644)
                os.fsync(aside.fileno())
                Path(aside.name).rename(file)
            except BaseException:
                Path(aside.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        if error.errno in {28, 122}:  # no space, over quota
            raise Refusal("store.full", retry_after=60) from error
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
