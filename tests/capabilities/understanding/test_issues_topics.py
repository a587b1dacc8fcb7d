"""Topic vectors: pieces are numbered as a plain sort would number them, and the heaviest are kept."""

import numpy as np
import pytest

from yuzhi.capabilities.understanding.issues._heaviest import are_heaviest
from yuzhi.capabilities.understanding.issues._topics import _may_repeat, _numbered, topic_vectors


@pytest.mark.parametrize("count", [0, 1, 2, 300, 50_000])
@pytest.mark.parametrize("bits", [3, 40, 64])
def test_pieces_are_numbered_in_their_order(count: int, bits: int) -> None:
    hashes = np.random.default_rng(count).integers(0, 1 << bits, count, dtype=np.uint64, endpoint=False)
    hashes[count // 2 :] <<= np.uint64(64 - bits)  # half share their first bits, half their last
    known, expected = np.unique(hashes, return_inverse=True)
    number, how_many = _numbered(hashes)
    assert how_many == len(known)
    assert (number == expected).all()


@pytest.mark.parametrize("seed", range(5))
def test_no_piece_that_stands_twice_is_left_out(seed: int) -> None:
    hashes = np.random.default_rng(seed).integers(0, 1 << 12, 3_000, dtype=np.uint64) << np.uint64(52)
    _, place, often = np.unique(hashes, return_inverse=True, return_counts=True)
    assert _may_repeat(hashes)[often[place] >= 2].all()
    once = np.random.default_rng(seed).integers(0, 1 << 64, 1_000, dtype=np.uint64)
    assert _may_repeat(once).sum() < 600


def test_the_heaviest_of_each_row_are_told() -> None:
    data = np.array([5, 1, 3, 2, 9, 9, 9, 7], dtype=np.float32)
    indptr = np.array([0, 4, 4, 7, 8], dtype=np.int64)
    assert are_heaviest(data, indptr, 2).tolist() == [True, False, True, False, True, True, True, True]


def test_rows_are_of_one_length_and_strangers_share_nothing() -> None:
    rows = topic_vectors(
        ["路灯不亮", "路灯不亮", "噪声扰民", "噪声扰民", "无人知晓"],
        ["夜里没有灯", "夜里没有灯", "工地施工", "工地施工", "独此一件"],
    )
    lengths = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    assert lengths == pytest.approx([1, 1, 1, 1, 0])
    assert (rows[0] @ rows[2].T).sum() == 0
    assert topic_vectors([], []).shape[0] == 0
