"""A Merkle tree cut into tiles of height 8 (C2SP tlog-tiles): their places, names, growth and reading."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from yuzhi.capabilities.receipts._merkle import HASH, folded, perfect_root

WIDTH = 256
HEIGHT = 8

_NUMBER = r"(?:0|[1-9][0-9]*)"
_PATH = re.compile(rf"({_NUMBER}|entries)/((?:x[0-9]{{3}}/)*[0-9]{{3}})(?:\.p/([1-9][0-9]{{0,2}}))?")


class Place(Struct, frozen=True):
    """Where a tile lies: its level (0 holds leaf hashes), its index there, how many hashes it has.

    A bundle of entries lies where the tile of their leaf hashes does; its level is `ENTRIES`.
    """

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Return its name below `tile/`, such as `0/x001/x234/067` or `0/000.p/5`."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"{level}/{name}" + ("" if self.width == WIDTH else f".p/{self.width}")


ENTRIES = -1
"""The level of bundles of entries."""

ReadTile = Callable[[Place], bytes]
"""Gives a tile's bytes, all the hashes it has one after the other."""


class Tile(Struct, frozen=True):
    """A tile: where it lies, and its hashes one after the other."""

    place: Place
    content: bytes


def place_of(path: str) -> Place | None:
    """Return the place a name below `tile/` stands for, None for whatever is not such a name."""
    found = _PATH.fullmatch(path)
    if found is None or len(path) > 100:
        return None
    level, name, width = found.groups()
    place = Place(
        level=ENTRIES if level == "entries" else int(level),
        index=int(name.replace("x", "").replace("/", "")),
        width=int(width) if width else WIDTH,
    )
    # One place has one name: a zero too many, or a partial tile as wide as a full one, is none.
    return place if place.path == path and place.level < 64 else None


def hashes_of(content: bytes) -> list[bytes]:
    """Return the hashes in a tile."""
    return [content[at : at + HASH] for at in range(0, len(content), HASH)]


def places(size: int) -> Iterator[Place]:
    """Yield the rightmost tile of each level of a tree, full ones left out, lowest level first."""
    level = 0
    while size >> HEIGHT * level:
        index, width = divmod(size >> HEIGHT * level, WIDTH)
        if width:
            yield Place(level=level, index=index, width=width)
        level += 1


class TileNodes:
    """The nodes of a tree of `size` leaves, read from its tiles; a `Node` for `_merkle`."""

    def __init__(self, read: ReadTile, size: int) -> None:
        self._read = read
        self._size = size
        self._held: dict[tuple[int, int], bytes] = {}

    def __call__(self, height: int, index: int) -> bytes:
        """Return the root of a perfect subtree."""
        level, above = divmod(height, HEIGHT)
        tile, first = divmod(index << above, WIDTH)
        content = self._held.get((level, tile))
        if content is None:
            width = min(WIDTH, (self._size >> HEIGHT * level) - tile * WIDTH)
            content = self._held[level, tile] = self._read(Place(level=level, index=tile, width=width))
        return perfect_root(hashes_of(content[first * HASH : (first + (1 << above)) * HASH]))


class Growth:
    """The right edge of a tree: what has to be known of it to go on adding leaves."""

    def __init__(self, size: int = 0, edge: Iterable[Sequence[bytes]] = ()) -> None:
        """Begin at a tree of `size` leaves; `edge` has, level by level, the hashes of tiles not yet full."""
        self.size = size
        self._edge = [list(hashes) for hashes in edge]

    @classmethod
    def read(cls, read: ReadTile, size: int) -> "Growth":
        """Return the right edge of a tree that lies in tiles."""
        edge: list[list[bytes]] = []
        for place in places(size):
            edge += [[] for _ in range(place.level - len(edge))]
            edge.append(hashes_of(read(place)))
        return cls(size, edge)

    def copy(self) -> "Growth":
        """Return another one at the same place."""
        return Growth(self.size, self._edge)

    def add(self, leaves: Sequence[bytes]) -> Iterator[Tile]:
        """Add leaf hashes and yield the tiles that become full, each below before the one above it."""
        at = 0
        while at < len(leaves):
            room = WIDTH - len(self._level(0))
            some = leaves[at : at + room]
            self._level(0).extend(some)
            at += len(some)
            self.size += len(some)
            yield from self._fill(0)

    def partial(self) -> Iterator[Tile]:
        """Yield the tiles that are not full."""
        for place in places(self.size):
            yield Tile(place, b"".join(self._edge[place.level]))

    def root(self) -> bytes:
        """Return the root of the tree."""
        subtrees: list[bytes] = []
        for hashes in reversed(self._edge):
            at = 0
            while at < len(hashes):
                some = 1 << (len(hashes) - at).bit_length() - 1
                subtrees.append(perfect_root(hashes[at : at + some]))
                at += some
        return folded(subtrees)

    def _level(self, level: int) -> list[bytes]:
        if level == len(self._edge):
            self._edge.append([])
        return self._edge[level]

    def _fill(self, level: int) -> Iterator[Tile]:
        hashes = self._level(level)
        if len(hashes) < WIDTH:
            return
        index = (self.size >> HEIGHT * (level + 1)) - 1
        yield Tile(Place(level=level, index=index), b"".join(hashes))
        self._level(level + 1).append(perfect_root(hashes))
        self._edge[level] = []
        yield from self._fill(level + 1)
