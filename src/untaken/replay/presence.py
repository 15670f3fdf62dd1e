"""What a log holds already, so that importing again adds nothing twice."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from untaken.streams.logs.archive.digests import Digests

Marks = npt.NDArray[np.bool_]


class Presence:
    """How often each record is there, told by 128 bits of its digest: 20 bytes of memory a record."""

    def __init__(self, parts: Iterable[Digests]) -> None:
        pairs = [part[:, :2] for part in parts]
        keys = np.concatenate(pairs) if pairs else np.empty((0, 2), dtype=np.uint64)
        order = np.lexsort((keys[:, 1], keys[:, 0]))
        keys = keys[order]
        first = np.ones(len(keys), dtype=np.bool_)
        first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
        starts = np.flatnonzero(first)
        self._high = keys[starts, 0]
        self._low = keys[starts, 1]
        self._left = np.diff(np.append(starts, len(keys))).astype(np.int32)

    @property
    def unmatched(self) -> int:
        """How many records have not been asked for yet."""
        return int(self._left.sum())

    def again(self) -> Presence:
        """Return the same, to be asked apart from this one."""
        other = Presence([])
        other._high, other._low, other._left = self._high, self._low, self._left.copy()
        return other

    def missing(self, digests: Digests) -> Marks:
        """Say which records are not there; one that is there n times is so for the first n that ask."""
        if not len(self._high):
            return np.ones(len(digests), dtype=np.bool_)
        places = np.minimum(np.searchsorted(self._high, digests[:, 0]), len(self._high) - 1)
        known = (self._high[places] == digests[:, 0]) & (self._low[places] == digests[:, 1])
        asking = np.flatnonzero(known)
        there = asking[_ranks(places[asking]) < self._left[places[asking]]]
        np.subtract.at(self._left, places[there], 1)
        missing = np.ones(len(digests), dtype=np.bool_)
        missing[there] = False
        return missing


def _ranks(places: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return how many equal ones stand before each."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    fresh = np.ones(len(places), dtype=np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    numbers = np.arange(len(places))
    since = np.maximum.accumulate(np.where(fresh, numbers, 0))
    ranks = np.empty_like(numbers)
    ranks[order] = numbers - since
    return ranks
