"""How likely the scenario that was best is worse than the middle elsewhere: the probability of backtest overfitting.

The period is cut into blocks; in every way to halve them, the best of one half is looked up in the other.
Source: Bailey, Borwein, Lopez de Prado, Zhu, The probability of backtest overfitting, Journal of Computational
Finance 20 (2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

MOST_BLOCKS = 16
LEAST_BLOCKS = 4
LEAST_ROWS = 4
"""Clusters in a block at least."""

_CELLS = 4_000_000


@dataclass(frozen=True)
class Overfitting:
    """The share of splits in which the winner of one half is in the lower half of the other."""

    probability: float
    blocks: int
    splits: int
    relative_ranks: tuple[float, ...]
    """Rank of the winner in the other half (1 is worst, equal ones share the mean) / (scenarios + 1), by split."""


def blocks_for(clusters: int) -> int | None:
    """Return into how many blocks so many clusters are cut; None where they are too few.

    >>> blocks_for(250), blocks_for(40), blocks_for(15)
    (16, 10, None)
    """
    most = min(MOST_BLOCKS, clusters // LEAST_ROWS)
    most -= most % 2
    return most if most >= LEAST_BLOCKS else None


def overfitting(series: F64, blocks: int) -> Overfitting:
    """Compare the halves of `series`: clusters by scenarios, in order of time; `blocks` is even.

    Scenarios are compared by mean / standard deviation (n); the first of equal winners counts. A relative rank
    of one half counts as overfitted.
    """
    parts = np.array_split(series, blocks)
    sums = np.array([part.sum(axis=0) for part in parts])
    squares = np.array([(part**2).sum(axis=0) for part in parts])
    sizes = np.array([float(len(part)) for part in parts])
    ranks = np.concatenate(
        [
            _relative_ranks(chosen, sums, squares, sizes)
            for chosen in _halves(blocks, _CELLS // series.shape[1])
        ]
    )
    return Overfitting(float((ranks <= 0.5).mean()), blocks, len(ranks), tuple(float(rank) for rank in ranks))


def _halves(blocks: int, most: int) -> Iterator[F64]:
    """Yield every choice of half the blocks, as rows of 0 and 1, so many at once."""
    found = np.array(list(combinations(range(blocks), blocks // 2)))
    chosen = np.zeros((len(found), blocks))
    np.put_along_axis(chosen, found, 1.0, axis=1)
    step = max(1, most)
    for first in range(0, len(chosen), step):
        yield chosen[first : first + step]


def _relative_ranks(chosen: F64, sums: F64, squares: F64, sizes: F64) -> F64:
    inside = _ratios(chosen @ sums, chosen @ squares, chosen @ sizes)
    outside = _ratios((1 - chosen) @ sums, (1 - chosen) @ squares, (1 - chosen) @ sizes)
    winners = inside.argmax(axis=1)
    theirs = np.take_along_axis(outside, winners[:, None], axis=1)
    below, equal = (outside < theirs).sum(axis=1), (outside == theirs).sum(axis=1)
    return np.asarray((below + (equal + 1) / 2) / (outside.shape[1] + 1))


def _ratios(sums: F64, squares: F64, sizes: F64) -> F64:
    """Return mean / standard deviation; 0 without variation."""
    mean = sums / sizes[:, None]
    variance = squares / sizes[:, None] - mean**2
    steady = variance <= 1e-12 * np.maximum(squares / sizes[:, None], 1e-300)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(steady, 0.0, mean / np.sqrt(variance)))
