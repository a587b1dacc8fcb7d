"""Merkle trees as Certificate Transparency has them: RFC 6962 §2.1, proofs checked as in RFC 9162 §2.1.

Hashes are SHA-256, 32 bytes. Nothing here knows where hashes are kept: whoever has them lends a `Node`.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

HASH = 32
"""Bytes of a hash."""

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""

Node = Callable[[int, int], bytes]
"""Gives the root of a perfect subtree: `node(height, index)` stands for the leaves from `index << height`
to before `(index + 1) << height`."""


def hash_children(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962 §2.1)."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over hashes of one height, a power of two of them."""
    row = list(hashes)
    if not row or len(row) & (len(row) - 1):
        raise ValueError("a perfect tree has a power of two of leaves")
    while len(row) > 1:
        pairs = iter(row)
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return row[0]


def folded(subtrees: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, the largest first, as a tree of any size splits into them."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = hash_children(left, root)
    return root


def tree_root(node: Node, size: int) -> bytes:
    """Return the root over the first `size` leaves."""
    return _range_root(node, 0, size) if size else EMPTY_ROOT


def inclusion_path(node: Node, index: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that a leaf is in the tree of `size` leaves, its sibling first (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in the tree")
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(_range_root(node, middle, end))
            end = middle
        else:
            path.append(_range_root(node, first, middle))
            first = middle
    return tuple(reversed(path))


def consistency_path(node: Node, before: int, after: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of `after` leaves continues the one of `before` (RFC 6962 §2.1.2).

    From the empty tree, and from a tree to itself, there is nothing to prove.
    """
    if not 0 <= before <= after:
        raise ValueError("the later tree is the smaller one")
    return tuple(_subproof(node, before, 0, after, is_known=True)) if 0 < before < after else ()


def includes(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Say whether a path proves a leaf hash at an index of a tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes((root, leaf, *path)):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = hash_children(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = hash_children(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def continues(before: int, root_before: bytes, after: int, root_after: bytes, path: Sequence[bytes]) -> bool:
    """Say whether a path proves that one tree continues another (RFC 9162 §2.1.4.2)."""
    if not 0 <= before <= after or not _are_hashes((root_before, root_after, *path)):
        return False
    if before in {0, after}:
        is_same = root_before == (EMPTY_ROOT if before == 0 else root_after)
        return not path and is_same and (after > 0 or root_after == EMPTY_ROOT)
    if not path:
        return False
    steps = [root_before, *path] if before & (before - 1) == 0 else list(path)
    at, last = before - 1, after - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = hash_children(step, first), hash_children(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = hash_children(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and first == root_before and second == root_after


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH for value in values)


def _split(leaves: int) -> int:
    """Return the largest power of two below a number of leaves: what goes to the left."""
    return 1 << (leaves - 1).bit_length() - 1


def _range_root(node: Node, first: int, end: int) -> bytes:
    leaves = end - first
    if leaves & (leaves - 1) == 0 and first % leaves == 0:
        return node(leaves.bit_length() - 1, first // leaves)
    middle = first + _split(leaves)
    return hash_children(_range_root(node, first, middle), _range_root(node, middle, end))


def _subproof(node: Node, before: int, first: int, end: int, *, is_known: bool) -> Iterator[bytes]:
    """Yield SUBPROOF of RFC 6962 §2.1.2; `is_known` says that the verifier has this subtree's root."""
    if first + before == end:
        if not is_known:
            yield _range_root(node, first, end)
        return
    left = _split(end - first)
    if before <= left:
        yield from _subproof(node, before, first, first + left, is_known=is_known)
        yield _range_root(node, first + left, end)
    else:
        yield from _subproof(node, before - left, first + left, end, is_known=False)
        yield _range_root(node, first, first + left)
