"""A strategy's backtest as a run: its declaration, its locks, and what the result cannot say."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from untaken.schemas.events.market import ContextObserved
from untaken.schemas.events.runs import RunDeclared
from untaken.schemas.times import to_us
from untaken.streams.connectors.freqtrade.cells import Record, Unusable, flag, moment, number, text
from untaken.streams.connectors.freqtrade.exits import inexpressible, strategy_exits
from untaken.streams.connectors.freqtrade.locks import locks_of, observed
from untaken.streams.connectors.freqtrade.trades import Run, Trade
from untaken.streams.connectors.report import ImportRefused

_TAKEN_ONLY = (
    "a backtest result holds only the trades that were taken: signals that were blocked, and by what, are not in it, "
    "so no guard can be judged from it; signals here are derived from the trades, without confidence"
)
_BASIS_POINTS = 10_000
_DAY_US = 86_400_000_000
_KEPT = (
    "timeframe", "timeframe_detail", "timerange", "max_open_trades", "stake_amount", "trading_mode", "margin_mode",
    "enable_protections", "rejected_signals", "total_trades", "market_change", "backtest_days",
)  # fmt: skip
_LOST_ORDERS = (
    "timedout_entry_orders", "timedout_exit_orders", "canceled_trade_entries", "canceled_entry_orders",
    "replaced_entry_orders",
)  # fmt: skip


def run_of(
    strategy: str, result: Record, digest: str, bot: str | None, aliases: Mapping[str, str], place: str
) -> Run:
    """Name the run by the result's digest and the strategy, so that importing it twice changes nothing."""
    name = hashlib.sha256(f"{digest}\x00{strategy}".encode()).hexdigest()[:16]
    return Run(
        bot=(bot or strategy)[:64],
        run=f"backtest-{name}",
        strategy=strategy[:200],
        currency=_currency(result, place),
        result=result,
        aliases=dict(aliases),
    )


def declaration(run: Run, trades: list[Trade], since: datetime) -> RunDeclared:
    """Return what the result says about account and exits; `since` is its first moment."""
    fees = fee_rates(trades)
    kept = {name: run.result[name] for name in _KEPT if _is_plain(run.result.get(name))}
    capital = number(run.result, "starting_balance", "dry_run_wallet")
    return RunDeclared(
        **run.common("run.declared", run.strategy),
        at=since,
        account_currency=run.currency,
        reference_capital=capital if capital and capital > 0 else None,
        strategies={
            run.strategy: strategy_exits(run.result, max(fees, key=fees.__getitem__) if fees else 0.0)
        },
        software="freqtrade",
        meta={"kind": "backtest result", **kept},
    )


def locks(run: Run) -> Iterator[ContextObserved]:
    """Return the pair locks of the result as outside readings."""
    return (observed(lock, run) for lock in locks_of(run.result.get("locks")))


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def first_moment(run: Run, trades: list[Trade]) -> datetime:
    """Return the start of the backtest, or the first entry if the file does not say or says later."""
    earliest = min(trade.entries[0].at for trade in trades)
    try:
        start = moment(run.result, "backtest_start_ts")
    except Unusable:
        return earliest
    return earliest if start is None else min(start, earliest)


def fee_rates(trades: list[Trade]) -> Counter[float]:
    """Count the fee ratios of all entries and exits."""
    return Counter(rate for trade in trades for rate in trade.fees)


def figures(run: Run, trades: list[Trade]) -> dict[str, Any]:
    """Return what a caller needs to go on: who the run is, its symbols and the settings that match it."""
    rates = fee_rates(trades)
    matching = round(max(rates, key=rates.__getitem__) * _BASIS_POINTS, 6) if rates else None
    return {
        "bot": run.bot,
        "run": run.run,
        "mode": "backtest",
        "strategy": run.strategy,
        "account_currency": run.currency,
        "timeframe": run.timeframe,
        "symbols": sorted({run.aliases.get(trade.pair, trade.pair) for trade in trades}),
        "fee_rates": sorted(rates),
        "matching_fee_bps": matching,
        "rejected_signals": number(run.result, "rejected_signals"),
    }


def limits(run: Run, trades: list[Trade]) -> list[str]:
    """Say what the result cannot tell, and what of it looks wrong; one sentence each."""
    return [
        _TAKEN_ONLY,
        *_unseen(run),
        *inexpressible(run.result),
        *_holds(trades),
        *_several_orders(trades),
        *_ends(trades),
        *_money(trades),
        *_fees(trades),
    ]


def _currency(result: Record, place: str) -> str:
    stake = text(result, "stake_currency")
    if stake is not None:
        return stake
    pairs = [str(trade.get("pair")) for trade in result["trades"] if isinstance(trade, dict)]
    quotes = {pair.partition("/")[2].partition(":")[0] for pair in pairs}
    if len(quotes) == 1 and "" not in quotes:
        return quotes.pop()
    raise ImportRefused(f"{place}: the result names no stake_currency, and its pairs do not agree on one")


def _unseen(run: Run) -> Iterator[str]:
    rejected = number(run.result, "rejected_signals")
    if rejected:
        yield f"{rejected:,.0f} signals found no free slot (max_open_trades); the file has only their number"
    if flag(run.result, "enable_protections"):
        yield "protections were on; which signals their locks held back is not in the file"
    lost = {name: number(run.result, name) for name in _LOST_ORDERS}
    told = ", ".join(f"{name} {count:,.0f}" for name, count in lost.items() if count)
    if told:
        yield f"orders that never became trades are only counted in the file: {told}"


def _holds(trades: list[Trade]) -> Iterator[str]:
    longer = sum(1 for trade in trades if not trade.is_open and _held_us(trade) > _DAY_US)
    if longer:
        yield (
            f"{longer} of {_trades(len(trades))} lasted longer than 24 h; freqtrade knows no longest hold, so shadow "
            "trades end at shadow.max_hold_s"
        )


def _several_orders(trades: list[Trade]) -> Iterator[str]:
    added = sum(1 for trade in trades if len(trade.entries) > 1)
    reduced = sum(1 for trade in trades if len(trade.exits) > 1)
    if added:
        yield f"{_trades(added)} added to after the entry: the shadow enters once, at the first price"
    if reduced:
        yield f"{_trades(reduced)} closed in parts: the exit price is the mean by quantity"


def _ends(trades: list[Trade]) -> Iterator[str]:
    forced = sum(1 for trade in trades if trade.exit_reason in {"force_exit", "force_sell"})
    running = sum(1 for trade in trades if trade.is_open)
    if forced:
        yield f"{_trades(forced)} closed by the end of the backtest and not by a rule of the strategy"
    if running:
        yield f"{_trades(running)} still open at the end, without a result"


def _money(trades: list[Trade]) -> Iterator[str]:
    """Compare the two profits that freqtrade books: profit_ratio is net of fees and of the whole stake."""
    closed = [trade for trade in trades if not trade.is_open]
    odd = sum(1 for trade in closed if _contradicts(trade.record))
    if odd:
        yield (
            f"profit_abs is more than 1 % away from profit_ratio x stake_amount in {odd} of {_trades(len(closed))}; "
            "both are passed on as reported, the ledger keeps what the prices come to beside them (computed_pnl)"
        )


def _contradicts(record: Record) -> bool:
    money, ratio = number(record, "profit_abs"), number(record, "profit_ratio")
    stake = number(record, "max_stake_amount", "stake_amount")
    if money is None or ratio is None or stake is None:
        return True
    return abs(money - ratio * stake) > 0.01 * abs(ratio * stake) + 1e-8


def _fees(trades: list[Trade]) -> Iterator[str]:
    rates = fee_rates(trades)
    if rates:
        told = ", ".join(f"{rate * 100:g} %" for rate in sorted(rates))
        matching = max(rates, key=rates.__getitem__) * _BASIS_POINTS
        yield f"fees of the result: {told} a side; shadow trades pay the same with shadow.fee_bps = {matching:g}"


def _trades(count: int) -> str:
    return f"{count:,} trade" if count == 1 else f"{count:,} trades"


def _held_us(trade: Trade) -> int:
    return to_us(trade.exits[-1].at) - to_us(trade.entries[0].at)
