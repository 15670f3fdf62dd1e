"""The event that closes an import."""

from __future__ import annotations

import orjson

from untaken.schemas.events.runs import ImportCompleted
from untaken.schemas.ids import derived_id
from untaken.schemas.kinds import Mode
from untaken.schemas.times import from_us
from untaken.streams.connectors.report import ImportRefused, SourceReport


def completed(source: SourceReport, bot: str, run: str = "default", mode: Mode = "live") -> ImportCompleted:
    """Return the `import.completed` of a source that was read to its end; the same source gives the same id."""
    if source.since_us is None or source.until_us is None:
        raise ImportRefused(f"{source.path}: nothing in it could be taken")
    content = orjson.dumps([source.digest, sorted(source.counts.items()), source.since_us, source.until_us])
    return ImportCompleted(
        id=derived_id(f"import.completed\x00{bot}\x00{run}\x00{source.name}", content),
        at=from_us(source.until_us),
        bot=bot,
        run=run,
        mode=mode,
        source=source.name,
        digest=source.digest,
        counts=dict(sorted(source.counts.items())),
        since=from_us(source.since_us),
        until=from_us(source.until_us),
    )
