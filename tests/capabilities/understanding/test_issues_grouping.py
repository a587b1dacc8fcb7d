"""Grouping: what is alike is together, what is not is apart, and every row has a group whatever its shape."""

import numpy as np
import pytest
import scipy.sparse as sp

from yuzhi.capabilities.understanding.issues._grouping import group


def unit_rows(dense: np.ndarray) -> sp.csr_matrix:
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    return sp.csr_matrix((dense / np.where(lengths == 0, 1, lengths)).astype(np.float32))


def test_two_clouds_are_two_groups() -> None:
    chance = np.random.default_rng(1)
    clouds = np.zeros((40, 20))
    clouds[:25, :10] = chance.random((25, 10)) + 0.2
    clouds[25:, 10:] = chance.random((15, 10)) + 0.2
    labels = group(unit_rows(clouds), least=0.5)
    assert len(set(labels[:25])) == 1
    assert len(set(labels[25:])) == 1
    assert labels[0] != labels[39]


def test_nothing_alike_is_nothing_grouped() -> None:
    assert len(set(group(unit_rows(np.eye(30)), least=0.1))) == 30


def test_rows_of_nothing_stay_alone() -> None:
    assert len(set(group(unit_rows(np.zeros((5, 3))), least=0.1))) == 5
    assert len(group(unit_rows(np.zeros((0, 3))), least=0.1)) == 0


@pytest.mark.parametrize("seed", range(12))
def test_groups_are_as_alike_as_promised(seed: int) -> None:
    chance = np.random.default_rng(seed)
    dense = chance.random((200, 60)) * (chance.random((200, 60)) < 0.15)
    rows = unit_rows(dense)
    labels = group(rows, least=0.3)
    alike = np.asarray((rows @ rows.T).todense())
    for label in set(labels):
        members = np.flatnonzero(labels == label)
        if len(members) == 2:
            assert alike[members[0], members[1]] >= 0.3 - 1e-6
        if len(members) > 1:
            within = alike[np.ix_(members, members)]
            assert (within.sum() - len(members)) / (len(members) * (len(members) - 1)) >= 0.3 - 1e-6
