"""What a guard's blocks saved per cluster, and the integer sums that every verdict is made of.

A cluster is a UTC day, or a block of days at least as long as the longest hold, over all symbols:
trades of one day move together, so that the day, not the trade, is the unit of evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

ClusterRow = tuple[int, int, int, int]
"""Day (since 1970-01-01), blocked signals that count, milli-R saved by them, the same with each signal capped."""


@dataclass(frozen=True)
class ClusterSums:
    """Sums over clusters; Python integers, so exact at any size and in any order."""

    clusters: int = 0
    sum_n: int = 0
    sum_s: int = 0
    sum_s2: int = 0
    sum_sn: int = 0
    sum_n2: int = 0
    sum_s4: int = 0
    positive: int = 0
    """Clusters on which blocking saved money."""
    negative: int = 0
    """Clusters on which blocking cost money."""
    sum_capped: int = 0
    sum_size: int = 0
    """Sum of |S|."""
    largest: int = 0
    """Largest |S|."""

    @property
    def n_eff(self) -> float:
        """Number of equally large clusters with this concentration, (sum S^2)^2 / sum S^4; 0 without any result.

        One more cluster raises it by at most 1.
        """
        return self.sum_s2**2 / self.sum_s4 if self.sum_s4 else 0.0

    @property
    def mean_milli_r(self) -> float | None:
        """Mean saved per blocked signal."""
        return self.sum_s / self.sum_n if self.sum_n else None

    @property
    def largest_share(self) -> float | None:
        """Share of the largest cluster in the sum of |S|."""
        return self.largest / self.sum_size if self.sum_size else None


@dataclass(frozen=True)
class Clusters:
    """Closed clusters with at least one blocked signal that counts, in order of day; parallel tuples."""

    day: tuple[int, ...] = ()
    """First day of the cluster, in days since 1970-01-01."""
    n: tuple[int, ...] = ()
    s: tuple[int, ...] = ()
    """Milli-R saved: the loss of the shadow trades blocked, negative where they would have gained."""
    capped: tuple[int, ...] = ()
    """The same with every signal's result cut at the cap."""

    @classmethod
    def of(cls, rows: Iterable[ClusterRow], *, block_days: int = 1) -> Clusters:
        """Add up rows of days in any order, from any number of partitions, into blocks of `block_days`.

        Blocks begin at multiples of `block_days` since 1970-01-01. A block without a signal that counts
        is no evidence and left out; a negative count is a ValueError (the caller subtracted too much).
        """
        blocks: dict[int, tuple[int, int, int]] = {}
        for day, n, s, capped in rows:
            block = day - day % block_days
            old = blocks.get(block, (0, 0, 0))
            blocks[block] = (old[0] + n, old[1] + s, old[2] + capped)
        return cls._from_blocks(blocks)

    @classmethod
    def _from_blocks(cls, blocks: dict[int, tuple[int, int, int]]) -> Clusters:
        broken = [day for day, (n, s, _) in blocks.items() if n < 0 or (n == 0 and s != 0)]
        if broken:
            raise ValueError(
                f"clusters {sorted(broken)} count no signal but carry results: a row was taken out twice"
            )
        kept = [(day, *blocks[day]) for day in sorted(blocks) if blocks[day][0]]
        return cls(*(tuple(column) for column in zip(*kept, strict=True))) if kept else cls()

    def rows(self) -> Iterator[ClusterRow]:
        """Yield the clusters as rows, so that they can be added to others."""
        return zip(self.day, self.n, self.s, self.capped, strict=True)

    def sums(self) -> ClusterSums:
        """Return the sums; squares are of whole clusters, hence not of parts of them."""
        return ClusterSums(
            clusters=len(self.n),
            sum_n=sum(self.n),
            sum_s=sum(self.s),
            sum_s2=sum(s * s for s in self.s),
            sum_sn=sum(s * n for s, n in zip(self.s, self.n, strict=True)),
            sum_n2=sum(n * n for n in self.n),
            sum_s4=sum(s**4 for s in self.s),
            positive=sum(s > 0 for s in self.s),
            negative=sum(s < 0 for s in self.s),
            sum_capped=sum(self.capped),
            sum_size=sum(abs(s) for s in self.s),
            largest=max((abs(s) for s in self.s), default=0),
        )

    def by_quarter(self) -> dict[str, Clusters]:
        """Split by calendar quarter ("2024-Q1") of the cluster's first day, in order of time."""
        quarters: dict[str, list[ClusterRow]] = {}
        for row in self.rows():
            quarters.setdefault(quarter_of(row[0]), []).append(row)
        return {quarter: Clusters.of(rows) for quarter, rows in quarters.items()}


def quarter_of(day: int) -> str:
    """Name the calendar quarter of a day since 1970-01-01.

    >>> quarter_of(0), quarter_of(19_813)
    ('1970-Q1', '2024-Q1')
    """
    when = date.fromordinal(EPOCH_ORDINAL + day)
    return f"{when.year}-Q{(when.month + 2) // 3}"
