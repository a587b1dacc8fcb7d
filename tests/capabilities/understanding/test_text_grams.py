"""Hashed pieces: the same letters have the same hash wherever they stand, and no piece spans two texts."""

import numpy as np
import rjieba

from yuzhi.capabilities.understanding.text import gram_stream, stable_hash


def hashes_of(text: str, *, at: int, size: int, words: bool) -> set[int]:
    grams = gram_stream(["前面的话", text])
    part = slice(grams.n_chars, None) if words else slice(0, grams.n_chars)
    here = (grams.doc[part] == 1) & (grams.at[part] == at) & (grams.size[part] == size)
    return set(grams.hash[part][here].tolist())


def test_a_gram_has_one_hash_in_every_place() -> None:
    first = hashes_of("噪声扰民", at=0, size=2, words=False)
    assert len(first) == 1
    assert hashes_of("夜里噪声大", at=2, size=2, words=False) == first
    assert hashes_of("夜里声噪大", at=2, size=2, words=False) != first


def test_a_word_has_one_hash_in_every_place() -> None:
    assert rjieba.cut("噪音扰民") == ["噪音", "扰民"]
    assert (
        hashes_of("噪音扰民", at=2, size=2, words=True)
        == hashes_of("扰民", at=0, size=2, words=True)
        != set()
    )


def test_a_word_and_a_gram_of_the_same_letters_differ() -> None:
    assert hashes_of("扰民", at=0, size=2, words=True) != hashes_of("扰民", at=0, size=2, words=False)


def test_no_piece_spans_two_texts() -> None:
    grams = gram_stream(["ab", "cd"], words=False)
    assert sorted(zip(grams.doc.tolist(), grams.at.tolist(), grams.size.tolist(), strict=True)) == [
        (0, 0, 1), (0, 0, 2), (0, 1, 1), (1, 0, 1), (1, 0, 2), (1, 1, 1),
    ]  # fmt: skip


def test_nothing_has_no_pieces() -> None:
    assert len(gram_stream([]).hash) == 0
    assert len(gram_stream(["", ""]).hash) == 0


def test_a_batch_hashes_like_its_texts_alone() -> None:
    alone, together = gram_stream(["路灯坏了"]), gram_stream(["井盖", "路灯坏了"])
    assert np.array_equal(np.sort(together.hash[together.doc == 1]), np.sort(alone.hash))


def test_a_stable_hash_is_stable() -> None:
    assert stable_hash("春晓苑") == stable_hash("春晓苑") != stable_hash("春晓园")
