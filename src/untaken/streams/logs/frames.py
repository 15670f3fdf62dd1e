"""Rows of a single-stream log as a batch. The only module of the logs that needs polars."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl

from untaken.streams.logs.base import STREAM, Batch

SCHEMA: dict[str, Any] = {
    "stream": pl.String(),
    "offset": pl.Int64(),
    "topic": pl.String(),
    "type": pl.String(),
    "appended_at": pl.Int64(),
    "backfill": pl.Boolean(),
    "value": pl.Binary(),
}

Row: TypeAlias = tuple[int, int, int, bytes]
"""Offset, appended_at, kind, value."""

Kinds: TypeAlias = Mapping[int, tuple[str, str, bool]]
"""Topic, type and backfill by the number of the kind."""


def batch_of(rows: Sequence[Row], kinds: Kinds, start: int) -> Batch:
    """Turn rows in order of offset into a batch; without rows its position stays at `start`."""
    if not rows:
        return Batch(pl.DataFrame(schema=SCHEMA), {STREAM: start})
    offsets, appended, numbers, values = zip(*rows, strict=True)
    frame = pl.DataFrame(
        {
            "offset": pl.Series(offsets, dtype=pl.Int64),
            "appended_at": pl.Series(appended, dtype=pl.Int64),
            "value": pl.Series(values, dtype=pl.Binary),
        }
    )
    described = _described(pl.Series(numbers, dtype=pl.Int64), kinds)
    whole = frame.hstack(described).with_columns(stream=pl.lit(STREAM))
    return Batch(whole.select(list(SCHEMA)), {STREAM: offsets[-1] + 1})


def _described(numbers: pl.Series, kinds: Kinds) -> pl.DataFrame:
    known = sorted(kinds)
    table = pl.DataFrame(
        [kinds[number] for number in known],
        schema={name: SCHEMA[name] for name in ("topic", "type", "backfill")},
        orient="row",
    )
    return table[numbers.replace_strict(known, list(range(len(known))), return_dtype=pl.UInt32)]
