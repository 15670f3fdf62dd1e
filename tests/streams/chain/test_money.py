"""Money of real trades is exact: rounded once, half-even, from the decimals that were written."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from untaken.streams.chain.money import exact_sums, times_e8

EXACT = Context(prec=80)
E8 = Decimal("1e-8")


def trade(**more: Any) -> dict[str, Any]:
    """Build a reported trade of quantity 1 that entered at 100 and left at 101."""
    prices = {"entry_price": 100.0, "exit_price": 101.0, "qty": 1.0, "direction": "long"}
    money = {"reported": 1.0, "fees": 0.0, "fees_other": 0.0, "funding": 0.0, "contract_size": 1.0, "fx": 1.0}
    currencies = {
        "fee_currency": None,
        "fee_unknown": False,
        "account_currency": "USD",
        "quote": "USD",
    }
    own = {"source": "trade.closed", "gross_hi": None, "gross_lo": None, "paid": None}
    return {**prices, **money, **currencies, **own, **more}


SCHEMA = {
    name: pl.String()
    if isinstance(value, str) or name == "fee_currency"
    else pl.Boolean()
    if isinstance(value, bool)
    else pl.Float64()
    for name, value in trade().items()
}


def money_of(*trades: dict[str, Any]) -> list[dict[str, Any]]:
    return times_e8(pl.DataFrame(list(trades), schema=SCHEMA)).to_dicts()


def fills(*given: tuple[str, float, float, float | None]) -> pl.DataFrame:
    """Build one trade's fills of (role, price, qty, fee)."""
    rows = [("t", *fill, None) for fill in given]
    schema = {
        "ref": pl.String(),
        "role": pl.String(),
        "price": pl.Float64(),
        "qty": pl.Float64(),
        "fee": pl.Float64(),
        "fee_currency": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def e8(amount: Decimal) -> int:
    return int(amount.quantize(E8, rounding=ROUND_HALF_EVEN, context=EXACT) / E8)


@pytest.mark.parametrize(
    ("terms", "pnl_e8"),
    [
        ({}, 1_00000000),
        ({"direction": "short"}, -1_00000000),
        ({"fees": 0.1, "funding": 0.2}, 70000000),
        ({"qty": 0.1, "entry_price": 0.3, "exit_price": 0.1}, -2000000),
        ({"contract_size": 10.0, "fx": 0.92}, 9_20000000),
        ({"qty": 1e-8, "exit_price": 100.5}, 0),
        ({"qty": 3e-8, "exit_price": 100.5}, 2),
        ({"qty": 1.0, "exit_price": 100.00000001, "fees": 1.1}, -1_09999999),
        ({"fx": None}, None),
        ({"qty": 1e18, "exit_price": 1e15}, None),
    ],
)
def test_a_reported_trade_is_computed_to_the_last_unit(terms: dict[str, Any], pnl_e8: int | None) -> None:
    assert money_of(trade(**terms))[0]["computed_pnl_e8"] == pnl_e8


@pytest.mark.parametrize(
    ("terms", "fees_e8"),
    [
        ({"fees": 0.3}, 30000000),
        ({"fees": 0.1, "fees_other": 0.2, "fee_currency": "USD"}, 30000000),
        (
            {
                "fees_other": 2.0,
                "fee_currency": "EUR",
                "account_currency": "USD",
                "quote": "EUR",
                "fx": 1.1,
            },
            2_20000000,
        ),
        ({"fees_other": 2.0, "fee_currency": "BNB"}, None),
        ({"fees_other": 2.0, "fee_currency": "USD", "fee_unknown": True}, None),
    ],
)
def test_fees_are_known_in_account_currency_or_not_at_all(terms: dict[str, Any], fees_e8: int | None) -> None:
    found = money_of(trade(**terms))[0]

    assert found["fees_e8"] == fees_e8
    assert (found["computed_pnl_e8"] is None) == (fees_e8 is None)


def test_fills_are_summed_as_the_decimals_they_are() -> None:
    summed = exact_sums(fills(*[("entry", 0.1, 0.1, 0.1)] * 3, ("exit", 0.3, 0.3, None))).to_dicts()[0]

    assert (summed["qty"], summed["exit_qty"]) == (0.3, 0.3)
    assert (summed["entry_price"], summed["exit_price"]) == (0.1, 0.3)
    assert abs(Decimal(summed["gross_hi"]) + Decimal(summed["gross_lo"]) - Decimal("0.06")) < Decimal("1e-25")


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places, allow_nan=False)


@given(
    entry=decimals("0.0001", "99999", 4),
    leave=decimals("0.0001", "99999", 4),
    qty=decimals("0.001", "9999", 3),
    fees=decimals("-9", "99", 8),
    fx=decimals("0.0001", "150", 5),
    side=st.sampled_from([1, -1]),
)
@examples(max_examples=300, deadline=None)
def test_computed_money_is_the_exact_amount_rounded_half_even(
    entry: Decimal, leave: Decimal, qty: Decimal, fees: Decimal, fx: Decimal, side: int
) -> None:
    exact = EXACT.multiply(EXACT.multiply(side * (leave - entry), qty), fx) - fees
    terms = {"entry_price": entry, "exit_price": leave, "qty": qty, "fees": fees, "fx": fx}
    numbers = {name: float(value) for name, value in terms.items()}
    found = money_of(trade(direction="long" if side > 0 else "short", **numbers))[0]

    assert found["computed_pnl_e8"] == e8(exact)
    notional = e8(EXACT.multiply(EXACT.multiply(entry, qty), fx))
    assert abs(found["notional_e8"] - notional) <= 1 + notional * 2**-52  # a divisor, never booked


@given(
    ins=st.lists(st.tuples(decimals("0.01", "9999", 2), decimals("0.001", "99", 3)), min_size=1, max_size=6),
    outs=st.lists(st.tuples(decimals("0.01", "9999", 2), decimals("0.001", "99", 3)), min_size=1, max_size=6),
)
@examples(max_examples=150, deadline=None)
def test_money_of_fills_is_the_exact_sum_rounded_once(
    ins: Sequence[tuple[Decimal, Decimal]], outs: Sequence[tuple[Decimal, Decimal]]
) -> None:
    told: list[tuple[str, float, float, float | None]] = [
        *(("entry", float(price), float(qty), 0.25) for price, qty in ins),
        *(("exit", float(price), float(qty), None) for price, qty in outs),
    ]
    sums = exact_sums(fills(*told)).to_dicts()[0]
    gross = sum((price * qty for price, qty in outs), Decimal(0)) - sum(
        (price * qty for price, qty in ins), Decimal(0)
    )
    known = {name: sums[name] for name in ("gross_hi", "gross_lo", "paid", "fees", "qty")}
    found = money_of(trade(source="fills", fx=0.92, **known))[0]

    assert found["computed_pnl_e8"] == e8(gross * Decimal("0.92") - Decimal("0.25") * len(ins))
