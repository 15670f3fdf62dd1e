"""Frames of conclusions that the log holds as events: feedback to bots, and what became of models."""

from __future__ import annotations

from typing import Final

import polars as pl

from untaken.reading.columns import TIME, Column, schema_of
from untaken.reading.frame import BOT, MODE, RUN
from untaken.streams.view import Filters, View, Window

_WHO = (
    Column("at", "time", "When it was drawn."),
    BOT,
    RUN,
    MODE,
)

FEEDBACK_COLUMNS: Final = (
    *_WHO,
    Column("scope", "text", "strategy, sector or regime."),
    Column("name", "text", "Which one."),
    Column("multiplier", "number", "Factor on size or score, 0.5 to 1.5."),
    Column("cycle_id", "text", "The cycle that issued it."),
    Column("evidence", "json", "The figures behind it."),
)

MODEL_TYPES: Final = (
    "retrain.requested",
    "training.progressed",
    "model.trained",
    "model.deployed",
    "model.rejected",
    "model.rolled_back",
)
MODEL_COLUMNS: Final = (
    *_WHO,
    Column("event", "text", "What happened: the type of the event."),
    Column(
        "model_version", "text", "Version that it is about; after a roll-back, the one that serves again."
    ),
    Column("job_id", "text", "Training job."),
    Column("symbol", "text", "Symbol it is for; null: all."),
    Column("timeframe", "text", "Candle interval it is for; null: all."),
    Column("status", "text", "What a training job is doing."),
    Column("progress_pct", "number", "How far it is; percent."),
    Column("reason", "text", "What asked for a training, or why a model was rolled back."),
    Column("gate_passed", "flag", "Whether every criterion of the gate was met; null without a gate."),
    Column("metrics", "json", "Its figures on the test window."),
    Column("baseline", "json", "Figures that later ones are held against."),
    Column("evidence", "json", "The figures behind a request."),
)

_SCOPE = pl.col("scope").struct
_GATED = {
    "model_version": pl.col("model_version"),
    "gate_passed": pl.col("gate").list.eval(pl.element().struct.field("passed")).list.all(),
    "baseline": pl.col("baseline"),
}
_READ: Final[dict[str, dict[str, pl.Expr]]] = {
    "retrain.requested": {
        "symbol": _SCOPE.field("symbol"),
        "timeframe": _SCOPE.field("timeframe"),
        "reason": pl.col("trigger"),
        "evidence": pl.col("evidence"),
    },
    "training.progressed": {name: pl.col(name) for name in ("job_id", "symbol", "status", "progress_pct")},
    "model.trained": {
        "model_version": pl.col("model_version"),
        "job_id": pl.col("job_id"),
        "symbol": _SCOPE.field("symbol"),
        "timeframe": _SCOPE.field("timeframe"),
        "metrics": pl.col("metrics"),
    },
    "model.deployed": _GATED,
    "model.rejected": _GATED,
    "model.rolled_back": {"model_version": pl.col("to"), "reason": pl.col("reason")},
}
"""What each type of event says, by column."""


def feedback(view: View, window: Window, filters: Filters) -> pl.DataFrame:
    """Return the multipliers that were issued in a window, the oldest first; empty as long as no cycle has run."""
    (issued,) = view.events("feedback.issued")
    columns = {column.name: pl.col(column.name) for column in FEEDBACK_COLUMNS[len(_WHO) :]}
    return _told(issued, columns, FEEDBACK_COLUMNS, window, filters)


def models(view: View, window: Window, filters: Filters) -> pl.DataFrame:
    """Return what happened to models in a window, the oldest first; empty as long as nobody trains or deploys."""
    events = zip(MODEL_TYPES, view.events(*MODEL_TYPES), strict=True)
    told = [
        _told(frame, {"event": pl.lit(name), **_READ[name]}, MODEL_COLUMNS, window, filters)
        for name, frame in events
    ]
    return pl.concat(told).sort("at", "bot", "run", maintain_order=True)


def _told(
    events: pl.DataFrame,
    said: dict[str, pl.Expr],
    columns: tuple[Column, ...],
    window: Window,
    filters: Filters,
) -> pl.DataFrame:
    """Return events of the bots asked for as rows of these columns; what an event does not say is null."""
    mine = Filters(filters.bot, filters.run, filters.mode).keep(events.filter(window.inside("at")))
    schema = schema_of(columns)
    cells = {"at": pl.col("at").cast(TIME), **{name: pl.col(name) for name in ("bot", "run", "mode")}, **said}
    return mine.sort("at", "id").select(
        cells.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema.items()
    )
