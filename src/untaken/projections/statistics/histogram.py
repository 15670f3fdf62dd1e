"""Integer histograms of durations and sizes: exact counts, at most 1 % wide buckets, merged by adding.

Below 64 a bucket is one number; above, every power of two is cut into 64 (the layout of HdrHistogram with six
bits). No logarithm is involved, so that the same number falls into the same bucket on every machine,
and quantiles do not depend on the order or partition of the input, as sketches' do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

BITS = 6
CUTS = 1 << BITS

Counts = Mapping[int, int]
"""Count by bucket; values may be of any sign in a difference, a quantile needs counts >= 0."""


def bucket_of(value: int) -> int:
    """Return the bucket of a value >= 0, for instance of microseconds.

    >>> [bucket_of(us) for us in (900, 1500, 2200, 40_000, 750_000, 1_000_000)]
    [304, 349, 388, 654, 923, 954]
    """
    if value < 0:
        raise ValueError(f"a histogram holds values of 0 and more, found {value}; count negative ones apart")
    if value < CUTS:
        return value
    shift = value.bit_length() - BITS - 1
    return ((shift + 1) << BITS) + (value >> shift) - CUTS


def buckets_of(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the buckets of many values >= 0."""
    if values.size and int(values.min()) < 0:
        raise ValueError("a histogram holds values of 0 and more; count negative ones apart")
    shift: NDArray[np.int64] = np.maximum(_bit_lengths(values) - BITS - 1, 0)
    beyond: NDArray[np.int64] = ((shift + 1) << BITS) + (values >> shift) - CUTS
    return np.where(values < CUTS, values, beyond)


def _bit_lengths(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return bit lengths, at least 1; the exponent of the nearest double is one too large just below 2^k."""
    lengths: NDArray[np.int64] = np.maximum(np.frexp(values.astype(np.float64))[1].astype(np.int64), 1)
    too_long: NDArray[np.bool_] = (lengths > 1) & (values >> (lengths - 1) == 0)
    return lengths - too_long


def bounds(bucket: int) -> tuple[int, int]:
    """Return the first value of a bucket and the first beyond it.

    >>> bounds(388), bounds(954)
    ((2176, 2208), (999424, 1007616))
    """
    octave, cut = divmod(bucket, CUTS)
    if octave == 0:
        return cut, cut + 1
    return (CUTS + cut) << (octave - 1), (CUTS + cut + 1) << (octave - 1)


def midpoint(bucket: int) -> float:
    """Return the middle of a bucket's whole numbers: off by at most 0.78 %.

    >>> midpoint(60), midpoint(388)
    (60.0, 2191.5)
    """
    first, beyond = bounds(bucket)
    return (first + beyond - 1) / 2


def counted(values: Iterable[int]) -> dict[int, int]:
    """Count values by bucket, in order of bucket."""
    return merged([Counter(bucket_of(value) for value in values)])


def merged(parts: Iterable[Counts]) -> dict[int, int]:
    """Add up histograms, in order of bucket; buckets that come to 0 are left out."""
    total: Counter[int] = Counter()
    for part in parts:
        for bucket, count in part.items():
            total[bucket] += count
    return {bucket: total[bucket] for bucket in sorted(total) if total[bucket]}


def quantile_bucket(counts: Counts, q: float) -> int | None:
    """Return the bucket of the value of rank ceil(q n), by nearest rank; None of nothing.

    `q` is taken as the decimal that it is written as: 0.07 of 100 values is the 7th, not the 8th.
    """
    n = sum(counts.values())
    if n == 0:
        return None
    rank = max(1, math.ceil(Fraction(str(q)) * n))
    seen = 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= rank:
            return bucket
    raise ValueError(f"a quantile lies in (0, 1], found {q}")


def quantile(counts: Counts, q: float) -> float | None:
    """Return the middle of the quantile's bucket; None of nothing."""
    bucket = quantile_bucket(counts, q)
    return None if bucket is None else midpoint(bucket)


def quantiles(counts: Counts, qs: Iterable[Fraction]) -> list[float | None]:
    """Return the middles of several quantiles' buckets in one pass; `qs` rise within (0, 1].

    >>> quantiles({60: 1, 388: 3}, (Fraction(1, 4), Fraction(1, 2), Fraction(1)))
    [60.0, 2191.5, 2191.5]
    >>> quantiles({}, (Fraction(1, 2),))
    [None]
    """
    n = sum(counts.values())
    found: list[float | None] = []
    buckets = iter(sorted(counts))
    seen, bucket = 0, 0
    for q in qs:
        rank = max(1, -(-q.numerator * n // q.denominator))
        while n and seen < rank:
            bucket = next(buckets)
            seen += counts[bucket]
        found.append(midpoint(bucket) if n else None)
    return found
