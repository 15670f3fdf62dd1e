"""Sums over all scenarios of a grid at once, from where on its axes each signal counts.

Each signal is added at the place from which on it counts, and taken out at the place from which on it does not; the
running sums along the axes are then what every scenario comes to. All in integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from untaken.replay.whatif.sweeps.boxes import I32, Boxes

I64 = NDArray[np.int64]

LIMB = 2**31
"""Money is summed in two parts, so that no sum of many signals leaves 64 bits."""

COUNTS = ("n", "both", "same", "wins", "known")
"""Signals that count; that count in the base too; of these, those with the base's very result; winners; with money."""
PARTS = ("gain_high", "gain_low", "loss_high", "loss_low")
TOTALS = (*COUNTS, *PARTS)


@dataclass(frozen=True)
class Added:
    """What signals add where they count: row by row."""

    cluster: I64
    """Number of the signal's cluster; -1 for one whose result in R is unknown or whose cluster is not judged."""
    milli_r: I64
    totals: I64
    """Signal by TOTALS."""


@dataclass(frozen=True)
class Summed:
    """By scenario, in order of the axes."""

    by_cluster: I64
    """Milli-R, cluster by scenario."""
    totals: I64
    """TOTALS by scenario."""


def summed(boxes: Boxes, sizes: tuple[int, ...], added: Added, clusters: int) -> Summed:
    """Add every signal to the scenarios in whose boxes it lies."""
    shape = tuple(size + 1 for size in sizes) or (2,)
    strides = np.array([int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))], dtype=np.int64)
    cells = int(np.prod(shape))
    by_cluster = np.zeros((max(1, clusters), cells), dtype=np.int64)
    totals = np.zeros((len(TOTALS), cells), dtype=np.int64)
    bounds = np.stack([boxes.first, boxes.last])
    _scatter(bounds, strides, added.cluster, added.milli_r, added.totals, by_cluster, totals)
    return Summed(_run(by_cluster, shape)[:clusters], _run(totals, shape))


def _run(marks: I64, shape: tuple[int, ...]) -> I64:
    """Add up along every axis, and cut off the places beyond the last value."""
    marks = marks.reshape(marks.shape[0], *shape)
    for axis in range(1, marks.ndim):
        np.cumsum(marks, axis=axis, out=marks)
    inside = (slice(None), *(slice(0, size - 1) for size in shape))
    return marks[inside].reshape(marks.shape[0], -1)


@numba.njit(cache=True)
def _scatter(
    bounds: I32,
    strides: I64,
    cluster: I64,
    milli_r: I64,
    totals: I64,
    by_cluster: I64,
    into: I64,
) -> None:
    first, last = bounds[0], bounds[1]
    axes, rows = first.shape
    for row in range(rows):
        inside = True
        for axis in range(axes):
            inside = inside and first[axis, row] < last[axis, row]
        if not inside:
            continue
        for corner in range(2**axes):
            cell, sign = np.int64(0), np.int64(1)
            for axis in range(axes):
                if (corner >> axis) & 1:
                    cell += last[axis, row] * strides[axis]
                    sign = -sign
                else:
                    cell += first[axis, row] * strides[axis]
            if cluster[row] >= 0:
                by_cluster[cluster[row], cell] += sign * milli_r[row]
            for column in range(totals.shape[1]):
                into[column, cell] += sign * totals[row, column]


def money_of(high: I64, low: I64) -> list[int]:
    """Put two parts together, exactly."""
    return [int(upper) * LIMB + int(lower) for upper, lower in zip(high, low, strict=True)]
