"""Money of real trades, exact: decimals in double-double arithmetic, rounded once, half-even, to 1e-8.

A double-double holds about 32 digits as an unevaluated sum of two doubles (Dekker, Numer. Math. 18, 1971;
Shewchuk, Discrete Comput. Geom. 18, 1997). Amounts are taken as the decimals they were written as, to 15
significant digits.
"""

from __future__ import annotations

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pair = tuple[float, float]

UNKNOWN_E8 = -(2**63)
"""Marks money that is not known or does not fit 64 bits."""

_LARGEST_E8 = 9.0e18
_SPLITTER = 134_217_729.0
_TIE = 1e-12


@numba.njit(cache=True)
def _two_sum(a: float, b: float) -> Pair:
    total = a + b
    rest = total - a
    return total, (a - (total - rest)) + (b - rest)


@numba.njit(cache=True)
def _two_product(a: float, b: float) -> Pair:
    product = a * b
    high = _SPLITTER * a
    a_high = high - (high - a)
    high = _SPLITTER * b
    b_high = high - (high - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@numba.njit(cache=True)
def _add(a: Pair, b: Pair) -> Pair:
    high, low = _two_sum(a[0], b[0])
    return _two_sum(high, low + (a[1] + b[1]))


@numba.njit(cache=True)
def _times(a: Pair, b: Pair) -> Pair:
    high, low = _two_product(a[0], b[0])
    return _two_sum(high, low + (a[0] * b[1] + a[1] * b[0]))


@numba.njit(cache=True)
def _over(a: Pair, b: Pair) -> Pair:
    first = a[0] / b[0]
    rest = _add(a, _times((-first, 0.0), b))
    second = rest[0] / b[0]
    rest = _add(rest, _times((-second, 0.0), b))
    return _add(_two_sum(first, second), (rest[0] / b[0], 0.0))


@numba.njit(cache=True)
def _decimal(value: float) -> Pair:
    """Return the decimal of at most 15 significant digits that a double stands for."""
    if value == 0.0 or not np.isfinite(value):
        return value, 0.0
    digits = min(22, 14 - int(np.floor(np.log10(abs(value)))))
    if digits < 0:
        return value, 0.0
    scale = 10.0**digits
    mantissa = np.rint(value * scale)
    return _over((mantissa, 0.0), (scale, 0.0))


@numba.njit(cache=True)
def _rounded_e8(amount: Pair) -> int:
    """Round half-even to 1e-8."""
    high, low = _times(amount, (1e8, 0.0))
    if not abs(high) < _LARGEST_E8:
        return UNKNOWN_E8
    whole = np.rint(high)
    rest = (high - whole) + low
    carried = np.rint(rest)  # beyond 2**53 the lower double holds whole units too
    number, rest = int(whole) + int(carried), rest - carried
    if abs(abs(rest) - 0.5) < _TIE:
        return number + (int(np.sign(rest)) if number % 2 else 0)
    if rest > 0.5:
        return number + 1
    return number - 1 if rest < -0.5 else number


@numba.njit(cache=True)
def _sum_fills(starts: Ints, is_entry: NDArray[np.bool_], price: Floats, qty: Floats, fee: Floats) -> Floats:
    """Per trade: entered and left quantity and notional, and fees, as pairs (10 columns)."""
    sums = np.zeros((starts.shape[0] - 1, 10))
    for trade in range(starts.shape[0] - 1):
        entered, left, paid, received, fees = (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)
        for row in range(starts[trade], starts[trade + 1]):
            amount = _decimal(qty[row])
            notional = _times(_decimal(price[row]), amount)
            fees = _add(fees, _decimal(fee[row]))
            if is_entry[row]:
                entered, paid = _add(entered, amount), _add(paid, notional)
            else:
                left, received = _add(left, amount), _add(received, notional)
        for column, pair in enumerate((entered, left, paid, received, fees)):
            sums[trade, 2 * column], sums[trade, 2 * column + 1] = pair
    return sums


@numba.njit(cache=True)
def _weighted(starts: Ints, price: Floats, qty: Floats) -> Floats:
    """Per group: the mean price, weighted by quantity; NaN where quantities are too small to be told from none."""
    means = np.empty(starts.shape[0] - 1)
    for group in range(starts.shape[0] - 1):
        paid, amount = (0.0, 0.0), (0.0, 0.0)
        for row in range(starts[group], starts[group + 1]):
            part = _decimal(qty[row])
            amount, paid = _add(amount, part), _add(paid, _times(_decimal(price[row]), part))
        means[group] = _over(paid, amount)[0] if amount[0] > 0.0 else np.nan
    return means


@numba.njit(cache=True)
def _weighted_e8(
    side: Floats, gross_hi: Floats, gross_lo: Floats, paid: Floats, factor: Floats, fx: Floats, costs: Floats
) -> tuple[Ints, Ints]:
    """Return computed PnL (side x gross x factor x fx - costs) and the entry's notional, both in 1e-8."""
    pnl = np.empty(side.shape[0], dtype=np.int64)
    notional = np.empty(side.shape[0], dtype=np.int64)
    for row in range(side.shape[0]):
        unit = _times(_decimal(factor[row]), _decimal(fx[row]))
        gross = _times((side[row] * gross_hi[row], side[row] * gross_lo[row]), unit)
        spent = _decimal(costs[row])
        pnl[row] = _rounded_e8(_add(gross, (-spent[0], -spent[1])))
        notional[row] = _rounded_e8(_times((paid[row], 0.0), unit))
    return pnl, notional


@numba.njit(cache=True)
def _rounded_column(amounts: Floats) -> Ints:
    rounded = np.empty(amounts.shape[0], dtype=np.int64)
    for row in range(amounts.shape[0]):
        rounded[row] = _rounded_e8(_decimal(amounts[row]))
    return rounded


@numba.njit(cache=True)
def _difference(entry: Floats, exit_: Floats, qty: Floats) -> Floats:
    """(exit - entry) x qty as pairs, and entry x qty (3 columns)."""
    gross = np.empty((entry.shape[0], 3))
    for row in range(entry.shape[0]):
        moved = _add(_decimal(exit_[row]), _times((-1.0, 0.0), _decimal(entry[row])))
        amount = _decimal(qty[row])
        gross[row, 0], gross[row, 1] = _times(moved, amount)
        gross[row, 2] = _times(_decimal(entry[row]), amount)[0]
    return gross


def exact_sums(fills: pl.DataFrame) -> pl.DataFrame:
    """Sum each trade's fills, which lie sorted by ref.

    Columns: ref, qty, exit_qty, entry_price and exit_price (weighted), paid and gross_hi + gross_lo (quote
    currency), fees (account currency) and fees_other in fee_currency, fee_unknown where currencies mix.
    """
    groups = fills.group_by("ref", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("fee").filter(pl.col("fee_currency").is_null()).sum().alias("fees"),
        pl.col("fee").filter(pl.col("fee_currency").is_not_null()).sum().alias("fees_other"),
        pl.col("fee_currency").drop_nulls().first(),
        (pl.col("fee_currency").drop_nulls().n_unique() > 1).alias("fee_unknown"),
    )
    starts = np.concatenate([[0], np.cumsum(groups["n"].to_numpy())]).astype(np.int64)
    sums = _sum_fills(
        starts,
        (fills["role"] == "entry").to_numpy(),
        fills["price"].to_numpy(),
        fills["qty"].to_numpy(),
        fills["fee"].fill_null(0.0).to_numpy(),
    )
    entered, left, paid, received = (sums[:, column] for column in (0, 2, 4, 6))
    gross_hi, gross_lo = received - paid, _remainders(sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        prices = {"entry_price": paid / entered, "exit_price": received / left}
    return groups.drop("n").with_columns(
        qty=pl.Series(entered),
        exit_qty=pl.Series(left),
        paid=pl.Series(paid),
        gross_hi=pl.Series(gross_hi),
        gross_lo=pl.Series(gross_lo),
        **{name: pl.Series(values).fill_nan(None).round_sig_figs(12) for name, values in prices.items()},
    )


def entry_prices(trades: pl.DataFrame) -> pl.DataFrame:
    """Return signal_ref and fill_price: what the trades that name a signal were entered at, weighted by quantity."""
    entered = trades.drop_nulls(["signal_ref", "entry_price", "qty"]).filter(pl.col("qty") > 0)
    ordered = entered.sort("signal_ref", "ref")
    groups = ordered.group_by("signal_ref", maintain_order=True).agg(pl.len().cast(pl.Int64).alias("n"))
    starts = np.concatenate([[0], np.cumsum(groups["n"].to_numpy())]).astype(np.int64)
    prices = _weighted(starts, _numbers(ordered, "entry_price"), _numbers(ordered, "qty"))
    return groups.select("signal_ref", fill_price=pl.Series(prices).fill_nan(None).round_sig_figs(12))


def _remainders(sums: Floats) -> Floats:
    """Return what received - paid loses when it is rounded to one double."""
    received, received_low, paid, paid_low = sums[:, 6], sums[:, 7], sums[:, 4], sums[:, 5]
    total = received - paid
    rest = total - received
    return (received - (total - rest)) + (-paid - rest) + (received_low - paid_low)


def times_e8(trades: pl.DataFrame) -> pl.DataFrame:
    """Return computed_pnl_e8, reported_pnl_e8, fees_e8 and notional_e8 of each trade (null where unknown).

    Trades from fills bring gross_hi and gross_lo; of others the gross is (exit - entry) x qty.
    """
    gross = _difference(*(_numbers(trades, name) for name in ("entry_price", "exit_price", "qty")))
    own = (trades["source"] == "fills").to_numpy()
    fees = _fees(trades)
    costs = fees + _numbers(trades, "funding", 0.0)
    pnl, notional = _weighted_e8(
        np.where((trades["direction"] == "short").fill_null(value=False).to_numpy(), -1.0, 1.0),
        np.where(own, _numbers(trades, "gross_hi"), gross[:, 0]),
        np.where(own, _numbers(trades, "gross_lo"), gross[:, 1]),
        np.where(own, _numbers(trades, "paid"), gross[:, 2]),
        _numbers(trades, "contract_size", 1.0),
        _numbers(trades, "fx"),
        costs,
    )
    columns = {
        "computed_pnl_e8": pnl,
        "reported_pnl_e8": _rounded_column(_numbers(trades, "reported")),
        "fees_e8": _rounded_column(fees),
        "notional_e8": notional,
    }
    return pl.DataFrame(columns).with_columns(pl.all().replace(UNKNOWN_E8, None))


def _fees(trades: pl.DataFrame) -> Floats:
    """Fees in account currency; NaN where their currency is neither the account's nor the quote's."""
    converted = (
        pl.when(pl.col("fee_currency").is_null() | (pl.col("fee_currency") == pl.col("account_currency")))
        .then(pl.col("fees_other"))
        .when((pl.col("fee_currency") == pl.col("quote")) & ~pl.col("fee_unknown"))
        .then(pl.col("fees_other") * pl.col("fx"))
    )
    unknown = pl.col("fee_unknown").fill_null(value=False)
    total = pl.col("fees").fill_null(0.0) + pl.when(unknown).then(None).otherwise(converted)
    return trades.select(total.fill_null(float("nan")))["fees"].to_numpy()


def _numbers(frame: pl.DataFrame, name: str, default: float = float("nan")) -> Floats:
    return frame[name].cast(pl.Float64).fill_null(default).to_numpy().astype(np.float64)
