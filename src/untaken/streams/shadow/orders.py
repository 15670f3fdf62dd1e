"""What shadow execution is asked, and what it answers, in columns."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from untaken.streams.shadow.arithmetic import F64, I8, I64, Bool
from untaken.streams.shadow.compiled import borrowed

I32 = npt.NDArray[np.int32]

EXIT_REASONS = (
    "take_profit", "stop_loss", "trailing", "roi", "signal", "time", "time_gap", "no_data", "pending",
)  # fmt: skip
"""Names of the codes in `Outcomes.exit_reason`, by code; the last two are unresolved."""

MICROSECONDS = 1_000_000
LONG, SHORT = 1, -1

_DTYPES: dict[Any, npt.DTypeLike] = {F64: np.float64, I64: np.int64, I32: np.int32, I8: np.int8}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Orders:
    """Signals to be traded, one row each; times in microseconds, percentages in percent, 0 = none.

    Steps and exit signals are shared: row i has `roi_minutes[roi_start[i]:roi_stop[i]]`, ascending, and
    `exit_signalled_at[exit_start[i]:exit_stop[i]]`, ascending, of its bot, run, strategy, symbol and
    direction (those at or before its entry do no harm). Overlapping ranges are fine.
    """

    series: I32
    """Index of the price series; -1 where the symbol has no prices."""
    side: I8
    """1 long, -1 short."""
    entry_at: I64
    base_price: F64
    """Price of the first decision's snapshot, else of the signal; before spread and slippage."""
    bid: F64
    ask: F64
    """Of the same snapshot, NaN where not given."""
    fee_bps: F64
    slippage_bps: F64
    size: F64
    """Notional in the currency of the quote."""
    fx: F64
    """Account currency per unit of quote currency: 1 where equal, NaN where money is unknown."""
    take_profit_pct: F64
    stop_loss_pct: F64
    trailing_stop_pct: F64
    max_hold_us: I64
    roi_start: I64
    roi_stop: I64
    roi_minutes: F64
    roi_pct: F64
    exit_start: I64
    exit_stop: I64
    exit_signalled_at: I64

    def __post_init__(self) -> None:
        """Take every column as a read-only array of its type."""
        for field in fields(self):
            object.__setattr__(self, field.name, borrowed(getattr(self, field.name), _DTYPES[field.type]))

    def __len__(self) -> int:
        return self.entry_at.size

    @classmethod
    def of(cls, entry_at: npt.ArrayLike, base_price: npt.ArrayLike, **columns: npt.ArrayLike) -> Self:
        """Fill in the defaults of the settings; a single value stands for every row."""
        given = {**_DEFAULTS, **columns, "base_price": base_price}
        rows = np.asarray(entry_at).size
        shared = {name: given.pop(name) for name in ("roi_minutes", "roi_pct", "exit_signalled_at")}
        return cls(
            entry_at=np.asarray(entry_at),
            **{name: np.broadcast_to(np.asarray(value), rows) for name, value in given.items()},
            **{name: np.asarray(value) for name, value in shared.items()},
        )


_DEFAULTS: dict[str, npt.ArrayLike] = {
    "series": 0,
    "side": LONG,
    "bid": np.nan,
    "ask": np.nan,
    "fee_bps": 5.0,
    "slippage_bps": 2.0,
    "size": 1000.0,
    "fx": 1.0,
    "take_profit_pct": 4.0,
    "stop_loss_pct": 2.0,
    "trailing_stop_pct": 0.0,
    "max_hold_us": 86_400 * MICROSECONDS,
    "roi_start": 0,
    "roi_stop": 0,
    "roi_minutes": (),
    "roi_pct": (),
    "exit_start": 0,
    "exit_stop": 0,
    "exit_signalled_at": (),
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcomes:
    """What became of each order; figures of unresolved rows are 0 and not known."""

    entry_price: F64
    exit_price: F64
    """After slippage; NaN where unresolved."""
    exit_at: I64
    """-1 where unresolved."""
    exit_reason: I8
    """Index into EXIT_REASONS."""
    resolved: Bool
    entry_bar_partial: Bool
    """Only the close of the bar of entry counted."""
    pnl_e8: I64
    pnl_known: Bool
    """Resolved, convertible into account currency, and within 64 bits."""
    risk_e8: I64
    """Size x fixed stop, in account currency; 0 where there is no stop or no conversion."""
    return_ppm: I64
    """Net, of size."""
    milli_r: I64
    milli_r_known: Bool
    """Resolved, with a fixed stop."""
    slippage_milli_r: I64
    """Modelled slippage: its rate on the entry's notional and, where the exit slips, on the exit's."""
    adverse_ppm: I64
    """Furthest against the trade, <= 0, of the entry price; of the exit's bar only the exit price."""
    favourable_ppm: I64
    """Furthest in its favour, >= 0."""

    def __len__(self) -> int:
        return self.exit_at.size
