"""Rows to groups: average-link agglomeration by reciprocal nearest neighbours, on sparse sums of unit rows.

The average similarity of two groups is the product of their sums over the product of their sizes,
so no matrix of pairs is needed. Average link is reducible: pairs that are each other's nearest may
be merged in any order, a merger brings nobody closer to a third, and a group with no partner above
the threshold never gets one (Murtagh and Contreras 2012). So only those whose partner merged look
again. A large group's sum keeps its heaviest columns only, which bounds the work.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from yuzhi.capabilities.understanding.issues._heaviest import are_heaviest

_PART: Final = 1_000
_ROUNDS: Final = 500
_SUM_KEEPS: Final = 80
_ASKS_BY: Final = 10
_CANDIDATES: Final = 8


def group(
    rows: sp.csr_matrix, *, least: float, progress: Callable[[int], None] = lambda _: None
) -> NDArray[np.int64]:
    """Return each unit row's group number; groups merge while their average similarity is `least` or more.

    `progress` is told how many groups are still looking for a partner.
    """
    labels = np.arange(rows.shape[0], dtype=np.int64)
    sums, sizes, names = rows.tocsr(), np.ones(rows.shape[0]), labels.copy()
    partner, closeness = np.full(len(names), -1, dtype=np.int64), np.full(len(names), -1.0)
    asking = np.arange(len(names))
    for _ in range(_ROUNDS):
        partner[asking], closeness[asking] = _nearest(sums, sizes, asking, least=least)
        progress(len(names))
        alive = closeness >= least
        pairs = _mutual(partner, closeness, alive)
        if not len(pairs):
            break
        # Candidates are approximate: one of a pair may not have seen how close the other is.
        alive[pairs.ravel()] = True
        renamed = np.arange(rows.shape[0], dtype=np.int64)
        renamed[names[pairs[:, 1]]] = names[pairs[:, 0]]
        labels = renamed[labels]
        gone, grown = np.zeros(len(names), dtype=bool), np.zeros(len(names), dtype=bool)
        gone[pairs[:, 1]], grown[pairs[:, 0]] = True, True
        merged_into = np.arange(len(names))
        merged_into[pairs[:, 1]] = pairs[:, 0]
        stays = alive & ~gone
        place = np.where(stays, np.cumsum(stays) - 1, -1)
        asks = (grown | grown[partner] | gone[partner])[stays]
        fold = sp.csr_matrix(
            (np.ones(int(alive.sum()), dtype=np.float32), (place[merged_into[alive]], np.flatnonzero(alive))),
            shape=(int(stays.sum()), len(names)),
        )
        sums, sizes = _heaviest((fold @ sums).tocsr(), _SUM_KEEPS), fold @ sizes
        names, closeness, partner = names[stays], closeness[stays], place[partner[stays]]
        asking = np.flatnonzero(asks | (partner < 0))
    return labels


def _mutual(
    partner: NDArray[np.int64], closeness: NDArray[np.float64], alive: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the pairs that are each other's nearest, the lower first.

    Candidates are found approximately, so a nearest may not answer. Where too few pairs are mutual,
    the closest pairs that share no group are taken instead.
    """
    here = np.arange(len(partner))
    mutual = alive & (partner[partner] == here) & (partner > here)
    if mutual.sum() * 50 >= alive.sum():
        chosen = np.flatnonzero(mutual)
    else:
        taken = np.zeros(len(partner), dtype=bool)
        firsts = []
        for one in np.flatnonzero(alive)[np.argsort(-closeness[alive], kind="stable")]:
            if not taken[one] and not taken[partner[one]]:
                taken[one] = taken[partner[one]] = True
                firsts.append(one)
        chosen = np.array(firsts, dtype=np.int64)
    pairs = np.stack((chosen, partner[chosen]), axis=1)
    pairs.sort(axis=1)
    return pairs


def _nearest(
    sums: sp.csr_matrix, sizes: NDArray[np.float64], asking: NDArray[np.int64], *, least: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, for each asking group, its nearest other group and how close that is on average.

    Candidates are found by a group's few heaviest columns, then measured by all of them.
    """
    means = (sp.diags((1 / sizes).astype(np.float32)) @ sums).tocsr()
    across = means.T.tocsr()
    asked = _heaviest(means[asking], _ASKS_BY)
    partner = np.full(len(asking), -1, dtype=np.int64)
    closeness = np.full(len(asking), -1.0)
    for begin in range(0, len(asking), _PART):
        mine = asking[begin : begin + _PART]
        here, there = _candidates((asked[begin : begin + _PART] @ across).tocsr(), mine, floor=least / 4)
        if not len(here):
            continue
        exact = np.asarray(means[mine[here]].multiply(means[there]).sum(axis=1)).ravel()
        # Of equally close groups the lowest counts, for both sides alike.
        order = np.lexsort((there, -exact, here))
        rows, first = np.unique(here[order], return_index=True)
        partner[begin + rows], closeness[begin + rows] = there[order][first], exact[order][first]
    return partner, closeness


def _candidates(
    block: sp.csr_matrix, mine: NDArray[np.int64], *, floor: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (row of the block, group) for each row's best few others."""
    # Nearly all of a block lies below the floor: what follows looks at the rest only.
    worth = np.flatnonzero(block.data >= floor)
    here = np.searchsorted(block.indptr, worth, side="right") - 1
    there = block.indices[worth].astype(np.int64)
    others = there != mine[here]
    here, there, values = here[others], there[others], block.data[worth[others]]
    edges = np.searchsorted(here, np.arange(block.shape[0] + 1))
    best = np.arange(len(here))
    crowded = np.flatnonzero(np.diff(edges) > _CANDIDATES)
    if len(crowded):
        kept = np.diff(edges)[here] <= _CANDIDATES
        for row in crowded:
            begin = edges[row]
            kept[begin + values[begin : edges[row + 1]].argpartition(-_CANDIDATES)[-_CANDIDATES:]] = True
        best = np.flatnonzero(kept)
    return here[best], there[best]


def _heaviest(rows: sp.csr_matrix, most: int) -> sp.csr_matrix:
    """Return rows of which those twice as wide as `most` keep their heaviest columns only."""
    widths = np.diff(rows.indptr)
    wide = np.repeat(widths > 2 * most, widths)
    if not wide.any():
        return rows
    kept = are_heaviest(rows.data, rows.indptr, most) | ~wide
    sums = np.concatenate(([0], np.cumsum(kept)))
    return sp.csr_matrix((rows.data[kept], rows.indices[kept], sums[rows.indptr]), shape=rows.shape)
