"""What is known about each partition that a worker serves: written by its thread, read by everybody else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from untaken.streams.chain.chain import Applied
from untaken.streams.logs.base import Position


@dataclass
class Standing:
    """Where one partition stands. Each field is replaced as a whole, so that readers need no lock."""

    partition: int
    since_s: float = field(default_factory=time.monotonic)
    """When this worker was given the partition, on the monotonic clock."""
    open: bool = False
    """Whether its state is open and its records are being applied."""
    waits: bool = False
    """Whether it waits for other partitions of this worker to compute first."""
    idle: bool = False
    """Whether the log held nothing more when it was last looked at, and all that the state says is public."""
    position: Position = field(default_factory=dict)
    end: Position = field(default_factory=dict)
    """End of its streams; empty until it was asked for."""
    watermark_us: int | None = None
    committed_s: float | None = None
    """When the state last took in a batch or had nothing to take in, on the monotonic clock."""
    published_s: float | None = None
    """When what the state says was last public as a whole, on the monotonic clock."""
    records: int = 0
    refused: int = 0
    copies: int = 0
    unread: int = 0
    batches: int = 0
    busy_s: float = 0.0
    """Time spent applying and publishing."""
    failures: int = 0
    failed_in_a_row: int = 0
    error: str | None = None
    """What keeps the partition from going on; None while it does."""

    def applied(self, applied: Applied, took_s: float) -> None:
        """Count a batch that was taken in."""
        self.records += applied.records
        self.refused += applied.refused
        self.copies += applied.copies
        self.unread += applied.unread
        self.batches += 1
        self.busy_s += took_s
        self.committed_s = time.monotonic()

    def failed(self, sentence: str) -> None:
        """Note why the partition does not go on for now."""
        self.open = False
        self.failures += 1
        self.failed_in_a_row += 1
        self.error = sentence

    def went_well(self) -> None:
        """Forget the last failure: the partition has moved again."""
        self.failed_in_a_row = 0
        self.error = None

    @property
    def lag(self) -> int | None:
        """Records of the log that the state has not counted yet; None while that is unknown."""
        return behind(self.position, self.end) if self.end and self.position else None


def behind(position: Mapping[str, int], end: Mapping[str, int]) -> int:
    """Return how many offsets lie between a position and an end."""
    return sum(max(0, last - position.get(stream, 0)) for stream, last in end.items())
