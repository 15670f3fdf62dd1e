"""What all partitions have counted, together: what each of them sees is counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from untaken.schemas.registry import BROADCAST, SYMBOL_TOPICS
from untaken.streams.chain.chain import COPIES_OF_SETTINGS
from untaken.streams.published.form.progress import Progress, Series

_RECORDS, _EVERYWHERE, _CROSSED = "records:", "everywhere:", "crossed"
_TELLS_OF_ALL = 0
"""Partition that counts what every partition has."""


def merged_counters(said: Iterable[Progress], prices: Iterable[Series]) -> list[tuple[str, str, int]]:
    """Return the counters of one state that has read the whole log."""
    found: Counter[tuple[str, str]] = Counter()
    for progress in said:
        for name, key, n in progress.counters:
            if name.startswith(_EVERYWHERE):
                if progress.partition != _TELLS_OF_ALL:
                    found[_RECORDS + name.removeprefix(_EVERYWHERE), key] -= n
            elif _counts(progress.partition, name, key):
                found[name, key] += n
    for series in prices:
        for symbol, n in series.crossed.items():
            found[_CROSSED, symbol] += n
    return [(name, key, n) for (name, key), n in sorted(found.items())]


def _counts(partition: int, name: str, key: str) -> bool:
    """Whether a partition's count is not another's too."""
    if partition == _TELLS_OF_ALL:
        return True
    if name.startswith(_RECORDS):
        return name.removeprefix(_RECORDS) in SYMBOL_TOPICS and key not in BROADCAST
    return key != COPIES_OF_SETTINGS
