"""Texts to weighted sparse rows: characters and words, of the whole text and again of its subject.

Weights are (1 + log count) * idf, each of the four blocks scaled to a fixed length a text,
the whole text counting more than its subject and characters more than words (by cross-validation on
real messages).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from yuzhi.capabilities.understanding.category._vocabulary import Vocabulary, one_per_bucket
from yuzhi.capabilities.understanding.text import Grams, gram_stream, plain_batch

Message = tuple[str, str]
"""A message as its subject and its text; either may be empty."""

_LENGTHS: Final = (2.0, 1.5, 1.0, 0.7)
"""Of a text's four blocks: characters, words, and those of the subject again."""

_SEPARATOR: Final = "\n"
_HEAD: Final = 30  # characters of a text that stand in for a missing subject


@dataclass(frozen=True, slots=True)
class Sheet:
    """A batch made plain and hashed: texts (subject, line break, text), ends of subjects, pieces."""

    texts: list[str]
    subject_ends: NDArray[np.int32]
    grams: Grams


def sheet(messages: Sequence[Message]) -> Sheet:
    """Make a batch of messages plain and hash it."""
    subjects = plain_batch([subject or text[:_HEAD] for subject, text in messages])
    bodies = plain_batch([text for _, text in messages])
    texts = [f"{subject}{_SEPARATOR}{body}" for subject, body in zip(subjects, bodies, strict=True)]
    ends = np.fromiter((len(subject) for subject in subjects), dtype=np.int32, count=len(subjects))
    return Sheet(texts, ends, gram_stream(texts))


def learn_vocabulary(grams: Grams, subject_ends: NDArray[np.int32], *, least: int = 2) -> Vocabulary:
    """Return the pieces that at least `least` texts have."""
    hashes, counts, subject_counts = [], [], []
    in_subject = grams.at + grams.size <= subject_ends[grams.doc]
    for part in (slice(0, grams.n_chars), slice(grams.n_chars, None)):
        known, count = _texts_having(grams.hash[part], grams.doc[part])
        kept = count >= least
        known, count = known[kept], count[kept]
        within = in_subject[part]
        inside, inside_count = _texts_having(grams.hash[part][within], grams.doc[part][within])
        subject_count = np.zeros(len(known), dtype=np.int64)
        _, mine, theirs = np.intersect1d(known, inside, assume_unique=True, return_indices=True)
        subject_count[mine] = inside_count[theirs]
        hashes.append(known)
        counts.append(count)
        subject_counts.append(subject_count)
    every, n_chars = np.concatenate(hashes), len(hashes[0])
    stays = one_per_bucket(every, np.concatenate(counts))
    has_subject = (np.concatenate(subject_counts) >= least)[stays]
    column = np.where(has_subject, np.cumsum(has_subject) - 1, -1).astype(np.int32)
    return Vocabulary(every[stays], int(stays[:n_chars].sum()), column)


def _texts_having(
    hashes: NDArray[np.uint64], docs: NDArray[np.int32]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the different hashes and, for each, how many texts have it."""
    order = np.lexsort((docs, hashes))
    hashes, docs = hashes[order], docs[order]
    new = np.ones(len(hashes), dtype=bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (docs[1:] != docs[:-1])
    known, count = np.unique(hashes[new], return_counts=True)
    return known, count.astype(np.int64)


def counts(vocabulary: Vocabulary, batch: Sheet) -> sp.csr_matrix:
    """Return how often each text has each piece: columns of the whole text, then those of the subject."""
    grams, n_texts, known = batch.grams, len(batch.texts), len(vocabulary)
    columns = known + vocabulary.n_subject
    place = vocabulary.find(grams.hash).astype(np.int64)
    # A character gram and a word have different hashes for the same letters, so one table serves both.
    whole = place >= 0
    in_subject = whole & (grams.at + grams.size <= batch.subject_ends[grams.doc])
    in_subject[in_subject] = vocabulary.subject[place[in_subject]] >= 0
    keys = np.concatenate(
        (
            grams.doc[whole].astype(np.int64) * columns + place[whole],
            grams.doc[in_subject].astype(np.int64) * columns + known + vocabulary.subject[place[in_subject]],
        )
    )
    keys.sort()
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.zeros(0, int)
    amount = np.diff(np.append(first, len(keys))).astype(np.float32)
    docs, indices = np.divmod(keys[first], columns)
    indptr = np.searchsorted(docs, np.arange(n_texts + 1)).astype(np.int64)
    return sp.csr_matrix((amount, indices.astype(np.int32), indptr), shape=(n_texts, columns))


def rarity(matrix: sp.csr_matrix) -> NDArray[np.float32]:
    """Return the smoothed inverse document frequency of each column."""
    having = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return np.asarray(np.log((1 + matrix.shape[0]) / (1 + having)) + 1, dtype=np.float32)


def weigh(vocabulary: Vocabulary, matrix: sp.csr_matrix, idf: NDArray[np.float32]) -> sp.csr_matrix:
    """Return counts turned into weights; the four blocks of a row are of fixed length each."""
    blocks = vocabulary.blocks
    data = (1 + np.log(matrix.data)) * idf[matrix.indices]
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    slot = rows * 4 + blocks[matrix.indices]
    lengths = np.sqrt(np.bincount(slot, weights=data * data, minlength=4 * matrix.shape[0]))
    scale = np.array(_LENGTHS * matrix.shape[0]) / np.maximum(lengths, 1e-12)
    data *= scale.astype(np.float32)[slot]
    return sp.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)
