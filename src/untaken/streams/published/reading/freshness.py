"""How fresh a merged view is: what each partition has published against what its log holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from untaken.projections.figures import Figures, moment
from untaken.schemas.registry import SYMBOL_TOPICS
from untaken.streams.logs.base import Position
from untaken.streams.published.form.places import place_of
from untaken.streams.published.form.records import LETTERS_TOPIC
from untaken.streams.published.reading.merging import Known

MICROSECONDS_PER_MS = 1_000


@dataclass(frozen=True)
class PartitionFreshness:
    """One partition."""

    partition: int
    behind: int
    """Records of its part of the log that are not in what was published."""
    watermark: int | None
    """Newest event time that was published, microseconds; None if there was none yet."""
    published_at: int | None
    """When the last publication reached the broker, microseconds; None if nothing was published yet."""

    def age_s(self, now: int) -> float | None:
        """How long ago that was, in seconds."""
        return None if self.published_at is None else max(0.0, (now - self.published_at) / 1_000_000)

    def figures(self, now: int) -> Figures:
        """Return it as documents show it."""
        return {
            "partition": self.partition,
            "behind": self.behind,
            "watermark": moment(self.watermark),
            "published_at": moment(self.published_at),
            "age_s": self.age_s(now),
        }


def freshness(
    known: Mapping[int, Known], end: Position, prefix: str, partitions: int
) -> list[PartitionFreshness]:
    """Hold what was published against the ends of the log; what is in no partition is the first one's."""
    behind = dict.fromkeys(range(partitions), 0)
    for stream, last in end.items():
        place = place_of(stream, prefix)
        if place.topic == LETTERS_TOPIC:
            continue  # whoever makes a view reads them himself
        number = place.partition if place.topic in SYMBOL_TOPICS else 0
        said = known.get(number)
        here = 0 if said is None else said.progress.position.get(stream, 0)
        behind[number] = behind.get(number, 0) + max(0, last - here)
    return [_of(number, behind[number], known.get(number)) for number in sorted(behind)]


def _of(number: int, behind: int, known: Known | None) -> PartitionFreshness:
    if known is None:
        return PartitionFreshness(number, behind, None, None)
    return PartitionFreshness(number, behind, known.progress.watermark, known.at_ms * MICROSECONDS_PER_MS)
