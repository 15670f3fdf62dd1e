"""The verdict rule over many logs at once, written apart from the code it is compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.projections.statistics.null_logs import Logs

ETAS_R2 = (4.0, 16.0, 64.0, 256.0, 1024.0)
STAKES = tuple(2.0**-k for k in range(1, 9))

Floats = NDArray[np.float64]
Signs = NDArray[np.int64]


def log_e(logs: Logs) -> Floats:
    """Return log E(0) after every day, (runs, days)."""
    s = logs.s / 1000
    S, V = np.cumsum(s, axis=1), np.cumsum(s**2, axis=1)
    components = [S**2 / (2 * (V + eta)) - 0.5 * np.log1p(V / eta) for eta in ETAS_R2]
    return _log_mean(components)


def _log_mean(logs: list[Floats]) -> Floats:
    mean: Floats = np.logaddexp.reduce(np.stack(logs), axis=0) - np.log(len(logs))
    return mean


def _betting(logs: Logs, direction: Signs) -> Floats:
    """Return log of the betting e-value towards a sign that may change daily."""
    assert logs.bound_r is not None
    y = logs.s / (1000 * logs.bound_r * np.maximum(logs.n, 5))
    towards = [
        _log_mean([np.cumsum(np.log1p(sign * stake * y), axis=1) for stake in STAKES]) for sign in (1, -1)
    ]
    return np.where(direction > 0, towards[0], towards[1])


def admitted(logs: Logs) -> NDArray[np.bool_]:
    """Say after every day whether the gates on the amount of evidence pass."""
    s = logs.s / 1000
    positive, negative = np.cumsum(logs.s > 0, axis=1), np.cumsum(logs.s < 0, axis=1)
    sides = np.minimum(positive, negative) >= 10
    if logs.bound_r is not None:
        sides |= _betting(logs, np.sign(np.cumsum(logs.s, axis=1))) >= np.log(40) - 1e-9
    squares, fourths = np.cumsum(s**2, axis=1), np.cumsum(s**4, axis=1)
    spread = squares**2 >= 10 * fourths
    passing: NDArray[np.bool_] = (np.cumsum(logs.n > 0, axis=1) >= 20) & sides & spread
    return passing


def claims(logs: Logs) -> Signs:
    """Return the verdict of a single guard after every day: +1 saves, -1 costs, 0 neither."""
    stands = admitted(logs) & (log_e(logs) >= np.log(20) - 1e-9)
    return np.where(stands, np.sign(np.cumsum(logs.s, axis=1)), 0)


def ever(claimed: Signs, by: int) -> float:
    """Return the share of runs with a claim on any of the first days."""
    return float(np.mean(np.any(claimed[:, :by] != 0, axis=1)))
