"""What a chain refused, as letters in the topic `dead-letters` beside those of the edge, and back.

A letter of a chain says when the log took the record (`appended_at`); what an edge refused never came into
the log, so its letter has none. That tells the two apart, wherever the letters are copied to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from untaken.errors import RefusalCode, Refused
from untaken.schemas.codec import encode
from untaken.schemas.columnar.bulk import decode_batch
from untaken.schemas.events.deadletters import DeadLettered, dead_letter
from untaken.schemas.settings import Timeline
from untaken.schemas.times import from_us
from untaken.streams.chain.intake import NO_SETTINGS, REFUSED, limits_at, read
from untaken.streams.logs.kafka.records import columns_of
from untaken.streams.published.form.encoding import Payloads


def letters(refused: pl.DataFrame) -> Payloads:
    """Return the letters of refused records (columns of `intake.REFUSED`), their ids from place and bytes."""
    made = [_letter(*row) for row in refused.select(list(REFUSED)).iter_rows()]
    return Payloads([letter.id for letter in made], [encode(letter) for letter in made])


def _letter(  # noqa: PLR0913, PLR0917 - the columns of a refusal
    stream: str,
    offset: int,
    code: RefusalCode,
    type_name: str,
    refused_id: str | None,
    _at: int | None,
    appended_at: int,
    sentence: str,
    payload: bytes,
) -> DeadLettered:
    return dead_letter(
        payload,
        Refused(code, sentence),
        origin=stream,
        position=offset,
        at=from_us(appended_at),
        refused_id=refused_id,
        refused_type=type_name,
        appended_at=from_us(appended_at),
    )


def refusals_in(records: Sequence[Any], stream: str) -> pl.DataFrame:
    """Return the refusals that raw records of the topic `dead-letters` tell of, those of chains and of edges."""
    told = columns_of(records)
    frame = pl.DataFrame(
        {
            "stream": pl.repeat(stream, len(records), eager=True),
            "offset": pl.Series(told.offsets, dtype=pl.Int64),
            "topic": pl.repeat("dead-letters", len(records), eager=True),
            "type": pl.Series(told.types, dtype=pl.String),
            "appended_at": pl.Series(told.appended, dtype=pl.Int64),
            "backfill": pl.Series(told.backfill, dtype=pl.Boolean),
            "value": pl.Series(told.values, dtype=pl.Binary),
        }
    )
    of_edges = read(frame, NO_SETTINGS).refused
    of_chains = refusals_of(decode_batch("dead.lettered", frame.filter(type="dead.lettered")["value"]).frame)
    return pl.concat([pl.DataFrame(schema=REFUSED), *of_edges, of_chains.select(list(REFUSED))])


def refusals_of(decoded: pl.DataFrame) -> pl.DataFrame:
    """Return the refusals (columns of `intake.REFUSED`) that letters of chains tell of.

    `decoded` has the columns of `dead.lettered`; letters of an edge are left out.
    """
    raw = pl.col("raw").str.decode("base64", strict=False)
    ours = decoded.filter(pl.col("appended_at").is_not_null() & pl.col("position").is_not_null())
    return ours.select(
        pl.col("origin").alias("stream"),
        pl.col("position").cast(pl.Int64).alias("offset"),
        "code",
        pl.col("refused_type").fill_null("").alias("type"),
        pl.col("refused_id").alias("id"),
        _claimed_time(raw).alias("at"),
        "appended_at",
        "sentence",
        raw.alias("payload"),
    )


def still_refused(refused: pl.DataFrame, timeline: Timeline) -> pl.DataFrame:
    """Leave out what came too late or too early by settings that hold no more."""
    untimely = pl.col("code").is_in(["late", "future"]) & pl.col("at").is_not_null()
    judged, others = refused.filter(untimely), refused.filter(~untimely)
    if judged.is_empty():
        return refused
    horizon, ahead = limits_at(timeline, judged["at"])
    late = (pl.col("code") == "late") & (pl.col("appended_at") - pl.col("at") > horizon)
    future = (pl.col("code") == "future") & (pl.col("at") - pl.col("appended_at") > ahead)
    return pl.concat([others, judged.filter(late | future)]).sort("stream", "offset")


def _claimed_time(raw: pl.Expr) -> pl.Expr:
    """Return the `at` of an event that was refused for its time; null of any other, as in the state of a chain."""
    said = raw.cast(pl.String, strict=False).str.json_path_match("$.at")
    moment = said.str.to_datetime(time_unit="us", time_zone="UTC", strict=False).cast(pl.Int64)
    return pl.when(pl.col("code").is_in(["late", "future"])).then(moment)
