"""Messages as topic vectors of unit length: words and the subject's character pairs, rare ones heavier."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from yuzhi.capabilities.understanding.issues._heaviest import are_heaviest
from yuzhi.capabilities.understanding.text import gram_stream, plain_batch, stable_hash

_READ: Final = 300  # characters of a text that tell what it is about
_KEPT: Final = 40  # heaviest columns of a row
_TOO_COMMON: Final = 0.1  # of a large batch; of a small one half, for one issue may be a third of a day
_PART: Final = 2_000


def topic_vectors(
    subjects: Sequence[str], texts: Sequence[str], places: Sequence[str] | None = None
) -> sp.csr_matrix:
    """Return one unit row a message.

    A word counts three times where it stands in the subject, once in the text; a place code, if
    given, counts as a word of the subject. Columns that one message alone has, or too
    many of them, say nothing and are left out.
    """
    parts = [
        _pieces(subjects[begin : begin + _PART], texts[begin : begin + _PART], begin)
        for begin in range(0, len(subjects), _PART)
    ]
    docs = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0, np.int64)
    hashes = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, np.uint64)
    weights = np.concatenate([part[2] for part in parts]) if parts else np.zeros(0, np.float32)
    if places is not None:
        known = [(at, stable_hash(f"place {place}")) for at, place in enumerate(places) if place]
        docs = np.concatenate((docs, np.array([at for at, _ in known], dtype=np.int64)))
        hashes = np.concatenate((hashes, np.array([code for _, code in known], dtype=np.uint64)))
        weights = np.concatenate((weights, np.full(len(known), 3, dtype=np.float32)))
    repeated = _may_repeat(hashes)
    column, n_columns = _numbered(hashes[repeated])
    shape = (len(subjects), n_columns)
    counted = sp.coo_matrix((weights[repeated], (docs[repeated], column)), shape=shape).tocsr()
    return _weighted(counted)


def _may_repeat(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Say which pieces may stand twice: those alone in their bucket stand once and are not worth sorting."""
    bucket = hashes >> _shift(len(hashes))
    return np.asarray((np.bincount(bucket.astype(np.int64)) >= 2)[bucket])


def _numbered(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int32], int]:
    """Number the different pieces in their order; return each one's number and how many there are.

    As `numpy.unique` with its inverse, of which ten million take as many seconds: places are looked up by the
    first bits instead, and the few that share these are walked along.
    """
    known = np.unique(hashes)
    shift = _shift(len(hashes))
    size = 1 << (64 - int(shift))
    first = np.concatenate(([0], np.cumsum(np.bincount((known >> shift).astype(np.int64), minlength=size))))
    number = first.astype(np.int32)[(hashes >> shift).astype(np.int64)]
    wrong = np.flatnonzero(known[number] != hashes) if len(known) else np.zeros(0, np.int64)
    while len(wrong):
        number[wrong] += 1
        wrong = wrong[known[number[wrong]] != hashes[wrong]]
    return number, len(known)


def _shift(count: int) -> np.uint64:
    """Return by how much to shift a hash so that about twice as many buckets are left as there are hashes."""
    return np.uint64(64 - min(max(count.bit_length() + 1, 8), 24))


def _pieces(
    subjects: Sequence[str], texts: Sequence[str], begin: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.float32]]:
    heads = plain_batch(subjects)
    bodies = [text[:_READ] for text in plain_batch([text[: 2 * _READ] for text in texts])]
    joined = [f"{head}\n{body}" for head, body in zip(heads, bodies, strict=True)]
    grams = gram_stream(joined, orders=2)
    ends = np.fromiter((len(head) for head in heads), dtype=np.int64, count=len(heads))
    starts = np.concatenate(([0], np.cumsum([len(text) for text in joined])[:-1]))
    codes = np.frombuffer("".join(joined).encode("utf-32-le"), dtype=np.uint32)
    foreign = np.concatenate(([0], np.cumsum(codes < 0x2E80)))
    at = starts[grams.doc] + grams.at
    n_foreign = foreign[at + grams.size] - foreign[at]
    is_word = np.arange(len(grams.hash)) >= grams.n_chars
    in_subject = grams.at + grams.size <= ends[grams.doc]
    # Numbers, letters and punctuation are no topic: house numbers and dates would tie strangers together.
    kept = (grams.size >= 2) & (n_foreign == 0) & (is_word | in_subject)
    weight = np.where(is_word & ~in_subject, 1.0, 2.0).astype(np.float32)
    return grams.doc[kept].astype(np.int64) + begin, grams.hash[kept], weight[kept]


def _weighted(counted: sp.csr_matrix) -> sp.csr_matrix:
    n_rows = counted.shape[0]
    having = np.bincount(counted.indices, minlength=counted.shape[1])
    telling = (having >= 2) & (having <= max(_TOO_COMMON * n_rows, min(n_rows / 2, 200), 10))
    idf = np.where(telling, np.log((1 + n_rows) / (1 + having)) + 1, 0).astype(np.float32)
    rows = np.repeat(np.arange(n_rows), np.diff(counted.indptr))
    data = (1 + np.log(counted.data)) * idf[counted.indices]
    chosen = np.flatnonzero(are_heaviest(data, counted.indptr, _KEPT) & (data > 0))
    rows, columns, data = rows[chosen], counted.indices[chosen], data[chosen]
    lengths = np.sqrt(np.bincount(rows, weights=data * data, minlength=n_rows))
    names, columns = np.unique(columns, return_inverse=True)
    return sp.csr_matrix(
        ((data / lengths[rows]).astype(np.float32), columns, np.searchsorted(rows, np.arange(n_rows + 1))),
        shape=(n_rows, len(names)),
    )
