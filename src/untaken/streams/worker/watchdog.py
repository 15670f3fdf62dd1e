"""Whether a partition makes progress: committed positions against the ends of the log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from untaken.errors import UntakenError
from untaken.streams.logs.base import Position
from untaken.streams.worker.standing import behind


class PartitionStalled(UntakenError):
    """A partition stands still although its log goes on; the worker ends, so that whoever watches it starts it anew."""

    def __init__(self, partition: int, stood_s: float, lag: int, why: str | None) -> None:
        cause = why or "the batch at hand does not end"
        super().__init__(
            f"partition {partition} has not moved for {stood_s:.0f} s although {lag:,} records wait for it "
            f"({cause}): this worker ends with an error, to be started again; nothing is lost or counted twice"
        )


@dataclass(frozen=True)
class _Mark:
    position: Position
    since_s: float


class Watchdog:
    """Remembers when each position moved last. An end that is not known proves nothing."""

    def __init__(self, stall_s: float) -> None:
        self._stall_s = stall_s
        self._marks: dict[int, _Mark] = {}

    def look(
        self,
        partition: int,
        position: Position,
        end: Position,
        now_s: float,
        why: str | None = None,
        *,
        waits: bool = False,
    ) -> PartitionStalled | None:
        """Return what is to be said if a partition has stood still for too long.

        `waits`: other partitions compute first; should those stand still, they say so themselves.
        """
        mark = self._marks.get(partition)
        waiting = behind(position, end)
        if mark is None or mark.position != position or not waiting or waits:
            self._marks[partition] = _Mark(dict(position), now_s)
            return None
        stood_s = now_s - mark.since_s
        if self._stall_s <= 0 or stood_s < self._stall_s:
            return None
        return PartitionStalled(partition, stood_s, waiting, why)

    def only(self, partitions: Collection[int]) -> None:
        """Forget the partitions that are another worker's now."""
        self._marks = {number: mark for number, mark in self._marks.items() if number in partitions}
