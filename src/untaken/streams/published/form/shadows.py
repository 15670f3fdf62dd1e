"""Shadow trades as `shadow.filled` and `shadow.closed` events, for whoever follows them as they happen."""

from __future__ import annotations

import polars as pl

from untaken.schemas.events.derived import ShadowClosed, ShadowFilled
from untaken.streams.published.form.encoding import Payloads, payloads
from untaken.streams.shadow.walk import GAP_US

_IDENTITY = ("bot", "run", "signal_id")
_BASIS_POINT = 1e-4


def shadow_fills(rows: pl.DataFrame) -> Payloads:
    """Return entries and exits of shadow trades that have prices; rows have the ledger's columns.

    Price and fee are those of the row: fee = rate x size at entry, rate x size x exit / entry at exit.
    """
    entered = rows.filter("has_prices")
    rate = pl.col("fee_bps") * _BASIS_POINT * pl.col("size")
    entries = entered.select(*_COMMON, *_fill("entry", pl.col("entry_price"), rate))
    exited = entered.filter(pl.col("resolved") & pl.col("exit_price").is_not_null())
    grown = rate * pl.col("exit_price") / pl.col("entry_price")
    exits = exited.select(*_COMMON, *_fill("exit", pl.col("exit_price"), grown))
    both = pl.concat([entries, exits])
    return payloads(ShadowFilled, both.drop_nulls(["at", "price", "qty", "fee"]), (*_IDENTITY, "role"))


def shadow_outcomes(rows: pl.DataFrame) -> Payloads:
    """Return the results of shadow trades that have one, `no_data` among them; rows also have `revision`."""
    given_up = pl.col("entry_at") + pl.col("max_hold_us") + GAP_US + pl.col("grace_us")
    closed = rows.filter(pl.col("exit_reason").is_not_null()).with_columns(
        at=pl.coalesce("exit_at", given_up), qty=_quantity()
    )
    return payloads(ShadowClosed, closed, _IDENTITY)


_COMMON = ("bot", "run", "mode", "signal_id", "symbol")


def _fill(role: str, price: pl.Expr, fee: pl.Expr) -> list[pl.Expr]:
    return [
        pl.col(f"{role}_at").alias("at"),
        pl.lit(role).alias("role"),
        price.alias("price"),
        _quantity().alias("qty"),
        fee.alias("fee"),
    ]


def _quantity() -> pl.Expr:
    return pl.col("size") / (pl.col("entry_price") * pl.col("contract_size"))
