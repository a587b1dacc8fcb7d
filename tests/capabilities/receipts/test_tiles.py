from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts._merkle import (
    Node,
    consistency_path,
    continues,
    includes,
    inclusion_path,
    perfect_root,
    tree_root,
)
from yuzhi.capabilities.receipts._tiles import ENTRIES, Growth, Place, Tile, TileNodes, place_of, places
from yuzhi.store.journal import leaf_hash

LEAVES = [leaf_hash(str(n).encode()) for n in range(70_000)]


def plain_node(height: int, index: int) -> bytes:
    return perfect_root(LEAVES[index << height : (index + 1) << height])


class Kept(dict[Place, bytes]):
    """Tiles in memory; reads a partial tile from a wider one, as a folder does."""

    def keep(self, *tiles: Tile) -> None:
        self.update({tile.place: tile.content for tile in tiles})

    def read(self, place: Place) -> bytes:
        wider = [
            self[one] for one in self if (one.level, one.index) == (place.level, place.index)
            and one.width >= place.width
        ]  # fmt: skip
        if not wider:
            raise Refusal("receipt.tile_missing", tile=place.path)
        return wider[0][: place.width * 32]


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (Place(0, 0), "0/000"),
        (Place(0, 0, 5), "0/000.p/5"),
        (Place(2, 999), "2/999"),
        (Place(1, 1000, 17), "1/x001/000.p/17"),
        (Place(0, 1_234_067), "0/x001/x234/067"),
        (Place(ENTRIES, 1_234_067, 255), "entries/x001/x234/067.p/255"),
    ],
)
def test_a_tile_has_one_name(place: Place, path: str) -> None:
    assert place.path == path
    assert place_of(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/0", "0/00", "0/0000", "00/000", "64/000", "-1/000", "0/000.p/0", "0/000.p/256",
        "0/000.p/05", "0/000.p", "0/000.p/", "0/000/", "/0/000", "0/x000/000", "0/x001", "0/001/000",
        "0/x0a1/000", "0/../000", "../checkpoint", "0/x001/../../../../keys/log.key", "0/%2e%2e/000",
        "entries/0", "Entries/000", "0/000\n", "0/000.p/5/6", "0/" + "x001/" * 40 + "000", "0/٠٠٠", "٠/000",
    ],
)  # fmt: skip
def test_whatever_is_no_name_of_a_tile_names_nothing(path: str) -> None:
    assert place_of(path) is None


@given(st.integers(-1, 63), st.integers(0, 10**15), st.integers(1, 256))
def test_names_read_back(level: int, index: int, width: int) -> None:
    assert place_of(Place(level, index, width).path) == Place(level, index, width)


def test_the_example_of_the_specification() -> None:
    """A tree of 70,000: 273 full tiles and 112 hashes, one full tile and 17 hashes, 1 hash."""
    growth = Growth()
    full = list(growth.add(LEAVES))
    assert [sum(tile.place.level == level for tile in full) for level in range(3)] == [273, 1, 0]
    assert [tile.place for tile in growth.partial()] == [Place(0, 273, 112), Place(1, 1, 17), Place(2, 0, 1)]
    assert all(len(tile.content) == tile.place.width * 32 for tile in (*full, *growth.partial()))
    assert growth.root() == tree_root(plain_node, 70_000)


def test_a_tree_of_256_has_a_full_tile_and_a_partial_one_over_it() -> None:
    growth = Growth()
    assert [tile.place for tile in growth.add(LEAVES[:256])] == [Place(0, 0)]
    assert list(places(256)) == [Place(1, 0, 1)]


@given(st.lists(st.integers(0, 700), max_size=6))
def test_growing_bit_by_bit_is_growing_at_once(amounts: list[int]) -> None:
    kept = Kept()
    growth = Growth()
    for amount in amounts:
        kept.keep(*growth.add(LEAVES[growth.size : growth.size + amount]))
        assert growth.root() == tree_root(plain_node, growth.size)
        kept.keep(*growth.partial())
        growth = Growth.read(kept.read, growth.size)
    at_once = Growth()
    full = list(at_once.add(LEAVES[: sum(amounts)]))
    assert all(kept[tile.place] == tile.content for tile in (*full, *at_once.partial()))
    assert growth.root() == at_once.root()


def test_growing_across_a_full_tile_of_the_second_level() -> None:
    kept = Kept()
    growth = Growth()
    kept.keep(*growth.add(LEAVES[:65_530]))
    kept.keep(*growth.partial())
    growth = Growth.read(kept.read, 65_530)
    kept.keep(*growth.add(LEAVES[65_530:65_550]))
    assert Place(1, 0) in kept
    assert growth.root() == tree_root(plain_node, 65_550)


@given(st.data())
def test_proofs_from_tiles_hold(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70_000))
    index = data.draw(st.integers(0, size - 1))
    before = data.draw(st.integers(1, size))
    nodes: Node = TileNodes(whole().read, size)
    root = tree_root(nodes, size)
    assert includes(root, size, index, LEAVES[index], inclusion_path(nodes, index, size))
    earlier = tree_root(TileNodes(whole().read, before), before)
    assert continues(before, earlier, size, root, consistency_path(nodes, before, size))


@cache
def whole() -> Kept:
    kept = Kept()
    growth = Growth()
    kept.keep(*growth.add(LEAVES))
    kept.keep(*growth.partial())
    return kept
