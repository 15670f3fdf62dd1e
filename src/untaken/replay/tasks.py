"""What is asked of a process that works on one partition, and what it answers: JSON on its pipes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson

from untaken.replay.rebuild import Verification
from untaken.streams.logs.kafka.address import Address
from untaken.streams.logs.kafka.options import KafkaOptions


@dataclass(frozen=True)
class Task:
    """One partition to be rebuilt into a file, verified with that file as scratch, or followed in it to the end."""

    kind: Literal["rebuild", "verify", "follow"]
    servers: tuple[str, ...]
    options: KafkaOptions
    """Among them the password: it goes through a pipe, never through arguments or the environment."""
    partition: int
    file: str
    until_at: int | None = None

    @property
    def address(self) -> Address:
        """Where the log is."""
        return Address(self.servers, self.options)

    def encoded(self) -> bytes:
        """Return the task as JSON."""
        return orjson.dumps(asdict(self))

    @classmethod
    def decoded(cls, text: bytes) -> Task:
        """Read a task."""
        said = orjson.loads(text)
        return cls(**said | {"servers": tuple(said["servers"]), "options": KafkaOptions(**said["options"])})


@dataclass(frozen=True)
class Answer:
    """What came of a task."""

    partition: int
    records: int = 0
    published: bool = True
    """Whether there was anything to be verified."""
    digests: dict[str, str] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)
    """Table, digests and first differing rows."""
    error: str | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing differs and nothing went wrong."""
        return not self.differences and self.error is None


def answer_of(partition: int, found: Verification | None) -> Answer:
    """Put a verification into an answer."""
    if found is None:
        return Answer(partition, published=False)
    differing = [
        {
            "table": difference.table,
            "published": difference.live_digest,
            "rebuilt": difference.rebuilt_digest,
            "rows": [
                {**row, "in": "published" if row["in"] == "live" else row["in"]}
                for row in difference.rows.to_dicts()
            ],
        }
        for difference in found.differences
    ]
    return Answer(partition, found.records, digests=found.digests, differences=differing)
