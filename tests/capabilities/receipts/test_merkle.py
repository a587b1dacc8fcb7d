"""Against the vectors of Certificate Transparency's reference tests, and against the definition itself."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhi.capabilities.receipts._merkle import (
    EMPTY_ROOT,
    Node,
    consistency_path,
    continues,
    folded,
    includes,
    inclusion_path,
    perfect_root,
    tree_root,
)
from yuzhi.store.journal import leaf_hash

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    bytes.fromhex(text)
    for text in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
INCLUSION = {
    (0, 1): (),
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): INCLUSION[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
    (6, 7): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
SOME = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")


def node_over(hashes: list[bytes]) -> Node:
    def node(height: int, index: int) -> bytes:
        return perfect_root(hashes[index << height : (index + 1) << height])

    return node


def plain_root(hashes: list[bytes]) -> bytes:
    """Return MTH as RFC 6962 §2.1 defines it, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + plain_root(hashes[:k]) + plain_root(hashes[k:])).digest()


VECTOR = node_over([leaf_hash(leaf) for leaf in LEAVES])


def test_roots() -> None:
    assert [tree_root(VECTOR, size) for size in range(9)] == ROOTS
    assert ROOTS[0] == EMPTY_ROOT == folded([])


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion(index: int, size: int) -> None:
    path = tuple(bytes.fromhex(step) for step in INCLUSION[index, size])
    assert inclusion_path(VECTOR, index, size) == path
    assert includes(ROOTS[size], size, index, leaf_hash(LEAVES[index]), path)


@pytest.mark.parametrize(("before", "after"), CONSISTENCY)
def test_consistency(before: int, after: int) -> None:
    path = tuple(bytes.fromhex(step) for step in CONSISTENCY[before, after])
    assert consistency_path(VECTOR, before, after) == path
    assert continues(before, ROOTS[before], after, ROOTS[after], path)


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_no_corrupt_inclusion_passes(index: int, size: int) -> None:
    path = tuple(bytes.fromhex(step) for step in INCLUSION[index, size])
    root, leaf = ROOTS[size], leaf_hash(LEAVES[index])
    for wrong in (index - 1, index + 1, index ^ 2):
        assert not includes(root, size, wrong, leaf, path)
    for wrong in (size * 2, size // 2):
        assert not includes(root, wrong, index, leaf, path)
    assert not includes(root, size, index, b"WrongLeaf", path)
    assert not includes(EMPTY_ROOT, size, index, leaf, path)
    assert not includes(SOME, size, index, leaf, path)
    for wrong_path in ((*path, b""), (*path, root), (b"", *path), (root, *path)):
        assert not includes(root, size, index, leaf, wrong_path)
    for at, step in enumerate(path):
        flipped = bytes([step[0] ^ 8]) + step[1:]
        assert not includes(root, size, index, leaf, (*path[:at], flipped, *path[at + 1 :]))
    if path:
        assert not includes(root, size, index, leaf, path[:-1])
        assert not includes(root, size, index, leaf, (path[0], SOME, *path[1:]))


@pytest.mark.parametrize(("before", "after"), [pair for pair in CONSISTENCY if pair != (1, 1)])
def test_no_corrupt_consistency_passes(before: int, after: int) -> None:
    path = tuple(bytes.fromhex(step) for step in CONSISTENCY[before, after])
    first, second = ROOTS[before], ROOTS[after]
    for wrong in (before - 1, before + 1, before ^ 2):
        assert not continues(wrong, first, after, second, path)
    for wrong in (after * 2, after // 2):
        assert not continues(before, first, wrong, second, path)
    assert not continues(before, b"WrongRoot", after, second, path)
    assert not continues(before, first, after, b"WrongRoot", path)
    assert not continues(before, second, after, first, path)
    for wrong_path in (
        (), path[:-1], (*path, b""), (*path, first), (*path, second), (b"", *path), (first, *path),
        (second, *path), (path[0], *path),
    ):  # fmt: skip
        assert not continues(before, first, after, second, wrong_path)
    for at, step in enumerate(path):
        flipped = bytes([step[0] ^ 16]) + step[1:]
        assert not continues(before, first, after, second, (*path[:at], flipped, *path[at + 1 :]))


def test_sizes_with_nothing_to_prove() -> None:
    assert continues(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    assert continues(0, EMPTY_ROOT, 5, ROOTS[5], ())
    assert continues(5, ROOTS[5], 5, ROOTS[5], ())
    assert not continues(0, ROOTS[1], 5, ROOTS[5], ())
    assert not continues(0, EMPTY_ROOT, 0, ROOTS[1], ())
    assert not continues(0, EMPTY_ROOT, 5, ROOTS[5], (ROOTS[1],))
    assert not continues(5, ROOTS[5], 5, ROOTS[4], ())
    assert not continues(5, ROOTS[5], 4, ROOTS[4], ())
    assert not includes(EMPTY_ROOT, 0, 0, ROOTS[1], ())


@given(st.integers(1, 300), st.data())
def test_any_tree_proves_what_it_holds_and_nothing_else(size: int, data: st.DataObject) -> None:
    hashes = [leaf_hash(bytes([n % 256, n // 256])) for n in range(size)]
    node = node_over(hashes)
    root = plain_root(hashes)
    assert tree_root(node, size) == root

    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(node, index, size)
    assert includes(root, size, index, hashes[index], path)
    other = data.draw(st.integers(0, size - 1))
    assert includes(root, size, other, hashes[index], path) == (other == index)

    before = data.draw(st.integers(1, size))
    proof = consistency_path(node, before, size)
    assert continues(before, plain_root(hashes[:before]), size, root, proof)
    forged = [*hashes[: before - 1], leaf_hash(b"forged")]
    assert not continues(before, plain_root(forged), size, root, proof)
