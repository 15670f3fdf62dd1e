"""On which terms a signal is simulated: its exits field by field, costs, currency and conversion."""

from __future__ import annotations

import polars as pl

from untaken.schemas.settings import MICROSECONDS
from untaken.streams.chain.context import DAY_US, EXITS, Context

UNKNOWN_CURRENCY = "?"


def with_terms(signals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Add the columns of `projections.ledger.TERMS` (and window_us, settings_index, declaration).

    Exits come field by field from the signal, its strategy's declaration, the settings; 0 means none.
    """
    found = _in_force(signals, context).join(
        context.strategy_frame(), on=["declaration", "strategy"], how="left", maintain_order="left"
    )
    exits = [
        pl.coalesce(name, f"d_{name}", *([f"s_{name}"] if name != "roi_steps" else [])).alias(name)
        for name in EXITS
    ]
    return (
        found.with_columns(
            stop_assumed=pl.col("stop_loss_pct").is_null() & pl.col("d_stop_loss_pct").is_null()
        )
        .with_columns(exits)
        .with_columns(
            pl.col("size").fill_null(pl.col("s_size")),
            pl.col("contract_size").fill_null(1.0),
            pl.col("roi_steps").list.len().fill_null(0).alias("roi_n"),
            max_hold_us=(pl.col("max_hold_s") * MICROSECONDS).round().cast(pl.Int64),
            currency=currency(),
            fx=fx_to_account(),
        )
        .with_columns(
            roi_steps=pl.when(pl.col("roi_n") > 0).then(pl.col("roi_steps")),
            over_cluster=pl.col("max_hold_us") > _cluster_us(),
        )
    )


def _in_force(signals: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Join the settings and the declaration in force at each row's `at`."""
    declared = context.declaration_frame()
    by_time = signals.sort("at", maintain_order=True)
    with_settings = by_time.join_asof(context.settings_frame(), left_on="at", right_on="from_at").drop(
        "from_at"
    )
    return with_settings.join_asof(
        declared, left_on="at", right_on="from_at", by=["bot", "run"], check_sortedness=False
    ).drop("from_at", strict=False)


def quote_currency() -> pl.Expr:
    """Return the stated quote currency, else what follows "/" in the symbol before any ":"; null if neither."""
    after_slash = pl.col("symbol").str.extract(r"/([^/:]+)", 1)
    return pl.coalesce("quote_currency", after_slash)


def currency() -> pl.Expr:
    """Return the account currency; of a run that declares none, the quote's, or "?"."""
    return pl.coalesce("account_currency", quote_currency(), pl.lit(UNKNOWN_CURRENCY))


def fx_to_account() -> pl.Expr:
    """Account currency per unit of quote currency; null where it is needed and not given."""
    same = quote_currency().is_null() | pl.col("account_currency").is_null()
    same = same | (quote_currency() == pl.col("account_currency"))
    return pl.when(same).then(1.0).otherwise(pl.col("fx_to_account"))


def _cluster_us() -> pl.Expr:
    hold = pl.max_horizontal(pl.col("s_max_hold_s"), pl.col("declared_hold_s").fill_null(0.0)) * MICROSECONDS
    return (hold / DAY_US).ceil().clip(1).cast(pl.Int64) * DAY_US
