"""What a trades database cannot tell, and what of it has to be known to read the figures."""

from __future__ import annotations

from collections.abc import Iterator

from untaken.streams.connectors.freqtrade.cells import number, text
from untaken.streams.connectors.freqtrade.database.blockers import Judged
from untaken.streams.connectors.freqtrade.database.opening import Tables
from untaken.streams.connectors.freqtrade.locks import LOCK_GUARD, Lock
from untaken.streams.connectors.freqtrade.trades import Run, Trade
from untaken.streams.connectors.report import several

_EXPECTED = {
    "exit_reason": "why trades were left is unknown",
    "enter_tag": "entry tags are unknown",
    "leverage": "trades count as spot trades without leverage",
    "is_short": "all trades count as longs",
    "initial_stop_loss_pct": "signals have no stop",
    "strategy": "all trades count as of one strategy",
    "timeframe": "the timeframe is unknown",
    "funding_fees": "funding is unknown",
    "open_rate_requested": "signals have the price of their first fill",
}
_OTHER_NAMES = {"exit_reason": "sell_reason", "enter_tag": "buy_tag"}


def limits(
    tables: Tables, trades: list[tuple[Run, Trade]], locks: list[Lock], judged: Judged, reported: int
) -> Iterator[str]:
    """Say what cannot be known; one sentence each."""
    yield (
        "the database has no row for a signal: those of its trades are derived, without confidence and candle, and "
        "exits other than the first stop (ROI, trailing, custom) are not in it; declare them, or set shadow.*"
    )
    yield from _blockers(locks, judged, reported)
    yield from _older(tables)
    yield from _trades_told([trade for _, trade in trades])


def _blockers(locks: list[Lock], judged: Judged, reported: int) -> Iterator[str]:
    if not reported:
        held = f"; its {several(len(locks), 'pair lock')} became readings" if locks else ""
        yield (
            f"what it did not take, and why, is not in it{held}: to judge its guards, import its signals into the "
            "same bot and run first (untaken import csv)"
        )
    else:
        blocked = len({event.signal_id for event in judged.decisions})
        yield (
            f"of {several(reported, 'signal')} reported apart, {blocked:,} newly found held back by a lock or an open "
            f"position; of {judged.unexplained:,} not traded the blocker is unknown (no free slot, balance, "
            "confirm_trade_entry, order not filled)"
        )
    lifted = sum(1 for lock in locks if not lock.active)
    if lifted:
        yield f"{several(lifted, 'lock')} lifted before the end, when is not kept: no blocker"
    other = sum(1 for lock in locks if lock.guard == LOCK_GUARD)
    if other:
        yield f"{several(other, 'lock')} with a reason that is none of freqtrade's own: the guard is called {LOCK_GUARD}"


def _older(tables: Tables) -> Iterator[str]:
    lacking = [
        meaning
        for name, meaning in _EXPECTED.items()
        if name not in tables.columns and _OTHER_NAMES.get(name) not in tables.columns
    ]
    if lacking:
        yield f"the database of an older freqtrade lacks columns: {'; '.join(lacking)}"
    if tables.orders is None:
        yield "the database of an older freqtrade has no orders: each trade counts as one entry and one exit"
    if tables.locks is None:
        yield "the database of an older freqtrade has no pair locks"


def _trades_told(trades: list[Trade]) -> Iterator[str]:
    told = {
        "still open, without a result": [trade for trade in trades if trade.is_open],
        "added to after the entry: the shadow enters once, at the first price": [
            trade for trade in trades if len(trade.entries) > 1
        ],
        "closed in parts: the exit price is the mean by quantity": [
            trade for trade in trades if len(trade.exits) > 1
        ],
        "entered by hand (force_entry): no strategy wished for them, so they have no signal": [
            trade for trade in trades if trade.forced
        ],
        "paid fees in a third currency: fees here are freqtrade's rates, in stake currency": [
            trade for trade in trades if _foreign_fee(trade)
        ],
        "borrowed on margin: interest is in the profit and in no other figure": [
            trade for trade in trades if number(trade.record, "interest_rate")
        ],
    }
    for what, chosen in told.items():
        if chosen:
            yield f"{several(len(chosen), 'trade')} {what}"


def _foreign_fee(trade: Trade) -> bool:
    base, _, rest = trade.pair.partition("/")
    currencies = {text(trade.record, name) for name in ("fee_open_currency", "fee_close_currency")}
    return bool(currencies - {None, base, rest.partition(":")[0]})
