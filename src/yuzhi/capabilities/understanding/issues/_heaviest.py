"""The heaviest few values of each row of a sparse matrix, for hundreds of rows at once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_PART: Final = 1_000


def are_heaviest(data: NDArray[np.float32], indptr: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Say which values are among the `most` heaviest of their row; ties with the last of them count too."""
    widths = np.diff(indptr)
    cut = np.full(len(widths), -np.inf, dtype=np.float32)
    # Rows of like width are laid side by side, so that one call serves hundreds of them.
    order = np.argsort(widths, kind="stable")
    order = order[widths[order] > most]
    for begin in range(0, len(order), _PART):
        rows = order[begin : begin + _PART]
        laid = np.arange(widths[rows[-1]])
        places = np.minimum(indptr[rows][:, None] + laid, len(data) - 1)
        values = np.where(laid < widths[rows][:, None], data[places], np.float32(-np.inf))
        cut[rows] = np.sort(values, axis=1)[:, -most]
    return np.asarray(data >= np.repeat(cut, widths))
