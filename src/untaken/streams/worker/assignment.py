"""The partitions of one worker: those it was given are at work, those it was not are let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from untaken.streams.worker.partition import Partition, Shared
from untaken.streams.worker.standing import Standing


class Assignment:
    """Follows the group. Giving a partition up does not wait for its batch: the next owner fences this one."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._lock = threading.Lock()
        self._partitions: dict[int, Partition] = {}
        self._leaving: list[Partition] = []
        self.changes = 0

    def follow(self, given: Collection[int]) -> None:
        """Serve these partitions and no others."""
        with self._lock:
            self.changes += 1
            for number in sorted(self._partitions.keys() - set(given)):
                partition = self._partitions.pop(number)
                partition.stop()
                self._leaving.append(partition)
            self._leaving = [partition for partition in self._leaving if not partition.join(0)]
            for number in sorted(set(given) - self._partitions.keys()):
                self._partitions[number] = Partition(number, self._shared)
                self._partitions[number].start()

    @property
    def standings(self) -> list[Standing]:
        """Where the partitions that are served stand, by number."""
        with self._lock:
            return [self._partitions[number].standing for number in sorted(self._partitions)]

    def stop(self, timeout_s: float) -> list[int]:
        """Stop all of them; return the numbers of those that have not ended in time."""
        self.follow(())
        deadline = time.monotonic() + timeout_s
        return [
            partition.number
            for partition in self._leaving
            if not partition.join(max(0.0, deadline - time.monotonic()))
        ]
