"""Intake: records of a log into accepted, typed facts; refusals with code and sentence; what is unread.

Whether a record is accepted depends on that record alone (and the settings at its time): never on what
came before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from untaken.errors import Refused
from untaken.schemas.codec import decode
from untaken.schemas.columnar.bulk import Refusal, decode_batch
from untaken.schemas.intervals import interval_us
from untaken.schemas.registry import BROADCAST, EVENTS, SYMBOL_TOPICS, topic_of
from untaken.schemas.settings import MICROSECONDS, Timeline
from untaken.streams.chain.facts import ENVELOPE
from untaken.streams.chain.refs import OTHER_OF_TYPE, REF_OF_TYPE
from untaken.streams.shadow.decimals import round_prices
from untaken.streams.store.prices import PRICES, SIDES

BAR, QUOTE, CLOCK = "market.bar", "market.quote", "clock.ticked"
SETTINGS = "settings.changed"
CONTEXT = "context.observed"
NO_SETTINGS = Timeline.of([])

DERIVED = ("shadow-fills", "shadow-outcomes", "ledger", "trades")
"""Topics that the chain itself fills."""

REFUSED: dict[str, pl.DataType] = {
    "stream": pl.String(),
    "offset": pl.Int64(),
    "code": pl.String(),
    "type": pl.String(),
    "id": pl.String(),
    "at": pl.Int64(),
    "appended_at": pl.Int64(),
    "sentence": pl.String(),
    "payload": pl.Binary(),
}
UNREAD: dict[str, pl.DataType] = {
    "stream": pl.String(),
    "offset": pl.Int64(),
    "topic": pl.String(),
    "type": pl.String(),
    "appended_at": pl.Int64(),
    "backfill": pl.Boolean(),
    "payload": pl.Binary(),
}


@dataclass
class Intake:
    """What a batch of records holds."""

    facts: dict[str, pl.DataFrame] = field(default_factory=dict)
    """Accepted facts but prices and clocks, by type, with the envelope columns."""
    prices: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PRICES))
    refused: list[pl.DataFrame] = field(default_factory=list)
    unread: list[pl.DataFrame] = field(default_factory=list)
    watermark: int | None = None
    newest: int | None = None
    """Latest `at` that was judged, refused records included."""
    accepted: dict[tuple[str, str], int] = field(default_factory=dict)
    """Accepted records, copies included, by (topic, type)."""
    everywhere: dict[tuple[str, str], int] = field(default_factory=dict)
    """Those of them that concern all symbols, so that a log of several partitions has them in each."""


def read(records: pl.DataFrame, timeline: Timeline) -> Intake:
    """Decode and judge records (columns of `logs.base.Batch.frame`)."""
    intake = Intake()
    prices = []
    for key, part in records.partition_by("type", as_dict=True, maintain_order=True).items():
        accepted = _accepted(str(key[0]), part, timeline, intake)
        if accepted is None or accepted.is_empty():
            continue
        type_name = str(key[0])
        _note(intake, type_name, accepted)
        if type_name == BAR:
            prices.append(_bars(accepted))
        elif type_name == QUOTE:
            prices.append(_quotes(accepted))
        elif type_name != CLOCK:
            intake.facts[type_name] = _enveloped(type_name, accepted)
    intake.prices = pl.concat([intake.prices, *prices])
    return intake


def _accepted(type_name: str, part: pl.DataFrame, timeline: Timeline, intake: Intake) -> pl.DataFrame | None:
    """Return decoded columns of the records of one type that count, with log_topic, appended_at and payload."""
    if not type_name:
        intake.refused.append(_refused(part, type_name, _nameless(part["value"])))
        return None
    if type_name not in EVENTS:
        intake.unread.append(_unread(part))
        return None
    if part["topic"][0] in DERIVED:
        return None
    decoded = decode_batch(type_name, part["value"])
    if decoded.unread:
        intake.unread.append(_unread(part[list(decoded.unread)]))
    if decoded.refused:
        intake.refused.append(_refused(part, type_name, decoded.refused))
    if type_name == "dead.lettered":
        # What a chain refused it refuses again: only letters of an edge, which no log took, are news.
        intake.refused.append(_letters(part, decoded.frame.filter(pl.col("appended_at").is_null())))
        return None
    record = part.select(
        "stream", "offset", pl.col("topic").alias("log_topic"), "appended_at", "backfill", log_value="value"
    )
    rows = decoded.frame["row"]
    whole = rows.len() == record.height
    judged = pl.concat([decoded.frame.drop("row"), record if whole else record[rows]], how="horizontal")
    # Which settings there are must not depend on settings: they are judged by the limits that always were.
    return _in_time(type_name, judged, NO_SETTINGS if type_name == SETTINGS else timeline, intake)


def _in_time(type_name: str, judged: pl.DataFrame, timeline: Timeline, intake: Intake) -> pl.DataFrame:
    """Refuse what is late beyond the horizon or stamped too far ahead; let the rest pass."""
    horizon, ahead = limits_at(timeline, judged["at"])
    if not judged.is_empty():
        intake.newest = _later(intake.newest, judged["at"])
    late = ~pl.col("backfill") & (pl.col("appended_at") - pl.col("at") > horizon)
    future = pl.col("at") - pl.col("appended_at") > ahead
    marked = judged.with_columns(code=pl.when(late).then(pl.lit("late")).when(future).then(pl.lit("future")))
    if marked["code"].null_count() < marked.height:
        intake.refused.append(_untimely(type_name, marked.filter(pl.col("code").is_not_null())))
        return marked.filter(pl.col("code").is_null()).drop("code")
    return judged


def limits_at(timeline: Timeline, at: pl.Series) -> tuple[pl.Series | int, pl.Series | int]:
    """Return horizon and future limit (microseconds) at each time; plain numbers while settings never changed."""
    limits = [
        (round(s.log.horizon_s * MICROSECONDS), round(s.log.future_s * MICROSECONDS))
        for s in timeline.settings
    ]
    if len(set(limits)) == 1:
        return limits[0]
    index = pl.Series(timeline.starts).search_sorted(at, side="right") - 1
    columns = (pl.Series([limit[side] for limit in limits], dtype=pl.Int64)[index] for side in (0, 1))
    horizon, ahead = columns
    return horizon, ahead


def _untimely(type_name: str, rows: pl.DataFrame) -> pl.DataFrame:
    sentences = {
        "late": "it came {} s after it happened, later than log.horizon_s allows; emit it as backfill to count it",
        "future": "its time lies {} s ahead of its arrival, more than log.future_s allows; check the bot's clock",
    }
    apart = ((pl.col("appended_at") - pl.col("at")).abs() / MICROSECONDS).round(1).cast(pl.String)
    text = pl.when(pl.col("code") == "late").then(pl.format(sentences["late"], apart))
    return rows.select(
        "stream",
        "offset",
        "code",
        pl.lit(type_name).alias("type"),
        "id",
        "at",
        "appended_at",
        text.otherwise(pl.format(sentences["future"], apart)).alias("sentence"),
        pl.col("log_value").alias("payload"),
    )


def _nameless(values: pl.Series) -> Iterator[Refusal]:
    """Say of records without a type, which only somebody else can have written, why they are no events."""
    for row, value in enumerate(values):
        try:
            decode(value)
        except Refused as refusal:
            yield Refusal(row, refusal.code, refusal.sentence, None)


def _refused(part: pl.DataFrame, type_name: str, refusals: Iterable[Refusal]) -> pl.DataFrame:
    rows = pl.DataFrame(
        [(row, code, sentence, name) for row, code, sentence, name in refusals],
        schema={"row": pl.UInt32, "code": pl.String, "sentence": pl.String, "id": pl.String},
        orient="row",
    )
    record = part[rows["row"]].select("stream", "offset", "appended_at", pl.col("value").alias("payload"))
    whole = pl.concat([rows.drop("row"), record], how="horizontal")
    return whole.with_columns(type=pl.lit(type_name), at=pl.lit(None, dtype=pl.Int64)).select(list(REFUSED))


def _letters(part: pl.DataFrame, letters: pl.DataFrame) -> pl.DataFrame:
    """Return what the edge refused before it came into the log."""
    record = part[letters["row"]].select("stream", "offset")
    columns = letters.select(
        "code",
        pl.col("refused_type").fill_null("").alias("type"),
        pl.col("refused_id").alias("id"),
        pl.lit(None, dtype=pl.Int64).alias("at"),
        pl.col("at").alias("appended_at"),
        pl.format("{}, line {}: {}", "origin", pl.col("position").fill_null(0), "sentence").alias("sentence"),
        pl.coalesce(pl.col("raw").str.decode("base64", strict=False), pl.col("raw").cast(pl.Binary)).alias(
            "payload"
        ),
    )
    return pl.concat([record, columns], how="horizontal").select(list(REFUSED))


def _unread(part: pl.DataFrame) -> pl.DataFrame:
    return part.rename({"value": "payload"}).select(list(UNREAD))


def _note(intake: Intake, type_name: str, accepted: pl.DataFrame) -> None:
    """Count what came, and move the watermark by what happened to symbols (settings do not move it)."""
    topic = str(accepted["log_topic"][0])
    if topic in SYMBOL_TOPICS:
        intake.watermark = _later(intake.watermark, accepted["at"])
    if type_name in BROADCAST:  # filed under every topic: counted under its own
        accepted, topic = accepted.filter(log_topic=topic_of(type_name)), topic_of(type_name)
    key = (topic, type_name)
    intake.accepted[key] = intake.accepted.get(key, 0) + accepted.height
    if type_name == CONTEXT and (everywhere := accepted["symbol"].null_count()):
        intake.everywhere[key] = intake.everywhere.get(key, 0) + everywhere


def _later(moment: int | None, at: pl.Series) -> int:
    newest = int(at.max())  # type: ignore[arg-type]  # an Int64 column that is not empty
    return newest if moment is None else max(moment, newest)


def _enveloped(type_name: str, accepted: pl.DataFrame) -> pl.DataFrame:
    """Add what a fact belongs to."""
    symbol = pl.col("symbol").fill_null("") if "symbol" in accepted.columns else pl.lit("")
    settings = accepted["log_topic"][0] == "settings"
    return accepted.with_columns(
        symbol_key=pl.lit("") if settings else symbol,
        topic="log_topic",
        ref=REF_OF_TYPE.get(type_name, pl.lit(f"e\x1f{type_name}")),
        other=OTHER_OF_TYPE.get(type_name, pl.lit(None, dtype=pl.String)),
        payload="log_value",
    ).select([*(name for name in accepted.columns if name not in _RECORD), *ENVELOPE])


_RECORD = ("stream", "offset", "log_topic", "appended_at", "backfill", "log_value")


def _bars(accepted: pl.DataFrame) -> pl.DataFrame:
    """Bars as rows of the price store."""
    texts = accepted["interval"].unique().to_list()
    widths = {text: interval_us(text) for text in texts}
    return accepted.with_columns(
        interval_us=pl.col("interval").replace_strict(widths, return_dtype=pl.Int64),
        close_at="at",
        source=pl.col("source").fill_null(""),
        revision=pl.col("revision").fill_null(0),
    ).select(_rounded(name) for name in PRICES)


def _rounded(name: str) -> pl.Expr:
    """Prices to 12 significant digits, half-even; everything else as it is."""
    if PRICES[name] != pl.Float64():
        return pl.col(name)
    return pl.col(name).map_batches(_round_series, return_dtype=pl.Float64())


def _round_series(prices: pl.Series) -> pl.Series:
    if prices.null_count() == len(prices):
        return prices
    known = prices.is_not_null()
    rounded = pl.Series(prices.name, round_prices(prices.fill_null(1.0).to_numpy()))
    return rounded if known.all() else rounded.zip_with(known, pl.Series([None], dtype=pl.Float64))


def _quotes(accepted: pl.DataFrame) -> pl.DataFrame:
    """Quotes as bars of length zero, with their prices in bid_close and ask_close."""
    nothing = pl.lit(None, dtype=pl.Float64)
    sides = dict.fromkeys(SIDES, nothing) | {"bid_close": pl.col("bid"), "ask_close": pl.col("ask")}
    return accepted.with_columns(
        interval_us=pl.lit(0, dtype=pl.Int64),
        open_at="at",
        close_at="at",
        open=nothing,
        high=nothing,
        low=nothing,
        close=nothing,
        **sides,
        source=pl.col("source").fill_null(""),
        revision=pl.lit(0, dtype=pl.Int64),
    ).select(_rounded(name) for name in PRICES)
