"""Random rows as the chain makes them: every column, its nulls and its extremes."""

from typing import Any

import orjson
import polars as pl
from hypothesis import strategies as st

from untaken.projections import ledger, trades
from untaken.schemas.times import EARLIEST, LATEST, to_us

Row = dict[str, Any]

names = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20) | st.sampled_from(
    ['a"b', "a/b", "%2F", ',"first":null', "\\", "null", "é\u2028"]
)
texts = names | st.sampled_from(["", "two\nlines", 'tab\t"quoted"'])
numbers = st.floats(allow_nan=False, allow_infinity=False)
shares = st.floats(0, 1)
prices = st.floats(1e-15, 1e15)
integers = st.integers(-(2**63), 2**63 - 1)
counts = st.integers(0, 2**31 - 1)
ordinals = st.integers(1, 2**31 - 1)
instants = st.integers(to_us(EARLIEST), to_us(LATEST) - 1)
free_maps = st.dictionaries(
    texts.filter(bool),
    st.none() | st.booleans() | integers | numbers | texts | st.lists(st.none() | texts, max_size=2),
).map(lambda value: orjson.dumps(value).decode())
number_maps = st.dictionaries(names, numbers).map(lambda value: orjson.dumps(value).decode())
directions = st.sampled_from(["long", "short"])
kinds = st.none() | st.sampled_from(["stateless", "market", "portfolio"])
actors = st.none() | st.sampled_from(["bot", "operator"])

verdicts = st.fixed_dictionaries(
    {
        "guard": names,
        "kind": kinds,
        "attempt": ordinals,
        "seq": st.none() | counts,
        "verdict": st.sampled_from(["approved", "blocked"]),
        "at": instants,
        "value": st.none() | numbers,
        "threshold": st.none() | numbers,
        "comparison": st.none() | st.sampled_from(["<=", ">="]),
        "reason_code": st.none() | names,
        "reason": st.none() | texts,
        "actor": actors,
    }
)

_ALWAYS: dict[str, st.SearchStrategy[Any]] = {
    "bot": names,
    "run": names,
    "signal_id": names,
    "trade_id": names,
    "mode": st.sampled_from(["live", "paper", "backtest"]),
    "symbol": names,
    "currency": names,
    "at": instants,
    "id": names,
    "price": prices,
    "settings_digest": names,
    "repeats": counts,
    "attempts": counts,
    "status": st.sampled_from(["filled", "blocked", "expired", "approved", "undecided"]),
    "state": st.sampled_from(["open", "closed"]),
    "source": st.sampled_from(["fills", "trade.closed"]),
    "counts": st.booleans(),
    "blockers": st.lists(names, max_size=3),
    "verdicts": st.lists(verdicts, max_size=2),
    "asked": st.lists(st.fixed_dictionaries({"guard": names, "kind": kinds}), max_size=2),
    "flags": st.lists(names, max_size=2),
    "trades": st.lists(names, max_size=2),
    "anomalies": st.lists(names, max_size=2),
}
_SOMETIMES: dict[str, st.SearchStrategy[Any]] = {
    "confidence": shares,
    "regime": st.sampled_from(["trend", "range", "volatile", "other"]),
    "direction": directions,
    "exit_reason": st.sampled_from(["take_profit", "no_data", "time_gap"]),
    "actor": st.sampled_from(["bot", "operator"]),
    "components": number_maps,
    "features": number_maps,
    "meta": free_maps,
    "tags": st.lists(names, max_size=2),
    "later_ppm": st.lists(st.none() | integers, min_size=8, max_size=8),
    "roi_steps": st.lists(st.lists(numbers, min_size=2, max_size=2), max_size=2),
}
_OF_SIGNALS = {"direction": directions, "strategy": names}
_TIMES = ("candle_at", "expires_at", "decided_at", "filled_at", "expired_at", "entry_at", "exit_at")


def _of_type(name: str, dtype: pl.DataType) -> st.SearchStrategy[Any]:
    if name in _TIMES:
        return instants
    if dtype == pl.Int64():
        return integers
    if dtype == pl.Float64():
        return numbers
    return st.booleans() if dtype == pl.Boolean() else names


def _rows(
    columns: dict[str, pl.DataType], fixed: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[Row]:
    known = {**_ALWAYS, **fixed}
    sometimes = {name: _SOMETIMES.get(name, _of_type(name, dtype)) for name, dtype in columns.items()}
    return st.fixed_dictionaries({name: known.get(name, st.none() | sometimes[name]) for name in columns})


def _with_sole(row: Row, *, alone: bool) -> Row:
    """Name a sole blocker only where a chain could: it is the first, and every guard was asked."""
    sole = row["first"] if alone and row["chain_complete"] else None
    return row | {"sole": sole}


ledger_frames = st.lists(
    st.builds(_with_sole, _rows(ledger.COLUMNS, _OF_SIGNALS), alone=st.booleans()), max_size=4
).map(lambda rows: pl.DataFrame(rows, schema=ledger.COLUMNS, orient="row"))
trade_frames = st.lists(_rows(trades.COLUMNS, {}), max_size=4).map(
    lambda rows: pl.DataFrame(rows, schema=trades.COLUMNS, orient="row")
)
