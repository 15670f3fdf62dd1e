"""Signal decay: how long a signal takes to a decision and a fill, what it costs, what is left of it later."""

from __future__ import annotations

import polars as pl

from untaken.projections.buckets import bucket_of
from untaken.projections.definition import Projection, flag, where
from untaken.projections.ledger import DELAYS_S, in_turn

STAGES = {"decision": "decision_latency_us", "fill": "fill_latency_us"}

_GROUP = ("bot", "run", "mode", "currency")


def by_stage(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One row per duration that a signal has, from its emission to each stage, with the histogram's bucket."""
    stages = [
        rows.filter(pl.col(column).is_not_null()).select(
            "day", *_GROUP, "strategy", "symbol", stage=pl.lit(stage), us=pl.col(column)
        )
        for stage, column in STAGES.items()
    ]
    return pl.concat(stages).with_columns(bucket=bucket_of(pl.col("us")))


SIGNAL_DELAYS = Projection(
    name="signal_delays",
    version=1,
    source="ledger",
    time="at",
    keys=(*_GROUP, "strategy", "symbol", "stage", "bucket"),
    rows=by_stage,
    sums={
        "n": flag(pl.col("us") >= 0),
        "duration_us": where(pl.col("us") >= 0, pl.col("us")),
        "negative": flag(pl.col("us") < 0),
    },
)
"""A duration below 0 (two clocks disagree) is counted, and in no sum and no histogram."""


def _shortfall_e8() -> pl.Expr:
    side = pl.when(pl.col("direction") == "long").then(1.0).otherwise(-1.0)
    lost = side * (pl.col("fill_price") - pl.col("decision_price")) / pl.col("decision_price")
    return (lost * 1e8).round(0, mode="half_to_even").cast(pl.Int64, strict=False)


def with_shortfall(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with a real fill, with what it lost against the decision price, in 1e-8 of that price."""
    return rows.with_columns(shortfall=_shortfall_e8()).filter(pl.col("shortfall").is_not_null())


IMPLEMENTATION_SHORTFALL = Projection(
    name="implementation_shortfall",
    version=1,
    source="ledger",
    time="at",
    keys=(*_GROUP, "strategy", "symbol"),
    rows=with_shortfall,
    sums={"n": pl.lit(1), "shortfall_e8": pl.col("shortfall")},
)


def with_later(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows that count in the book in turn, with one column for each delay."""
    later = {f"later_{d}": pl.col("later_ppm").list.get(i, null_on_oob=True) for i, d in enumerate(DELAYS_S)}
    return rows.filter(in_turn() & pl.col("return_ppm").is_not_null()).with_columns(**later)


def _delayed(delay: int) -> dict[str, pl.Expr]:
    later, known = pl.col(f"later_{delay}"), pl.col(f"later_{delay}").is_not_null()
    return {
        f"n_{delay}": flag(known),
        f"later_{delay}_ppm": where(known, later),
        f"at_once_{delay}_ppm": where(known, pl.col("return_ppm")),
    }


EDGE_BY_DELAY = Projection(
    name="edge_by_delay",
    version=1,
    source="ledger",
    time="at",
    keys=(*_GROUP, "settings_digest", "strategy", "symbol"),
    rows=with_later,
    sums={
        "n_0": pl.lit(1),
        "later_0_ppm": pl.col("return_ppm"),
        "n_r": flag(pl.col("milli_r").is_not_null()),
        "edge_milli_r": pl.col("milli_r"),
        **{name: expression for delay in DELAYS_S for name, expression in _delayed(delay).items()},
    },
)
"""Returns at each delay, beside those at once of the very same signals: only pairs are compared."""
