"""Trades from fills and from `trade.closed`, and what is wrong with them."""

from __future__ import annotations

import polars as pl

from untaken.projections.trades import COLUMNS
from untaken.streams.chain.context import Context
from untaken.streams.chain.facts import TypedFacts
from untaken.streams.chain.money import exact_sums, times_e8
from untaken.streams.chain.terms import currency, fx_to_account, quote_currency

_BY_TIME = ["at", "id"]


def trade_rows(
    facts: TypedFacts, signals: pl.DataFrame, context: Context, outside: pl.DataFrame
) -> pl.DataFrame:
    """One row per trade, with `ref` and `signal_ref`.

    `signals` are the rows of the signals these trades name; `outside` has the refs of trades with a fill
    far outside its bar. The columns are those of `projections.trades`.
    """
    fills = _from_fills(facts.of("order.filled"))
    closes = _from_closes(facts.of("trade.closed"))
    both = fills.join(closes, on="ref", how="full", coalesce=True, suffix="_closed")
    merged = both.select("ref", *(_preferred(both, name) for name in _MERGED))
    known = _with_money(_with_run(_with_signal(merged, signals), context))
    return _with_anomalies(known, outside).select("ref", "signal_ref", *COLUMNS).sort("ref")


_MERGED = (
    "bot",
    "run",
    "trade_id",
    "mode",
    "symbol",
    "signal_ref",
    "signal_id",
    "strategy",
    "direction",
    "state",
    "source",
    "entry_at",
    "exit_at",
    "entry_price",
    "exit_price",
    "qty",
    "exit_qty",
    "fees",
    "fees_other",
    "fee_currency",
    "fee_unknown",
    "paid",
    "funding",
    "reported",
    "contract_size",
    "quote_currency",
    "fx_to_account",
    "leverage",
    "exit_reason",
    "actor",
    "confidence",
    "timeframe",
    "regime",
    "sector",
    "model_version",
    "closes_n",
    "first_at",
    "gross_hi",
    "gross_lo",
)


def _preferred(both: pl.DataFrame, name: str) -> pl.Expr:
    """Of a figure that both report, `trade.closed` beats the fills."""
    return pl.coalesce([column for column in (f"{name}_closed", name) if column in both.columns]).alias(name)


def _from_closes(closed: pl.DataFrame) -> pl.DataFrame:
    """Return the earliest `trade.closed` of each trade, and how many there were."""
    ordered = closed.sort(_BY_TIME)
    counts = ordered.group_by("ref").agg(pl.len().alias("closes_n"))
    return (
        ordered.unique("ref", keep="first", maintain_order=True)
        .join(counts, on="ref")
        .with_columns(
            signal_ref="other",
            state=pl.lit("closed"),
            source=pl.lit("trade.closed"),
            exit_qty="qty",
            fees=pl.col("fees").fill_null(0.0),
            fees_other=pl.lit(0.0),
            fee_currency=pl.lit(None, dtype=pl.String),
            paid=pl.lit(None, dtype=pl.Float64),
            gross_hi=pl.lit(None, dtype=pl.Float64),
            gross_lo=pl.lit(None, dtype=pl.Float64),
            fee_unknown=pl.lit(value=False),
            funding=pl.col("funding").fill_null(0.0),
            reported="pnl",
            first_at="at",
        )
        .select(
            "ref",
            *_MERGED,
        )
    )


def _from_fills(filled: pl.DataFrame) -> pl.DataFrame:
    """Weighted entry and exit of each trade's fills; flat, so closed, where exits equal entries."""
    ordered = filled.sort("ref", *_BY_TIME)
    sums = exact_sums(ordered)
    entry, exit_ = pl.col("role") == "entry", pl.col("role") == "exit"
    opening = pl.coalesce(
        pl.col("side").filter(entry).first(), _opposite(pl.col("side").filter(exit_).first())
    )
    facts = ordered.group_by("ref", maintain_order=True).agg(
        pl.col("bot", "run", "trade_id", "mode", "symbol").first(),
        _named_by_fills("other").alias("signal_ref"),
        _named_by_fills("signal_id"),
        opening.replace_strict({"buy": "long", "sell": "short"}, return_dtype=pl.String).alias("direction"),
        pl.col("at").filter(entry).min().alias("entry_at"),
        pl.col("at").filter(exit_).max().alias("exit_at"),
        pl.col("actor").drop_nulls().first(),
        pl.col("at").min().alias("first_at"),
    )
    flat = (pl.col("qty") > 0) & ((pl.col("exit_qty") - pl.col("qty")).abs() <= pl.col("qty") * 1e-12)
    return (
        facts.join(sums, on="ref")
        .with_columns(
            state=pl.when(flat).then(pl.lit("closed")).otherwise(pl.lit("open")), source=pl.lit("fills")
        )
        .with_columns(exit_at=pl.when(pl.col("state") == "closed").then("exit_at"))
    )


def _named_by_fills(name: str) -> pl.Expr:
    """Take it from the first entry that says it, else from the first exit: the entry is what a signal asked for."""
    by_entry = pl.col(name).filter(role="entry").drop_nulls().first()
    return pl.coalesce(by_entry, pl.col(name).drop_nulls().first())


def _opposite(side: pl.Expr) -> pl.Expr:
    """Return a trade that was only seen leaving was opened on the other side."""
    return side.replace_strict({"buy": "sell", "sell": "buy"}, return_dtype=pl.String)


def _with_signal(trades: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Fill from the signal what the trade does not say itself."""
    borrowed = ("strategy", "confidence", "timeframe", "regime", "sector", "model_version", "leverage")
    terms = ("contract_size", "quote_currency", "fx_to_account", "direction")
    own = signals.select(
        pl.col("ref").alias("signal_ref"),
        *(pl.col(name).alias(f"s_{name}") for name in (*borrowed, *terms)),
        "components",
        "tags",
        pl.col("blockers").list.len().alias("s_blockers"),
    )
    joined = trades.join(own, on="signal_ref", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce(name, f"s_{name}").alias(name) for name in (*borrowed, *terms))


def _with_run(trades: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Join the declaration in force, for the account currency."""
    timed = trades.with_columns(at=pl.coalesce("exit_at", "entry_at", "first_at")).sort("first_at", "ref")
    declared = context.declaration_frame().select("bot", "run", "from_at", "account_currency")
    joined = timed.join_asof(
        declared, left_on="first_at", right_on="from_at", by=["bot", "run"], check_sortedness=False
    )
    return joined.with_columns(currency=currency(), fx=fx_to_account(), quote=quote_currency())


def _with_money(trades: pl.DataFrame) -> pl.DataFrame:
    """Return computed and reported PnL in account currency; the one that stands; the return on the entry's notional."""
    money = times_e8(trades)
    flat = pl.col("state") == "closed"
    reversed_ = (pl.col("reported_pnl_e8") + pl.col("computed_pnl_e8")).abs() * 10 < pl.col(
        "computed_pnl_e8"
    ).abs()
    trades = pl.concat([trades, money], how="horizontal").with_columns(
        reversed=(reversed_ & flat).fill_null(value=False),
        computed_pnl_e8=pl.when(flat).then("computed_pnl_e8"),
    )
    stands = pl.when(pl.col("reversed") | pl.col("reported_pnl_e8").is_null()).then("computed_pnl_e8")
    share = (pl.col("pnl_e8") / pl.col("notional_e8") * 1e6).round(0, mode="half_to_even")
    return trades.with_columns(pnl_e8=stands.otherwise("reported_pnl_e8")).with_columns(
        return_ppm=pl.when(pl.col("notional_e8") > 0).then(share).cast(pl.Int64, strict=False),
        open_qty=pl.when(flat).then(0.0).otherwise((pl.col("qty") - pl.col("exit_qty")).round_sig_figs(12)),
    )


def _with_anomalies(trades: pl.DataFrame, outside: pl.DataFrame) -> pl.DataFrame:
    backwards = pl.col("exit_at") < pl.col("entry_at")
    kinds = {
        "exit_not_after_entry": (pl.col("exit_at") <= pl.col("entry_at")) & (pl.col("state") == "closed"),
        "fill_against_verdict": pl.col("s_blockers") > 0,
        "fill_outside_bar": pl.col("ref").is_in(outside["ref"].implode()),
        "pnl_sign_reversed": pl.col("reversed"),
        "several_trades_of_one_identity": pl.col("closes_n") > 1,
    }
    listed = [
        pl.when(condition.fill_null(value=False)).then(pl.lit(kind)) for kind, condition in kinds.items()
    ]
    return trades.with_columns(
        anomalies=pl.concat_list(listed).list.drop_nulls(),
        counts=~backwards.fill_null(value=False),
    )
